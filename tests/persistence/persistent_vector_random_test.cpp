// tests/persistence/persistent_vector_random_test.cpp - random turns on a vector, throws and power
// cuts.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include <stet/persistence/persistent_vector.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "store_rig.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::persistent_vector_random_test {
namespace {

struct Step {
  enum : std::uint8_t { push, pop, set, mutate, resize, clear, fail } what = push;
  std::string text;
  std::size_t number = 0;  // An index, if there is one, or a size.
};
struct Turn {
  std::vector<Step> steps;
};
using Vector = PersistentVector<std::string>;
using Model = std::vector<std::string>;

class Player : public Actor<Player> {
 public:
  explicit Player(Vector vector) : vector_(std::move(vector)) {}
  void handle(const Turn& turn) {
    for (const Step& step : turn.steps) play(step);
  }

 private:
  void play(const Step& step) {
    const bool has = step.number < vector_.size();
    switch (step.what) {
      case Step::push: vector_.push_back(step.text); break;
      case Step::pop:
        if (!vector_.empty()) vector_.pop_back();
        break;
      case Step::set:
        if (has) vector_.set(step.number, step.text);
        break;
      case Step::mutate:
        if (has) vector_.mutate(step.number, [&step](std::string& text) { text += step.text; });
        break;
      case Step::resize: vector_.resize(step.number); break;
      case Step::clear: vector_.clear(); break;
      case Step::fail: throw std::runtime_error("on purpose");
    }
  }

  Vector vector_;
};

void play(const Turn& turn, Model& model) {
  const Model before = model;
  for (const Step& step : turn.steps) {
    const bool has = step.number < model.size();
    switch (step.what) {
      case Step::push: model.push_back(step.text); break;
      case Step::pop:
        if (!model.empty()) model.pop_back();
        break;
      case Step::set:
        if (has) model[step.number] = step.text;
        break;
      case Step::mutate:
        if (has) model[step.number] += step.text;
        break;
      case Step::resize: model.resize(step.number); break;
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
    step.what = chance < 40   ? Step::push
                : chance < 50 ? Step::pop
                : chance < 65 ? Step::set
                : chance < 80 ? Step::mutate
                : chance < 93 ? Step::resize
                : chance < 96 ? Step::clear
                              : Step::fail;
    step.text = std::to_string(random() % 100'000);
    // Now and then so large that what goes is erased as a range.
    step.number = random() % 16 == 0 ? random() % 200 : random() % 20;
    turn.steps.push_back(std::move(step));
  }
  return turn;
}

TEST(PersistentVectorRandom, EqualsAVectorAlsoAfterThrowsAndPowerCuts) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t run = 0; run < scaled(100); ++run) {
    std::mt19937_64 random(seed.derive(run).value());
    auto disk = std::make_shared<detail::MemoryDisk>();
    std::vector<Model> history(1);  // After each turn; a crash goes back to one of them.
    std::size_t durable = 0;        // No further back than this.
    for (int session = 0; session < 4; ++session) {
      StoreRig rig({}, disk, random());
      const Repository<Vector> repo(rig.data->base("//vector"));
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
}  // namespace stet::test::persistent_vector_random_test
