// tests/persistence/engine_model_test.cpp
// Goal    Whatever is done to an engine, it holds what a std::map would: now, in every view that is
//         still open, in another process, and after it was opened again.
// Method  Random puts, erases, erased ranges, reads and scans both ways between random bounds; views
//         of this process and of another kept over many commits; reopened at random. All engines.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foreign_reader.hpp"
#include "persistence/src/engine.hpp"
#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "persistence/src/memory_engine.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::engine_model_test {
namespace {

using namespace stet::detail;
using Model = std::map<std::string, std::string, std::less<>>;

enum class Kind { memory, direct, journal };

class EngineModel : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    // Forked before there is a thread or an environment.
    if (GetParam() != Kind::memory) foreign_.emplace(directory_ / "store");
    open();
  }

  void open() {
    engine_.reset();
    if (GetParam() == Kind::memory) {
      engine_ = make_memory_engine(disk_).value();
      return;
    }
    auto opened = open_lmdb_engine(
        {.directory = directory_ / "store",
         .map_bytes = std::size_t{256} << 20,
         .map_bytes_max = std::size_t{256} << 20,
         .mode = GetParam() == Kind::direct ? StoreMode::direct : StoreMode::journal,
         // So little that it folds all the time.
         .journal = {.bytes_max = 60'000, .fold_idle = std::chrono::milliseconds(2)}});
    ASSERT_TRUE(opened) << opened.error().message();
    engine_ = std::move(opened).value();
  }

  // Few enough that they meet, with prefixes of each other, short ones and the longest.
  std::string random_key() {
    const std::uint64_t n = random_() % 600;
    std::string key = "/" + std::to_string(n % 60);
    if (n % 3 == 0) key += "/" + std::to_string(n);
    if (n % 50 == 7) key.resize(500, 'k');
    return key;
  }

  void commit_something() {
    std::deque<std::string> owned;  // Owns what the operations view.
    const auto keep = [&](std::string text) -> std::string_view {
      return owned.emplace_back(std::move(text));
    };
    std::vector<Operation> operations;
    for (std::uint64_t left = 1 + random_() % 24; left > 0; --left) {
      const std::uint64_t what = random_() % 40;
      std::string key = random_key();
      if (what == 0) {
        std::string to = random_key();
        if (key == to) continue;
        if (to < key) std::swap(key, to);
        model_.erase(model_.lower_bound(key), model_.lower_bound(to));
        operations.push_back(Operation::erase_range(keep(key), keep(to)));
      } else if (what < 10) {
        model_.erase(key);
        operations.push_back(Operation::erase(keep(key)));
      } else {
        const std::size_t size = random_() % 60 == 0 ? 4000 + random_() % 9000 : random_() % 300;
        std::string value(size, static_cast<char>('a' + random_() % 26));
        value += std::to_string(random_());
        model_[key] = value;
        operations.push_back(Operation::put(keep(key), keep(value)));
      }
    }
    const auto done =
        engine_->commit(operations, random_() % 4 == 0 ? Flush::full : Flush::process);
    ASSERT_TRUE(done) << done.error().message() << ' ' << seed_;
  }

  // Between two bounds, one way.
  void compare_part(const View& view, const Model& expected) {
    std::string from = random_key();
    std::string to = random_() % 8 == 0 ? std::string() : random_key();
    if (!to.empty() && to < from) std::swap(from, to);
    const bool forward = random_() % 2 == 0;
    const auto cursor =
        view.scan(from, to, forward ? View::Order::forward : View::Order::backward).value();
    std::vector<std::pair<std::string_view, std::string_view>> found;
    while (cursor->next().value()) found.emplace_back(cursor->key(), cursor->value());
    const auto end = to.empty() ? expected.end() : expected.lower_bound(to);
    std::vector<std::pair<std::string_view, std::string_view>> wanted(expected.lower_bound(from),
                                                                      end);
    if (!forward) std::reverse(wanted.begin(), wanted.end());
    ASSERT_TRUE(found == wanted) << "from " << from << " to " << to << ' ' << seed_;
  }

  void compare(const View& view, const Model& expected) {
    for (int i = 0; i < 4; ++i) {
      const std::string key = random_key();
      const std::optional<std::string_view> found = view.get(key).value();
      const auto wanted = expected.find(key);
      ASSERT_EQ(found.has_value(), wanted != expected.end()) << key << ' ' << seed_;
      if (found) {
        ASSERT_TRUE(*found == wanted->second) << key << ' ' << seed_;
      }
    }
    compare_part(view, expected);
  }

  static Seen seen_of(const Model& model) {
    Seen seen;
    for (const auto& [key, value] : model) seen.add(key, value);
    return seen;
  }

  void ask_foreign() {
    if (!foreign_) return;
    ++foreign_looks_;
    if (foreign_model_ && random_() % 2 == 0) {
      // Still what it was, whatever was committed since.
      ASSERT_TRUE(foreign_->look() == *foreign_model_) << seed_;
      if (random_() % 2 == 0) {
        foreign_->close();
        foreign_model_.reset();
      }
      return;
    }
    foreign_model_ = seen_of(model_);
    ASSERT_TRUE(foreign_->open() == *foreign_model_) << seed_;
  }

  const Seed seed_ = Seed::from_environment_or_random();
  std::mt19937_64 random_{seed_.value()};
  const TempDir directory_ = TempDir::in_memory();
  const std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  std::optional<ForeignReader> foreign_;
  std::optional<Seen> foreign_model_;
  std::uint64_t foreign_looks_ = 0;
  std::unique_ptr<Engine> engine_;
  Model model_;
};

TEST_P(EngineModel, IsAMapWhateverIsDone) {
  std::deque<std::pair<std::unique_ptr<View>, Model>> views;
  std::size_t reopened = 0;
  const std::size_t steps = scaled(GetParam() == Kind::memory ? 100'000 : 280'000);
  for (std::size_t step = 0; step < steps && !HasFatalFailure(); ++step) {
    const std::uint64_t what = random_() % 1000;
    if (what < 600) {
      commit_something();
    } else if (what < 800) {
      compare(*engine_->view().value(), model_);
    } else if (what < 900) {
      if (views.empty()) continue;
      const auto& [view, expected] = views[random_() % views.size()];
      compare(*view, expected);
    } else if (what < 960) {
      views.emplace_back(engine_->view().value(), model_);
      if (views.size() > 4) views.pop_front();
    } else if (what < 992) {
      ask_foreign();
    } else {
      views.clear();
      open();
      ++reopened;
    }
  }
  Seen now;
  const auto view = engine_->view().value();
  const auto cursor = view->scan("/", {}).value();
  while (cursor->next().value()) now.add(cursor->key(), cursor->value());
  EXPECT_TRUE(now == seen_of(model_)) << seed_;
  std::printf("%zu steps, opened again %zu times, looked at by another process %llu times\n", steps,
              reopened, static_cast<unsigned long long>(foreign_looks_));
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineModel,
                         testing::Values(Kind::memory, Kind::direct, Kind::journal),
                         [](const auto& kind) {
                           return kind.param == Kind::memory   ? "Memory"
                                  : kind.param == Kind::direct ? "Direct"
                                                               : "Journal";
                         });

}  // namespace
}  // namespace stet::test::engine_model_test
