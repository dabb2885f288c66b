// tests/census/kill_test.cpp
// Goal    Exact numbers through kill -9, on file and pipe; a position that is stored also while the
//         input stalls.
// Method  Runs stet-census on a seeded input, kills it at seeded moments or while its pipe stays
//         open, compares its JSON with that of an undisturbed run and recounts with --verify.
// Control A store that is forged between two runs as a census would leave it that kept no numbers of
//         stanzas, or that stored its position too early, must not pass the same comparison.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <stet/persistence/data_store.hpp>
#include <stet/persistence/repository.hpp>
#include <stet/persistence/store.hpp>
#include <stet/runtime/system.hpp>

#include "census_program.hpp"
#include "support/scale.hpp"
#include "tools/examples/census/checkpoint.hpp"
#include "tools/examples/census/package.hpp"

namespace census::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using stet::test::Seed;

class CensusKill : public CensusProgram {
 protected:
  // The input, and what an undisturbed run says of it.
  void begin(std::size_t stanzas) {
    text_ = random_input(seed_, stanzas);
    spill(file(), text_);
    const auto started = std::chrono::steady_clock::now();
    undisturbed_ =
        run({"--json", "--verify", "--store", (directory_ / "other").string(), file().string()});
    took_ = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - started);
    ASSERT_EQ(undisturbed_.exit_code(), 0) << undisturbed_.error;
  }
  [[nodiscard]] std::filesystem::path file() const { return directory_ / "input"; }

  // Killed while it waits for the rest of its input: it cannot have finished.
  Ended kill_waiting(std::size_t bytes) {
    return run_piped({"--json", "--store", store(), "-"},
                     {.text = std::string_view(text_).substr(0, bytes), .stays_open = true},
                     took_ + 2s);
  }
  // What the store says between two runs.
  template <class Do>
  void with_store(const Do& act) {
    stet::System system;
    stet::StoreOptions options;
    options.engine = stet::EngineChoice::lmdb(store());
    const stet::Result<stet::Store> opened = stet::Store::open(system, options);
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    act(stet::DataStore(*opened).base("//census"));
  }
  [[nodiscard]] Checkpoint checkpoint() {
    Checkpoint found;
    with_store([&](const stet::DataStore& root) {
      found = stet::Repository<Checkpoint>(root.scope("checkpoint")).read().value_or(Checkpoint{});
    });
    return found;
  }
  void forge_checkpoint(const Checkpoint& checkpoint) {
    with_store([&](const stet::DataStore& root) {
      const stet::Repository<Checkpoint> stored(root.scope("checkpoint"));
      ASSERT_TRUE(stored.write(checkpoint).has_value());
    });
  }
  // The same judgement for honest stores and forged ones: what is wrong, empty if nothing is.
  std::string judge_last_run() {
    const Ended last = run({"--json", "--verify", "--store", store(), file().string()});
    if (!last.resumed()) return "it did not resume: " + last.out + last.error;
    if (last.exit_code() == 0 && numbers(last.out) == numbers(undisturbed_.out)) return {};
    return "exit " + std::to_string(last.exit_code()) + ": " + last.out + last.error;
  }

  const Seed seed_ = Seed::from_environment_or_random();
  std::string text_;
  Ended undisturbed_;
  microseconds took_{};
};

TEST_F(CensusKill, EndsWithTheSameNumbersHoweverOftenItIsKilled) {
  begin(20'000);
  std::mt19937_64 random(seed_.derive(1).value());
  std::size_t killed = 0;
  std::size_t finished = 0;
  std::size_t resumed = 0;
  for (std::size_t round = 0; round < stet::test::scaled(20); ++round) {
    const microseconds life(1 + random() % static_cast<std::uint64_t>(took_.count()));
    const std::vector<std::string> arguments{"--json", "--store", store()};
    std::vector<std::string> source = arguments;
    source.push_back(round % 2 == 0 ? file().string() : "-");
    const Ended ended =
        round % 2 == 0 ? run(source, {}, life) : run_piped(source, {.text = text_}, life);
    if (ended.killed()) {
      ++killed;
      continue;
    }
    ++finished;
    if (ended.resumed()) ++resumed;
    ASSERT_EQ(ended.exit_code(), 0) << seed_ << "\n" << ended.error;
    EXPECT_EQ(numbers(ended.out), numbers(undisturbed_.out)) << seed_;
    std::filesystem::remove_all(store());
  }
  // Whatever chance has chosen: one that is killed for certain, with most of the input counted.
  ASSERT_TRUE(kill_waiting(text_.size() / 10 * 9).killed()) << seed_;
  ++killed;
  EXPECT_EQ(judge_last_run(), "") << seed_;
  std::cout << killed << " runs killed, " << finished << " finished before, " << resumed
            << " of these had resumed\n";
}

TEST_F(CensusKill, StoresItsPositionWhileAPipeStalls) {
  begin(300);
  const std::size_t end = text_.rfind("\n\n", text_.size() - 3) + 2;
  // Behind the last stanza's end comes the beginning of one more, and then nothing.
  ASSERT_TRUE(kill_waiting(end + 12).killed()) << seed_;
  const Checkpoint found = checkpoint();
  EXPECT_GT(found.counted.bytes, 0U) << seed_;
  // Empty lines and bad stanzas before the one that is not whole may be read again.
  EXPECT_GE(found.counted.bytes + 300, end) << seed_;
  EXPECT_FALSE(found.complete);
  EXPECT_EQ(judge_last_run(), "") << seed_;
}

TEST_F(CensusKill, StoresItsPositionEverySecondWhileAPipeTrickles) {
  begin(2'000);
  // So slow that no window is ever full, and never so slow that a wait for it times out.
  const Ended ended =
      run_piped({"--json", "--store", store(), "-"},
                {.text = text_, .stays_open = true, .slice = 40, .pause = 20ms}, 5s);
  ASSERT_TRUE(ended.killed()) << ended.error;
  // Of 5 seconds' 10,000 bytes those of the first two, on however slow a machine.
  EXPECT_GT(checkpoint().counted.bytes, 2'000U) << seed_;
  EXPECT_EQ(judge_last_run(), "") << seed_;
}

TEST_F(CensusKill, AnOlderPositionThanThePackagesIsHarmless) {
  begin(2'000);
  ASSERT_TRUE(kill_waiting(text_.size() / 2).killed()) << seed_;
  Checkpoint older = checkpoint();
  ASSERT_GT(older.counts.stanzas, 0U) << seed_;
  older.counted = to_stored(Position{0, 0x2d06800538d394c2U});  // XXH3-64 of nothing.
  older.counts = {};
  forge_checkpoint(older);
  EXPECT_EQ(judge_last_run(), "") << seed_;
}

TEST_F(CensusKill, ControlPackagesThatForgetWhatTheyCountedAreCaught) {
  begin(2'000);
  ASSERT_TRUE(kill_waiting(text_.size() / 2).killed()) << seed_;
  Checkpoint older = checkpoint();
  older.counted = to_stored(Position{0, 0x2d06800538d394c2U});
  older.counts = {};
  forge_checkpoint(older);
  with_store([&](const stet::DataStore& root) {
    const stet::Repository<PackageState> p0(root.scope("package").scope("p0"));
    PackageState state = p0.read().value();
    ASSERT_GT(state.dependants, 0U);
    state.last_own = state.last_dependant = 0;
    ASSERT_TRUE(p0.write(state).has_value());
  });
  const std::string wrong = judge_last_run();
  EXPECT_NE(wrong.find("exit 1"), std::string::npos) << seed_ << wrong;
  EXPECT_NE(wrong.find("p0: counted"), std::string::npos) << seed_ << wrong;
}

TEST_F(CensusKill, ControlAPositionThatWasStoredTooEarlyIsCaught) {
  begin(2'000);
  // The position of all of it, with the packages of the first half.
  run({"--store", store(), file().string()});
  const Checkpoint early = checkpoint();
  std::filesystem::remove_all(store());
  ASSERT_TRUE(kill_waiting(text_.size() / 2).killed()) << seed_;
  forge_checkpoint(early);
  const std::string wrong = judge_last_run();
  EXPECT_NE(wrong.find("exit 1"), std::string::npos) << seed_ << wrong;
}

}  // namespace
}  // namespace census::test
