// tests/persistence/store_mode_test.cpp
// Goal    A store is laid out as its option says when it is created, and stays that; actors and
//         readers see no difference.
// Method  Stores on disk in both modes, written by an actor and by a host, reopened with the other.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include <stet/persistence/data_store.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "support/temp_dir.hpp"

namespace stet::test::store_mode_test {
namespace {

using namespace std::chrono_literals;

struct Count {
  std::int64_t value = 0;
};
struct Add {
  using Reply = std::int64_t;
};

class Counter : public Actor<Counter> {
 public:
  explicit Counter(Persistable<Count> count) : count_(std::move(count)) {}
  std::int64_t handle(Add) {
    count_.mutate([](Count& count) { ++count.value; });
    return count_->value;
  }

 private:
  Persistable<Count> count_;
};

class StoreModes : public testing::TestWithParam<StoreMode> {
 protected:
  [[nodiscard]] StoreOptions options(StoreMode mode) const {
    StoreOptions options{.engine = EngineChoice::lmdb(path_)};
    options.mode = mode;
    options.journal_bytes = std::size_t{1} << 20;
    return options;
  }

  const TempDir directory_;
  const std::filesystem::path path_ = directory_ / "store";
};

TEST_P(StoreModes, WhatActorsAndHostsWriteIsThereAfterReopeningWithTheOtherOption) {
  for (const StoreMode mode : {GetParam(), StoreMode::direct, StoreMode::journal}) {
    System system({.workers = 2});
    const Store store = Store::open(system, options(mode)).value();
    const DataStore data{store};
    const auto text = data.base("//text");
    const std::string value(1000, 'v');
    const bool is_first = !text.scope("0").read().value().has_value();
    for (int i = 0; i < 50; ++i) {
      const DataStore one = text.scope(std::to_string(i));
      if (is_first) {
        ASSERT_TRUE(one.write(value, 10s));
      }
      ASSERT_EQ(one.read().value(), value);
    }
    EXPECT_EQ(text.list({}, 100).value().records.size(), 50U);
    const auto counter =
        spawn_persistent<Counter>(system, Repository<Count>{data.base("//count").scope("one")});
    const auto before = counter.ask<Add>().get(10s);
    ASSERT_TRUE(before) << before.error().message();
    EXPECT_EQ(counter.ask<Add>().get(10s).value(), *before + 1);
    EXPECT_EQ(*before == 1, is_first) << "the actor has lost its state";
    ASSERT_TRUE(store.flush(10s));
    EXPECT_EQ(std::filesystem::exists(path_ / "1" / "journal"), GetParam() == StoreMode::journal);
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, StoreModes, testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "Direct" : "Journal";
                         });

}  // namespace
}  // namespace stet::test::store_mode_test
