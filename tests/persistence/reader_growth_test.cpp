// tests/persistence/reader_growth_test.cpp
// Goal    A view that is held open over many commits, in this process or another, makes the file grow
//         only up to the map's bound; the engine says who holds it and how old it is; the refusal is
//         map_full, and once the view ends, writing goes on in the same file.
// Method  A million records, then random ones written anew in batches until the engine refuses.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "foreign_reader.hpp"
#include "persistence/src/engine.hpp"
#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::reader_growth_test {
namespace {

using namespace stet::detail;

class ReaderGrowth : public testing::TestWithParam<StoreMode> {
 protected:
  // The long form holds readers more often, not over more records.
  static std::size_t record_count() { return std::min<std::size_t>(scaled(1'000'000), 1'000'000); }

  void open() {
    // Twice what they need.
    const std::size_t map_bytes = record_count() * 320 + (std::size_t{32} << 20);
    auto opened = open_lmdb_engine({.directory = directory_ / "store",
                                    .map_bytes = map_bytes,
                                    .map_bytes_max = map_bytes,
                                    .grow_wait = std::chrono::milliseconds(1),
                                    .mode = GetParam(),
                                    .journal = {.bytes_max = std::size_t{4} << 20,
                                                .fold_idle = std::chrono::milliseconds(5)}});
    ASSERT_TRUE(opened) << opened.error().message();
    engine_ = std::move(opened).value();
  }

  Result<CommitNumber> write(std::size_t first, std::size_t count, bool at_random) {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t n = at_random ? random_() % record_count() : first + i;
      keys.push_back("/record/" + std::to_string(10'000'000 + n));
    }
    const std::string value(100, static_cast<char>('a' + random_() % 26));
    std::vector<Operation> operations;
    for (const std::string& key : keys) operations.push_back(Operation::put(key, value));
    return engine_->commit(operations, Flush::process);
  }

  // Writes until it is refused; how many batches went through.
  std::size_t write_until_refused(std::size_t batches_max, std::optional<Error>& why) {
    for (std::size_t n = 0; n < batches_max; ++n) {
      if (const auto done = write(0, 1000, true); !done) {
        why = done.error();
        return n;
      }
    }
    return batches_max;
  }

  void expect_bounded(const char* whose, std::int64_t pid, std::optional<EngineStats> before) {
    std::optional<Error> why;
    const std::size_t batches = write_until_refused(20'000, why);
    ASSERT_TRUE(why) << "growth without bound";
    EXPECT_EQ(*why, Errc::map_full) << why->message();
    const EngineStats held = engine_->stats();
    EXPECT_FALSE(engine_->poisoned());
    EXPECT_LE(held.used_bytes, held.map_bytes);
    const std::vector<detail::ForeignReader> foreign = engine_->foreign_readers();
    if (pid == ::getpid()) {
      EXPECT_EQ(held.views, 1U);
      EXPECT_TRUE(foreign.empty());
    } else {
      ASSERT_EQ(foreign.size(), 1U);
      EXPECT_EQ(foreign.front().pid, pid);
    }
    std::printf("%s view held: refused after %zu batches of 1000; the file from %llu to %llu MB\n",
                whose, batches, static_cast<unsigned long long>(before->used_bytes >> 20U),
                static_cast<unsigned long long>(held.used_bytes >> 20U));
  }

  // Once nobody reads. In journal mode the folder has to try again first.
  void expect_goes_on() {
    std::optional<Error> why;
    std::size_t done = 0;
    for (int i = 0; i < 6000 && done < 50; ++i) {
      why.reset();
      done += write_until_refused(50 - done, why);
      if (why) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(done, 50U) << why->message();
    EXPECT_TRUE(engine_->foreign_readers().empty());
  }

  const Seed seed_ = Seed::from_environment_or_random();
  std::mt19937_64 random_{seed_.value()};
  const TempDir directory_ = TempDir::in_memory();
  std::unique_ptr<LmdbEngine> engine_;
};

TEST_P(ReaderGrowth, IsBoundedAndSaysWhoHoldsIt) {
  ForeignReader foreign(directory_ / "store");
  open();
  for (std::size_t n = 0; n < record_count(); n += 10'000) {
    const auto done = write(n, 10'000, false);
    ASSERT_TRUE(done) << done.error().message();
  }
  // As many as will be refused below: without a reader the file does not grow for them.
  std::optional<Error> why;
  const std::size_t batches = write_until_refused(200, why);
  ASSERT_FALSE(why) << "after " << batches << ": " << why->message();
  std::optional<EngineStats> before = engine_->stats();
  EXPECT_TRUE(engine_->foreign_readers().empty());
  for (std::size_t round = 0; round < std::max<std::size_t>(1, scaled(1) / 10); ++round) {
    {
      const auto view = engine_->view().value();
      expect_bounded("an own", ::getpid(), before);
    }
    expect_goes_on();
    const Seen seen = foreign.open();
    ASSERT_FALSE(seen.is_error);
    expect_bounded("another process's", foreign.pid(), before);
    EXPECT_TRUE(foreign.look() == seen) << "its view has changed";
    foreign.close();
    expect_goes_on();
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, ReaderGrowth,
                         testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "Direct" : "Journal";
                         });

}  // namespace
}  // namespace stet::test::reader_growth_test
