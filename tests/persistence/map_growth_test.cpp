// tests/persistence/map_growth_test.cpp
// Goal    While the map grows under eight readers, every view shows one commit, whole, and none is
//         denied for long.
// Method  Stores that begin with the least map there is, commits that fill it, threads that read all
//         the time; a new store each time the map has been doubled a few times. In both modes.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "support/scale.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::map_growth_test {
namespace {

using namespace stet::detail;

constexpr int readers = 8;
constexpr int numbered = 10;  // Records that each commit writes anew, with its number.

std::string numbered_key(int i) { return "/number/" + std::to_string(i); }

// What is wrong with what a view shows; empty: nothing.
std::string look(Engine& engine, std::uint64_t& seen) {
  const auto view = engine.view();
  if (!view) return "no view: " + view.error().message();
  const auto cursor = (*view)->scan("/number/", "/number0");
  if (!cursor) return "no scan: " + cursor.error().message();
  std::string first;
  int found = 0;
  for (auto more = (*cursor)->next(); more && *more; more = (*cursor)->next(), ++found) {
    if (found == 0) first = (*cursor)->value();
    if ((*cursor)->value() != first) return "half of a commit";
  }
  if (found != numbered) return std::to_string(found) + " records";
  const std::uint64_t number = std::stoull(first);
  if (number < seen) return "an older commit than before";
  seen = number;
  return {};
}

class MapGrowth : public testing::TestWithParam<StoreMode> {
 protected:
  static bool commit(Engine& engine, std::uint64_t number, std::size_t bytes) {
    const std::string text = std::to_string(number);
    const std::string ballast(bytes, 'b');
    const std::string ballast_key = "/ballast/" + text;
    std::vector<std::string> keys;
    std::vector<Operation> operations{Operation::put(ballast_key, ballast)};
    for (int i = 0; i < numbered; ++i) keys.push_back(numbered_key(i));
    for (const std::string& key : keys) operations.push_back(Operation::put(key, text));
    const auto done = engine.commit(operations, Flush::process);
    EXPECT_TRUE(done) << done.error().message();
    return done.has_value();
  }

  // Grown from the least to the most under the readers; how often, and how many views there were.
  void grow_once(std::uint64_t& grown, std::uint64_t& views) {
    const TempDir directory = TempDir::in_memory();
    auto opened = open_lmdb_engine({.directory = directory / "store",
                                    .map_bytes = std::size_t{1} << 20,
                                    .map_bytes_max = std::size_t{64} << 20,
                                    .mode = GetParam(),
                                    .journal = {.bytes_max = std::size_t{8} << 20,
                                                .fold_idle = std::chrono::milliseconds(1)}});
    ASSERT_TRUE(opened) << opened.error().message();
    Engine& engine = **opened;
    ASSERT_TRUE(commit(engine, 1, 10));
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> seen{0};
    std::vector<std::string> wrong(readers);
    std::vector<std::thread> threads;
    for (int i = 0; i < readers; ++i) {
      threads.emplace_back([&, i] {
        std::uint64_t last = 0;
        // relaxed: only says when to end; and a count.
        while (!stop.load(std::memory_order_relaxed) &&
               wrong[static_cast<std::size_t>(i)].empty()) {
          wrong[static_cast<std::size_t>(i)] = look(engine, last);
          seen.fetch_add(1, std::memory_order_relaxed);
        }
      });
    }
    // 40 MB: five doublings of the state's map.
    for (std::uint64_t n = 2; n <= 40; ++n) {
      if (!commit(engine, n, 1'000'000)) break;
    }
    stop.store(true, std::memory_order_relaxed);
    for (std::thread& thread : threads) thread.join();
    for (const std::string& each : wrong) EXPECT_EQ(each, "");
    grown += engine.stats().grown;
    views += seen.load(std::memory_order_relaxed);
  }
};

TEST_P(MapGrowth, LeavesEveryViewWhole) {
  const std::uint64_t wanted = scaled(100);
  std::uint64_t grown = 0;
  std::uint64_t views = 0;
  while (grown < wanted && !HasFailure()) {
    const std::uint64_t before = grown;
    grow_once(grown, views);
    ASSERT_GT(grown, before) << "the map did not grow";
  }
  std::printf("%llu growths under %d readers, %llu views\n", static_cast<unsigned long long>(grown),
              readers, static_cast<unsigned long long>(views));
}

INSTANTIATE_TEST_SUITE_P(Modes, MapGrowth, testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "Direct" : "Journal";
                         });

}  // namespace
}  // namespace stet::test::map_growth_test
