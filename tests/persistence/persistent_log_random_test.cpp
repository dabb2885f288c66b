// tests/persistence/persistent_log_random_test.cpp - random turns on a log, throws and power cuts.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include <stet/persistence/persistent_log.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "store_rig.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::persistent_log_random_test {
namespace {

struct Step {
  enum : std::uint8_t { append, cut, clear, fail } what = append;
  std::string text;
  std::uint64_t keep = 0;  // cut: so many stay.
};
struct Turn {
  std::vector<Step> steps;
};
using Log = PersistentLog<std::string>;
using Model = LogItems<std::string>;

class Player : public Actor<Player> {
 public:
  explicit Player(Log log) : log_(std::move(log)) {}
  void handle(const Turn& turn) {
    for (const Step& step : turn.steps) {
      switch (step.what) {
        case Step::append: log_.append(step.text); break;
        case Step::cut: log_.cut_before(log_.next() - std::min(log_.next(), step.keep)); break;
        case Step::clear: log_.clear(); break;
        case Step::fail: throw std::runtime_error("on purpose");
      }
    }
  }

 private:
  Log log_;
};

void play(const Turn& turn, Model& model) {
  const Model before = model;
  for (const Step& step : turn.steps) {
    if (step.what == Step::fail) {
      model = before;
      return;
    }
    if (step.what == Step::append) model.items.push_back(step.text);
    const std::uint64_t stay = step.what == Step::clear ? 0 : step.keep;
    while (step.what != Step::append && model.items.size() > stay) {
      model.items.pop_front();
      ++model.first;
    }
  }
}

Turn random_turn(std::mt19937_64& random) {
  Turn turn;
  for (auto steps = random() % 8; steps > 0; --steps) {
    Step step;
    const auto chance = random() % 100;
    step.what = chance < 75   ? Step::append
                : chance < 92 ? Step::cut
                : chance < 96 ? Step::clear
                              : Step::fail;
    step.text = std::to_string(random() % 100'000);
    step.keep = random() % 12;
    turn.steps.push_back(std::move(step));
  }
  return turn;
}

TEST(PersistentLogRandom, EqualsADequeWithItsNumbersAlsoAfterThrowsAndPowerCuts) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t run = 0; run < scaled(100); ++run) {
    std::mt19937_64 random(seed.derive(run).value());
    auto disk = std::make_shared<detail::MemoryDisk>();
    std::vector<Model> history(1);  // After each turn; a crash goes back to one of them.
    std::size_t durable = 0;        // No further back than this.
    for (int session = 0; session < 4; ++session) {
      StoreRig rig({}, disk, random());
      const Repository<Log> repo(rig.data->base("//log"));
      const Result<Model> found = repo.read();
      ASSERT_TRUE(found) << found.error().message() << seed << " run " << run;
      const auto kept =
          std::find(history.begin() + static_cast<std::ptrdiff_t>(durable), history.end(), *found);
      ASSERT_NE(kept, history.end()) << seed << " run " << run << " session " << session;
      history.assign(1, *found);
      durable = 0;
      auto player = spawn_persistent<Player>(*rig.system, repo);
      for (int turns = 0; turns < 20; ++turns) {
        const Turn turn = random_turn(random);
        player.send(turn);
        play(turn, history.emplace_back(history.back()));
        rig.system->run_until_idle();
        if (!player.is_alive()) player = spawn_persistent<Player>(*rig.system, repo);
        if (random() % 6 == 0) {
          ASSERT_TRUE(rig.store->flush(1s));
          durable = history.size() - 1;
          ASSERT_EQ(repo.read().value(), history.back()) << seed << " run " << run;
        }
      }
      rig.crash(random() % 2 == 0 ? detail::MemoryDisk::NotYetDurable::lost
                                  : detail::MemoryDisk::NotYetDurable::kept);
    }
  }
}

}  // namespace
}  // namespace stet::test::persistent_log_random_test
