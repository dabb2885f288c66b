// tests/testing/simulation_test.cpp
// Goal    Whatever happens to a small application with values of each kind: what is recovered is its
//         state after one of its turns, whole, and no earlier one than was acknowledged.
// Method  Each kind of state is a function of the number of turns. Seeded lives of two such actors are
//         cut by losses of power, full disks, failed flushes and handlers that throw; then each is asked
//         whether all of its parts are of one number.
// Control An actor that counts in one turn and changes its parts in the next; one that is told to have
//         been acknowledged one turn more.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include <stet/persistence/persistable.hpp>
#include <stet/persistence/persistent_counter.hpp>
#include <stet/persistence/persistent_log.hpp>
#include <stet/persistence/persistent_map.hpp>
#include <stet/persistence/persistent_set.hpp>
#include <stet/persistence/persistent_vector.hpp>
#include <stet/persistence/spawn_persistent.hpp>
#include <stet/testing/crash_test.hpp>

#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::simulation_test {
namespace {

using namespace std::chrono_literals;
using testing::CrashOptions;
using testing::CrashTest;
using testing::explore_crashes;
using testing::Life;

enum class Kind : std::uint8_t { even, odd };

// Grows and shrinks, so that it is stored in one record now and a record a field then.
struct Book {
  std::uint64_t turns = 0;
  Kind kind = Kind::even;
  std::string title = {};
  std::vector<std::uint32_t> pages = {};
};
Book book_after(std::uint64_t turns) {
  if (turns == 0) return {};
  Book book{.turns = turns, .kind = turns % 2 == 0 ? Kind::even : Kind::odd};
  book.title = "after " + std::to_string(turns);
  book.pages.assign(turns % 7 * 100, static_cast<std::uint32_t>(turns));
  return book;
}
bool operator==(const Book& left, const Book& right) {
  return left.turns == right.turns && left.kind == right.kind && left.title == right.title &&
         left.pages == right.pages;
}

constexpr std::uint64_t keys = 5;
constexpr std::uint64_t items_max = 4;

struct Work {
  using Reply = std::uint64_t;  // The turns that are durable.
  bool fails = false;
};
// Empty: all parts are of one number, not less than this.
struct Check {
  using Reply = std::string;
  std::uint64_t acknowledged = 0;
  std::uint64_t issued = 0;
};

class Clerk : public Actor<Clerk> {
 public:
  Clerk(Persistable<Book> book, PersistentMap<std::uint64_t, std::uint64_t> map,
        PersistentSet<std::uint64_t> set, PersistentLog<std::uint64_t> log,
        PersistentVector<std::uint64_t> vector, PersistentCounter<std::string> counter,
        bool is_torn)
      : book_(std::move(book)),
        map_(std::move(map)),
        set_(std::move(set)),
        log_(std::move(log)),
        vector_(std::move(vector)),
        counter_(std::move(counter)),
        is_torn_(is_torn) {}

  void handle(Work message, Promise<Work> answer) {
    const std::uint64_t turn = book_->turns + 1;
    Token token = book_.set(book_after(turn));
    if (is_torn_) {
      self().send<Rest>(turn);
    } else {
      handle(Rest{turn});
    }
    if (message.fails) throw std::runtime_error("a handler that fails");
    token.then(*this, [turn, answer = std::move(answer)](const Result<Ack>& done) mutable {
      answer.set(done ? Result<std::uint64_t>(turn) : done.error());
    });
  }

  struct Rest {
    std::uint64_t turn = 0;
  };
  void handle(Rest message) {
    const std::uint64_t turn = message.turn;
    map_.insert_or_assign(turn % keys, turn);
    if (turn % 2 == 0) {
      set_.insert(turn % keys);
    } else {
      set_.erase(turn % keys);
    }
    log_.append(turn);
    if (log_.size() > items_max) log_.cut_before(log_.next() - items_max);
    if (turn % 3 == 0 && !vector_.empty()) {
      vector_.pop_back();
    } else {
      vector_.push_back(turn);
    }
    if (!vector_.empty()) vector_.set(0, turn);
    counter_.add("turns");
    counter_.add(std::to_string(turn % 2));
  }

  std::string handle(const Check& message) {
    const std::uint64_t turns = book_->turns;
    if (turns < message.acknowledged) {
      return std::to_string(turns) + " turns are left of " + std::to_string(message.acknowledged) +
             " that were acknowledged";
    }
    if (turns > message.issued) return "turns that nobody asked for";
    if (!(*book_ == book_after(turns))) return "the book is of two turns";
    for (std::uint64_t key = 0; key < keys; ++key) {
      // The last turn that has touched this key.
      std::uint64_t last = 0;
      for (std::uint64_t turn = 1; turn <= turns; ++turn) last = turn % keys == key ? turn : last;
      if (map_.contains(key) != (last != 0)) return "the map has other keys";
      if (last != 0 && map_.at(key) != last) return "the map is of another turn";
      if (set_.contains(key) != (last != 0 && last % 2 == 0)) return "the set is of another turn";
    }
    if (log_.next() != turns) return "the log is of another turn";
    if (log_.size() != std::min(turns, items_max)) return "the log has other items";
    if (turns > 0 && log_.back() != turns) return "the log ends with another turn";
    std::vector<std::uint64_t> expected;
    for (std::uint64_t turn = 1; turn <= turns; ++turn) {
      if (turn % 3 == 0 && !expected.empty()) {
        expected.pop_back();
      } else {
        expected.push_back(turn);
      }
      if (!expected.empty()) expected[0] = turn;
    }
    if (!std::equal(vector_.begin(), vector_.end(), expected.begin(), expected.end())) {
      return "the vector is of another turn";
    }
    const auto count = static_cast<std::int64_t>(turns);
    if (counter_.value("turns") != count || counter_.value("0") != count / 2) {
      return "the counter is of another turn";
    }
    return {};
  }

 private:
  Persistable<Book> book_;
  PersistentMap<std::uint64_t, std::uint64_t> map_;
  PersistentSet<std::uint64_t> set_;
  PersistentLog<std::uint64_t> log_;
  PersistentVector<std::uint64_t> vector_;
  PersistentCounter<std::string> counter_;
  const bool is_torn_;
};

Address<Clerk> spawn_clerk(Life& life, std::size_t number, bool is_torn) {
  const DataStore scope = life.data().base("//clerk").scope(std::to_string(number));
  return spawn_persistent<Clerk>(
      life.system(), Repository<Book>{scope.scope("book")},
      Repository<PersistentMap<std::uint64_t, std::uint64_t>>{scope.scope("map")},
      Repository<PersistentSet<std::uint64_t>>{scope.scope("set")},
      Repository<PersistentLog<std::uint64_t>>{scope.scope("log")},
      Repository<PersistentVector<std::uint64_t>>{scope.scope("vector")},
      Repository<PersistentCounter<std::string>>{scope.scope("counter")}, is_torn);
}

struct Plan {
  CrashOptions options = {};
  bool is_torn = false;
  bool claims_more = false;
};

testing::Exploration simulate(std::size_t seeds, Plan plan) {
  std::ostringstream out;
  plan.options.out = &out;
  plan.options.seed_variable = nullptr;
  plan.options.first_seed = Seed::from_environment_or_random().value() % (std::uint64_t{1} << 62);
  return explore_crashes(
      seeds,
      [&plan](CrashTest& test) -> std::string {
        struct Known {
          std::uint64_t acknowledged = 0;
          std::uint64_t issued = 0;
        };
        std::array<Known, 2> clerks{};
        std::mt19937_64 random(test.seed());
        for (int life_number = 0; life_number < 3; ++life_number) {
          test.live([&](Life& life) {
            std::array<Address<Clerk>, 2> addresses = {spawn_clerk(life, 0, plan.is_torn),
                                                       spawn_clerk(life, 1, plan.is_torn)};
            for (int n = 0; n < 8; ++n) {
              const std::size_t which = random() % 2;
              const bool fails = random() % 16 == 0;
              ++clerks[which].issued;
              const auto done = addresses[which].ask<Work>(fails).get(5s);
              if (done) clerks[which].acknowledged = *done;
            }
          });
        }
        if (plan.claims_more) ++clerks[0].acknowledged;
        return test.undisturbed([&](Life& life) -> std::string {
          for (std::size_t which = 0; which < clerks.size(); ++which) {
            const auto address = spawn_clerk(life, which, false);
            const Known& known = clerks[which];
            const auto wrong = address.ask<Check>(known.acknowledged, known.issued).get(5s);
            if (!wrong) return wrong.error().message();
            if (!wrong->empty()) return *wrong;
          }
          return {};
        });
      },
      plan.options);
}

TEST(Simulation, WhatIsRecoveredIsAWholeTurnAndNoneAcknowledgedIsLost) {
  const testing::Exploration found = simulate(scaled(2'000), {});
  EXPECT_TRUE(found) << found.message();
}

TEST(Simulation, NorWhereTheDiskFailsAndTheStoreReopensItself) {
  Plan plan{.options = {.full_permille = 30, .poison_permille = 30}};
  plan.options.store.failure = FailurePolicy::reopen;
  const testing::Exploration found = simulate(scaled(2'000), plan);
  EXPECT_TRUE(found) << found.message();
}

TEST(Simulation, NorWhereItStopsAndTheNextLifeGoesOn) {
  const testing::Exploration found =
      simulate(scaled(1'000), {.options = {.full_permille = 30, .poison_permille = 30}});
  EXPECT_TRUE(found) << found.message();
}

TEST(Simulation, ControlATornTurnIsNoticed) {
  Plan plan{.is_torn = true};
  plan.options.store.batch_records = 1;
  EXPECT_FALSE(simulate(500, plan));
}

TEST(Simulation, ControlALostAcknowledgementIsNoticed) {
  EXPECT_FALSE(simulate(500, {.claims_more = true}));
}

}  // namespace
}  // namespace stet::test::simulation_test
