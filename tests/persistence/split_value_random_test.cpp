// tests/persistence/split_value_random_test.cpp - random turns on a struct that grows and shrinks
// over its bounds, throws and power cuts.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include <stet/persistence/persistable.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "store_rig.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::split_value_random_test {
namespace {

struct Parts {
  std::string a;
  std::string b;
  std::int64_t c = 0;
  std::vector<std::string> d;
  bool operator==(const Parts&) const = default;
};

struct Step {
  enum : std::uint8_t { mutate, edit, set, clear, write, wipe, fail } what = mutate;
  int field = 0;
  Parts parts;
};
struct Turn {
  std::vector<Step> steps;
};

void change(Parts& parts, const Step& step) {
  switch (step.field) {
    case 0: parts.a = step.parts.a; break;
    case 1: parts.b = step.parts.b; break;
    case 2: parts.c = step.parts.c; break;
    default: parts.d = step.parts.d; break;
  }
}

class Player : public Actor<Player> {
 public:
  Player(Persistable<Parts> parts, const DataStore& at) : parts_(std::move(parts)), repo_(at) {}
  void handle(const Turn& turn) {
    for (const Step& step : turn.steps) {
      switch (step.what) {
        case Step::mutate: parts_.mutate([&step](Parts& parts) { change(parts, step); }); break;
        case Step::edit: edit(step); break;
        case Step::set: parts_.set(step.parts); break;
        case Step::clear: parts_.clear(); break;
        // By another way, too: the Persistable is changed in the same turn, and has the last word.
        case Step::write:
          static_cast<void>(repo_.write(step.parts));
          parts_.mutate([&step](Parts& parts) { change(parts, step); });
          break;
        case Step::wipe:
          static_cast<void>(repo_.clear());
          parts_.mutate([&step](Parts& parts) { change(parts, step); });
          break;
        case Step::fail: throw std::runtime_error("on purpose");
      }
    }
  }

 private:
  void edit(const Step& step) {
    const auto take = [&step](auto Parts::*member) {
      return [&step, member](auto& field) { field = step.parts.*member; };
    };
    switch (step.field) {
      case 0: parts_.edit<&Parts::a>(take(&Parts::a)); break;
      case 1: parts_.edit<&Parts::b>(take(&Parts::b)); break;
      case 2: parts_.edit<&Parts::c>(take(&Parts::c)); break;
      default: parts_.edit<&Parts::d>(take(&Parts::d)); break;
    }
  }

  Persistable<Parts> parts_;
  Repository<Parts> repo_;
};

void play(const Turn& turn, Parts& model) {
  const Parts before = model;
  for (const Step& step : turn.steps) {
    switch (step.what) {
      case Step::set: model = step.parts; break;
      case Step::clear: model = {}; break;
      case Step::fail: model = before; return;
      default: change(model, step); break;
    }
  }
}

Parts random_parts(std::mt19937_64& random) {
  const auto text = [&random] {
    constexpr std::size_t sizes[] = {0, 3, 100, 300, 700, 1'500, 4'000, 30'000};
    return std::string(sizes[random() % std::size(sizes)], static_cast<char>('a' + random() % 26));
  };
  Parts parts{text(), text(), static_cast<std::int64_t>(random()), {}};
  for (auto n = random() % 4; n > 0; --n) parts.d.push_back(text());
  return parts;
}

Turn random_turn(std::mt19937_64& random) {
  Turn turn;
  for (auto steps = random() % 4; steps > 0; --steps) {
    Step step;
    const auto chance = random() % 100;
    step.what = chance < 30   ? Step::mutate
                : chance < 70 ? Step::edit
                : chance < 80 ? Step::set
                : chance < 86 ? Step::clear
                : chance < 90 ? Step::write
                : chance < 94 ? Step::wipe
                              : Step::fail;
    step.field = static_cast<int>(random() % 4);
    step.parts = random_parts(random);
    turn.steps.push_back(std::move(step));
  }
  return turn;
}

TEST(SplitValueRandom, IsWhatItWasInMemoryAlsoAfterThrowsAndPowerCuts) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t run = 0; run < scaled(100); ++run) {
    std::mt19937_64 random(seed.derive(run).value());
    auto disk = std::make_shared<detail::MemoryDisk>();
    std::vector<Parts> history(1);  // After each turn; a crash goes back to one of them.
    std::size_t durable = 0;        // No further back than this.
    for (int session = 0; session < 4; ++session) {
      StoreRig rig({}, disk, random());
      const Repository<Parts> repo(rig.data->base("//parts"));
      const auto read = [&repo]() -> Result<Parts> {
        Result<Parts> found = repo.read();
        return !found && found.error() == Errc::not_found ? Result<Parts>(Parts{}) : found;
      };
      const Result<Parts> found = read();
      ASSERT_TRUE(found) << found.error().message() << seed << " run " << run;
      const auto kept =
          std::find(history.begin() + static_cast<std::ptrdiff_t>(durable), history.end(), *found);
      ASSERT_NE(kept, history.end()) << seed << " run " << run << " session " << session;
      history.assign(1, *found);
      durable = 0;
      const auto spawn = [&] { return spawn_persistent<Player>(*rig.system, repo, repo.data()); };
      auto player = spawn();
      for (int turns = 0; turns < 20; ++turns) {
        const Turn turn = random_turn(random);
        player.send(turn);
        play(turn, history.emplace_back(history.back()));
        rig.system->run_until_idle();
        if (!player.is_alive()) player = spawn();
        if (random() % 4 == 0) {
          ASSERT_TRUE(rig.store->flush(1s));
          durable = history.size() - 1;
          ASSERT_EQ(read().value(), history.back()) << seed << " run " << run;
        }
      }
      rig.crash(random() % 2 == 0 ? detail::MemoryDisk::NotYetDurable::lost
                                  : detail::MemoryDisk::NotYetDurable::kept);
    }
  }
}

}  // namespace
}  // namespace stet::test::split_value_random_test
