// stet/testing/crash_test.hpp - a program's lives over one disk, cut by the loss of power.
//
//   auto result = stet::testing::explore_crashes(1000, [](stet::testing::CrashTest& test) {
//     std::int64_t acknowledged = 0;
//     test.live([&](stet::testing::Life& life) {
//       auto counter = stet::spawn_persistent<Counter>(life.system(), tally(life));
//       for (int i = 0; i < 10; ++i) {
//         if (counter.ask<Increment>().get(1s)) ++acknowledged;
//       }
//     });
//     return test.undisturbed([&](stet::testing::Life& life) {
//       return tally(life).read().value().count >= acknowledged;
//     });
//   });
//   EXPECT_TRUE(result) << result.message();
//
// Life       A stepped System with a store in memory, over what the life before left. Power may go at any
//            commit or flush, or at the end; then the last commit that was not durable is lost, or kept.
//            What the store is asked later fails, nobody is acknowledged any more, and live() returns.
// Points     explore_crashes() draws from each seed where its lives are cut. With `every_point` it runs
//            each seed again for every place there is.
// Failures   With `full_permille` a commit now and then finds no room, and is repeated; with
//            `poison_permille` a flush fails, and the store does what StoreOptions::failure says.
// Seeds      The same seed gives the same run: take time and chance from it. STET_TEST_SEED=n runs only n.
// Threads    One; .get() runs the actors.
// Bounds     points_max places a seed.
// Errors     As explore(): the first run that fails, with its seed and where its lives were cut.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <stet/persistence/data_store.hpp>
#include <stet/persistence/store.hpp>
#include <stet/testing/explore.hpp>
#include <stet/testing/test_system.hpp>

namespace stet::testing {

struct CrashOptions {
  std::uint64_t first_seed = 1;
  std::ostream* out = nullptr;                   // nullptr: stderr.
  const char* seed_variable = "STET_TEST_SEED";  // nullptr: no environment is read.
  StoreOptions store = {};                       // Its engine is set by this.
  bool every_point = false;
  unsigned full_permille = 0;
  unsigned poison_permille = 0;
};

// One run of the program. Valid inside of the call that gave it.
class Life {
 public:
  [[nodiscard]] TestSystem& test() noexcept { return *test_; }
  [[nodiscard]] System& system() noexcept { return test_->system(); }
  [[nodiscard]] Store& store() noexcept { return store_; }
  [[nodiscard]] DataStore& data() noexcept { return data_; }
  void run_until_idle() { test_->run_until_idle(); }
  void run_for(std::chrono::nanoseconds time) { test_->run_for(time); }

 private:
  friend class CrashTest;
  Life(std::unique_ptr<TestSystem> test, Store store)
      : test_(std::move(test)), store_(std::move(store)), data_(store_) {}

  std::unique_ptr<TestSystem> test_;
  Store store_;
  DataStore data_;
};

namespace detail {
class CrashPlan;
}

// The disk, and what happens to it in one run.
class CrashTest {
 public:
  static constexpr std::size_t points_max = 10'000;

  ~CrashTest();
  CrashTest(const CrashTest&) = delete;
  CrashTest& operator=(const CrashTest&) = delete;

  // Runs `body(life)`, then all that is left to do, until power is lost or there is nothing more. False:
  // power was lost. Errors: those of Store::open(), as a failure of the run; then `body` is not called.
  template <class Body>
  bool live(Body&& body) {
    const std::unique_ptr<Life> life = begin(true);
    if (life) std::forward<Body>(body)(*life);
    return end(life.get());
  }
  // The same on a disk that keeps its power and does not fail; what `body` returns. To begin with, and
  // for the check at the end.
  template <class Body>
  auto undisturbed(Body&& body) -> std::invoke_result_t<Body&, Life&> {
    const std::unique_ptr<Life> life = begin(false);
    if (!life) throw_open_error();
    if constexpr (std::is_void_v<std::invoke_result_t<Body, Life&>>) {
      std::forward<Body>(body)(*life);
      end(life.get());
    } else {
      auto answer = std::forward<Body>(body)(*life);
      end(life.get());
      return answer;
    }
  }

  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  // Lives that were cut so far.
  [[nodiscard]] std::size_t cuts() const noexcept;

  // Not for applications.
  CrashTest(std::uint64_t seed, const CrashOptions& options,
            std::unique_ptr<detail::CrashPlan> plan);

 private:
  [[nodiscard]] std::unique_ptr<Life> begin(bool may_fail);
  bool end(Life* life);
  [[noreturn]] void throw_open_error() const;

  const std::uint64_t seed_;
  const CrashOptions& options_;
  std::unique_ptr<detail::CrashPlan> plan_;
};

// `body` returns why it failed, or nothing; may throw.
[[nodiscard]] Exploration explore_crashes_in(std::size_t seeds,
                                             const std::function<std::string(CrashTest&)>& body,
                                             const CrashOptions& options);

// `body(test)` says whether it went well, as that of explore().
template <class Body>
[[nodiscard]] Exploration explore_crashes(std::size_t seeds, Body&& body,
                                          const CrashOptions& options = {}) {
  using Answer = std::invoke_result_t<Body&, CrashTest&>;
  return explore_crashes_in(
      seeds,
      [&](CrashTest& test) -> std::string {
        if constexpr (std::is_void_v<Answer>) {
          body(test);
          return {};
        } else if constexpr (std::is_same_v<Answer, bool>) {
          return body(test) ? "" : "the body returned false";
        } else if constexpr (std::is_same_v<Answer, Result<void>>) {
          const Answer answer = body(test);
          return answer ? std::string() : answer.error().message();
        } else {
          return body(test);
        }
      },
      options);
}

}  // namespace stet::testing
