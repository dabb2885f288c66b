// tests/persistence/persistent_map_random_test.cpp - random turns on a map, throws and power cuts.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <stdexcept>

#include <stet/persistence/persistent_map.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "store_rig.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::persistent_map_random_test {
namespace {

// What a random turn does to a map; `Map`: a PersistentMap or its model.
struct Step {
  enum : std::uint8_t { assign, append, erase, clear, fail } what = assign;
  std::string key;
  std::string text;
};
struct Turn {
  std::vector<Step> steps;
};
using Texts = PersistentMap<std::string, std::string>;
using Model = std::map<std::string, std::string>;

class Player : public Actor<Player> {
 public:
  explicit Player(Texts texts) : texts_(std::move(texts)) {}
  void handle(const Turn& turn) {
    for (const Step& step : turn.steps) {
      switch (step.what) {
        case Step::assign: texts_.insert_or_assign(step.key, step.text); break;
        case Step::append:
          texts_.mutate(step.key, [&step](std::string& text) { text += step.text; });
          break;
        case Step::erase: texts_.erase(step.key); break;
        case Step::clear: texts_.clear(); break;
        case Step::fail: throw std::runtime_error("on purpose");
      }
    }
  }

 private:
  Texts texts_;
};

void play(const Turn& turn, Model& model) {
  const Model before = model;
  for (const Step& step : turn.steps) {
    switch (step.what) {
      case Step::assign: model[step.key] = step.text; break;
      case Step::append: model[step.key] += step.text; break;
      case Step::erase: model.erase(step.key); break;
      case Step::clear: model.clear(); break;
      case Step::fail: model = before; return;
    }
  }
}

Turn random_turn(std::mt19937_64& random) {
  Turn turn;
  for (auto steps = random() % 8; steps > 0; --steps) {
    Step step;
    const auto chance = random() % 100;
    step.what = chance < 40   ? Step::assign
                : chance < 70 ? Step::append
                : chance < 92 ? Step::erase
                : chance < 96 ? Step::clear
                              : Step::fail;
    const std::size_t repeats = random() % 10 == 0 ? 500 : 1;
    step.key = std::string(repeats, 'k') + std::to_string(random() % 30);
    step.text = std::to_string(random() % 1000);
    turn.steps.push_back(std::move(step));
  }
  return turn;
}

TEST(PersistentMapRandom, EqualsAStdMapAlsoAfterThrowsAndPowerCuts) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t run = 0; run < scaled(100); ++run) {
    std::mt19937_64 random(seed.derive(run).value());
    auto disk = std::make_shared<detail::MemoryDisk>();
    std::vector<Model> history(1);  // After each turn; a crash goes back to one of them.
    std::size_t durable = 0;        // No further back than this.
    for (int session = 0; session < 4; ++session) {
      StoreRig rig({}, disk, random());
      const Repository<Texts> repo(rig.data->base("//texts"));
      const Model found = repo.read().value();
      const auto kept =
          std::find(history.begin() + static_cast<std::ptrdiff_t>(durable), history.end(), found);
      ASSERT_NE(kept, history.end()) << seed << " run " << run << " session " << session;
      history.assign(1, found);
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
}  // namespace stet::test::persistent_map_random_test
