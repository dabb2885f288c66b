// tests/persistence/memory_engine_test.cpp
// Goal    A memory disk loses with its power what a real one may lose, and is as full as it is
//         told.
#include "persistence/src/memory_engine.hpp"

#include <gtest/gtest.h>

#include <string>

namespace stet::detail {
namespace {

class MemoryDiskTest : public testing::Test {
 protected:
  CommitNumber put(std::string_view key, std::string_view value, Flush flush) {
    return engine_->commit({{Operation::put(key, value)}}, flush).value();
  }
  std::string get(std::string_view key) {
    return std::string(engine_->view().value()->get(key).value().value_or("(none)"));
  }
  void lose_power(MemoryDisk::NotYetDurable last) {
    disk_->lose_power(last);
    engine_ = make_memory_engine(disk_).value();
  }

  const std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  std::unique_ptr<Engine> engine_ = make_memory_engine(disk_).value();
};

TEST_F(MemoryDiskTest, LosesTheLastCommitOfOneFlushOrKeepsIt) {
  put("/a", "1", Flush::full);
  put("/a", "2", Flush::process);
  lose_power(MemoryDisk::NotYetDurable::lost);
  EXPECT_EQ(get("/a"), "1");
  put("/a", "3", Flush::process);
  lose_power(MemoryDisk::NotYetDurable::kept);
  EXPECT_EQ(get("/a"), "3");
}

TEST_F(MemoryDiskTest, KeepsEveryDurableCommit) {
  put("/a", "1", Flush::process);
  put("/b", "2", Flush::process);
  put("/c", "3", Flush::process);
  EXPECT_TRUE(engine_->commit({{Operation::erase_range("/a", "/c")}}, Flush::process));
  lose_power(MemoryDisk::NotYetDurable::lost);
  EXPECT_EQ(get("/a") + get("/b") + get("/c"), "123") << "the erase was not yet durable";
  EXPECT_EQ(disk_->used_bytes(), 9U);
}

TEST_F(MemoryDiskTest, AnEngineWithoutPowerIsClosed) {
  const std::unique_ptr<View> view = engine_->view().value();
  disk_->lose_power();
  EXPECT_EQ(engine_->commit({{Operation::put("/a", "1")}}, Flush::full).error(), Errc::closed);
  EXPECT_EQ(engine_->flush().error(), Errc::closed);
  EXPECT_EQ(engine_->view().error(), Errc::closed);
  EXPECT_TRUE(make_memory_engine(disk_)) << "and does not keep the disk";
}

TEST_F(MemoryDiskTest, TakesOneEngineAtATime) {
  EXPECT_EQ(make_memory_engine(disk_).error(), Errc::already_open);
  engine_.reset();
  EXPECT_TRUE(make_memory_engine(disk_));
}

TEST_F(MemoryDiskTest, WhenFullItTakesOnlyWhatFrees) {
  put("/a", "12345678", Flush::full);
  disk_->set_bytes_max(10);
  const auto refused = engine_->commit(
      {{Operation::put("/b", "1"), Operation::put("/a", "x" + std::string(9, 'y'))}}, Flush::full);
  EXPECT_EQ(refused.error(), Errc::disk_full);
  EXPECT_EQ(get("/a"), "12345678");
  EXPECT_EQ(get("/b"), "(none)");
  EXPECT_EQ(disk_->used_bytes(), 10U);
  EXPECT_TRUE(engine_->commit({{Operation::put("/a", "123")}}, Flush::full)) << "it gets smaller";
  EXPECT_TRUE(engine_->commit({{Operation::erase("/a")}}, Flush::full));
  EXPECT_TRUE(engine_->commit({{Operation::put("/b", "12345678")}}, Flush::full));
}

}  // namespace
}  // namespace stet::detail
