// tests/persistence/journal_log_test.cpp
// Goal    What is appended is replayed, in order and whole; what is cut stays away, and numbers that
//         were cut never come back. Damage, gaps and journals of other stores are named.
// Method  Entries as bytes, each one damaged; a real LMDB environment, written, cut and reopened.
#include "persistence/src/lmdb/journal_log.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "persistence/src/lmdb/meta_record.hpp"
#include "persistence/src/lmdb/transaction.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::journal_log_test {
namespace {

using namespace stet::detail;

constexpr StoreId store_id = {std::byte{1}, std::byte{2}, std::byte{3}};

const std::vector<Operation>& sample() {
  static const std::vector<Operation> operations = {
      Operation::erase_range("/a", "/c"), Operation::put("/b", "value"), Operation::erase("/d"),
      Operation::put("/e", "")};
  return operations;
}

std::string encoded(CommitNumber number) {
  std::string bytes(entry_bytes(sample()), '?');
  encode_entry(bytes, sample(), number, store_id);
  return bytes;
}

TEST(JournalEntry, ItsBytesAreFixed) {
  const std::vector<Operation> put = {Operation::put("/k", "v")};
  std::string bytes(entry_bytes(put), '?');
  encode_entry(bytes, put, 0x0102, store_id);
  const std::string expected(
      "\x02\x01\x00\x00\x00\x00\x00\x00"
      "\x01\x02\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x0a\x00\x00\x00\x00\x00\x00\x00"
      "\x01\x00\x00\x00\x02\x00\x00/kv",
      42);
  EXPECT_EQ(bytes.substr(8), expected);
  EXPECT_EQ(bytes.substr(0, 8), std::string(".\x8b?|\x1f\x01\xa4\xb6"));
}

TEST(JournalEntry, ComesBackAsItWas) {
  const std::string bytes = encoded(7);
  const auto operations = decode_entry(bytes, 7, store_id);
  ASSERT_TRUE(operations) << operations.error().message();
  ASSERT_EQ(operations->size(), sample().size());
  for (std::size_t i = 0; i < sample().size(); ++i) {
    EXPECT_EQ((*operations)[i].kind, sample()[i].kind);
    EXPECT_EQ((*operations)[i].key, sample()[i].key);
    EXPECT_EQ((*operations)[i].value, sample()[i].value);
  }
}

TEST(JournalEntry, EveryDamagedByteIsFound) {
  const std::string good = encoded(7);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    EXPECT_FALSE(decode_entry(bad, 7, store_id)) << i;
    EXPECT_FALSE(decode_entry(good.substr(0, i), 7, store_id)) << i;
  }
  EXPECT_FALSE(decode_entry(good + '\0', 7, store_id));
}

TEST(JournalEntry, OfAnotherNumberOrStoreIsRefused) {
  EXPECT_EQ(decode_entry(encoded(7), 8, store_id).error(), Errc::corrupt);
  EXPECT_EQ(decode_entry(encoded(7), 7, StoreId{}).error(), Errc::corrupt);
}

class JournalLogFile : public testing::Test {
 protected:
  JournalLogFile() {
    std::filesystem::create_directory(directory_ / "journal");
    open();
    WriteTransaction transaction(*environment_);
    EXPECT_EQ(transaction.begin(), 0);
    EXPECT_EQ(transaction.put(meta_key, encode_meta({.generation = 1, .store_id = store_id})), 0);
    EXPECT_EQ(transaction.put(cut_key, encode_number(0)), 0);
    EXPECT_EQ(transaction.commit(), 0);
    EXPECT_TRUE(replay(0));
  }

  void open() {
    log_.reset();
    environment_.reset();
    environment_ = Environment::open({.directory = directory_ / "journal",
                                      .map_bytes = std::size_t{1} << 24,
                                      .readers_max = 4,
                                      .grow_wait = std::chrono::milliseconds(0)},
                                     nullptr)
                       .value();
    log_ = std::make_unique<JournalLog>(environment_, store_id);
  }
  Result<void> replay(CommitNumber mark) {
    seen_.clear();
    return log_->replay(
        mark,
        [this](CommitNumber number, std::span<const Operation> batch, std::size_t) -> Result<void> {
          seen_.push_back(number);
          EXPECT_EQ(batch.back().value, std::to_string(number));
          return {};
        });
  }
  // Of an open that must fail.
  Error refused(CommitNumber mark) {
    open();
    const Result<void> done = replay(mark);
    EXPECT_FALSE(done);
    return done ? Error() : done.error();
  }
  int append(CommitNumber number, CommitNumber mark) {
    const std::string value = std::to_string(number);
    const std::vector<Operation> batch = {Operation::put("/n", value)};
    bool committing = false;
    return log_->append(number, batch, entry_bytes(batch), mark, committing);
  }
  void append_up_to(CommitNumber last) {
    while (log_->last() < last) ASSERT_EQ(append(log_->last() + 1, 0), 0);
  }
  // An entry is deleted behind the log's back.
  void lose(CommitNumber number) {
    std::string key("\x02\0\0\0\0\0\0\0", 8);
    key += static_cast<char>(number);
    WriteTransaction transaction(*environment_);
    ASSERT_EQ(transaction.begin(), 0);
    ASSERT_EQ(transaction.erase(key), 0);
    ASSERT_EQ(transaction.commit(), 0);
  }

  const TempDir directory_ = TempDir::in_memory();
  std::shared_ptr<Environment> environment_;
  std::unique_ptr<JournalLog> log_;
  std::vector<CommitNumber> seen_;
};

using Numbers = std::vector<CommitNumber>;

TEST_F(JournalLogFile, ReplaysInOrderWhatIsNewerThanTheMark) {
  append_up_to(5);
  open();
  ASSERT_TRUE(replay(2));
  EXPECT_EQ(seen_, (Numbers{3, 4, 5}));
  EXPECT_EQ(log_->last(), 5U);
  EXPECT_EQ(log_->cut(), 0U);
  ASSERT_TRUE(replay(5));
  EXPECT_TRUE(seen_.empty());
}

TEST_F(JournalLogFile, CutsInTheTransactionOfALaterEntryAFewAtATime) {
  append_up_to(40);
  ASSERT_EQ(append(41, 35), 0);
  EXPECT_EQ(log_->cut(), JournalLog::entries_cut_max);
  ASSERT_EQ(append(42, 35), 0);
  ASSERT_EQ(append(43, 35), 0);
  EXPECT_EQ(log_->cut(), 35U);
  open();
  ASSERT_TRUE(replay(35));
  EXPECT_EQ(seen_, (Numbers{36, 37, 38, 39, 40, 41, 42, 43}));
}

TEST_F(JournalLogFile, AnEmptyJournalStillKnowsWhereItWas) {
  append_up_to(5);
  ASSERT_EQ(log_->cut_all(5), 0);
  open();
  ASSERT_TRUE(replay(5));
  EXPECT_EQ(log_->cut(), 5U);
  EXPECT_EQ(log_->last(), 5U);
  ASSERT_EQ(append(6, 5), 0);
  open();
  ASSERT_TRUE(replay(5));
  EXPECT_EQ(seen_, (Numbers{6}));
}

TEST_F(JournalLogFile, GoesOnBehindAMarkThatIsAhead) {
  append_up_to(5);
  ASSERT_TRUE(replay(9)) << "a restored copy may have such a mark";
  ASSERT_EQ(append(10, 9), 0);
  open();
  ASSERT_TRUE(replay(9));
  EXPECT_EQ(seen_, (Numbers{10}));
  EXPECT_EQ(log_->cut(), 9U);
}

TEST_F(JournalLogFile, AStateThatIsOlderThanTheJournalIsRefused) {
  append_up_to(5);
  ASSERT_EQ(log_->cut_all(4), 0);
  const Error error = refused(3);
  EXPECT_EQ(error, Errc::corrupt);
  EXPECT_NE(error.text.find("begins after commit 4"), std::string::npos) << error.text;
  EXPECT_NE(error.text.find("ends with 3"), std::string::npos) << error.text;
}

TEST_F(JournalLogFile, AGapIsNamed) {
  append_up_to(5);
  lose(4);
  const Error error = refused(2);
  EXPECT_EQ(error, Errc::corrupt);
  EXPECT_NE(error.text.find("entry 4 is missing"), std::string::npos) << error.text;
}

TEST_F(JournalLogFile, AJournalWithoutItsCutIsRefused) {
  {
    WriteTransaction transaction(*environment_);
    ASSERT_EQ(transaction.begin(), 0);
    ASSERT_EQ(transaction.erase(cut_key), 0);
    ASSERT_EQ(transaction.commit(), 0);
  }
  EXPECT_EQ(refused(0), Errc::corrupt);
}

TEST_F(JournalLogFile, PagesOfCutEntriesServeAgain) {
  const std::string value(20'000, 'v');
  const std::vector<Operation> batch = {Operation::put("/n", value)};
  for (CommitNumber number = 1; number <= 500; ++number) {
    bool committing = false;
    ASSERT_EQ(
        log_->append(number, batch, entry_bytes(batch), number > 20 ? number - 20 : 0, committing),
        0);
  }
  EXPECT_LT(environment_->info().used_bytes, std::uint64_t{2} << 20)
      << "10 MB went through it, 400 KB of them at a time";
}

}  // namespace
}  // namespace stet::test::journal_log_test
