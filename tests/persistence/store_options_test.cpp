// tests/persistence/store_options_test.cpp - the store's rows of the option table.
#include <stet/persistence/store_options.hpp>

#include <gtest/gtest.h>

namespace stet {
namespace {

TEST(StoreOptions, TheTablesDefaultsAreTheStructsDefaults) {
  const StoreOptions table = StoreOptions::from(Options{store_options});
  const StoreOptions plain;
  EXPECT_EQ(table.durability, plain.durability);
  EXPECT_EQ(table.batch_records, plain.batch_records);
  EXPECT_EQ(table.batch_bytes, plain.batch_bytes);
  EXPECT_EQ(table.queue_bytes, plain.queue_bytes);
  EXPECT_EQ(table.map_bytes, plain.map_bytes);
  EXPECT_EQ(table.mode, plain.mode);
  EXPECT_EQ(table.journal_bytes, plain.journal_bytes);
  EXPECT_EQ(table.retry_initial, plain.retry_initial);
  EXPECT_EQ(table.retry_max, plain.retry_max);
  EXPECT_EQ(table.view_age, plain.view_age);
  EXPECT_EQ(table.view_bytes, plain.view_bytes);
  EXPECT_EQ(table.reader_age, plain.reader_age);
}

TEST(StoreOptions, ReadsEveryKeyAndRefusesWhatIsOutOfRange) {
  Options options{store_options};
  ASSERT_TRUE(options.set("store.durability", "visible"));
  ASSERT_TRUE(options.set("store.batch_records", "17"));
  ASSERT_TRUE(options.set("store.batch_bytes", "8KiB"));
  ASSERT_TRUE(options.set("store.queue_bytes", "1MiB"));
  ASSERT_TRUE(options.set("store.map_bytes", "2MiB"));
  ASSERT_TRUE(options.set("store.mode", "journal"));
  ASSERT_TRUE(options.set("store.journal_bytes", "3MiB"));
  ASSERT_TRUE(options.set("store.retry_initial", "20ms"));
  ASSERT_TRUE(options.set("store.retry_max", "2s"));
  ASSERT_TRUE(options.set("store.view_age", "3s"));
  ASSERT_TRUE(options.set("store.view_bytes", "4MiB"));
  ASSERT_TRUE(options.set("store.reader_age", "5s"));
  const StoreOptions store = StoreOptions::from(options);
  EXPECT_EQ(store.durability, Durability::visible);
  EXPECT_EQ(store.batch_records, 17U);
  EXPECT_EQ(store.batch_bytes, 8192U);
  EXPECT_EQ(store.queue_bytes, 1U << 20);
  EXPECT_EQ(store.map_bytes, 2U << 20);
  EXPECT_EQ(store.mode, StoreMode::journal);
  EXPECT_EQ(store.journal_bytes, 3U << 20);
  EXPECT_EQ(store.retry_initial, std::chrono::milliseconds(20));
  EXPECT_EQ(store.retry_max, std::chrono::seconds(2));
  EXPECT_EQ(store.view_age, std::chrono::seconds(3));
  EXPECT_EQ(store.view_bytes, 4U << 20);
  EXPECT_EQ(store.reader_age, std::chrono::seconds(5));
  EXPECT_EQ(options.set("store.batch_records", "0").error(), Errc::out_of_range);
  EXPECT_EQ(options.set("store.queue_bytes", "1KiB").error(), Errc::out_of_range);
}

}  // namespace
}  // namespace stet
