// tests/runtime/turn_test.cpp
// Goal    Who joined a turn hears how it ended, before the answer leaves; a pause holds user mail
//         and nothing else.
// Method  Stepped systems; participants write down what they are told.
#include <gtest/gtest.h>
#include <time.h>

#include <stet/runtime/turn.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"

namespace stet::test::turn_test {

class Witness : public TurnParticipant {
 public:
  [[nodiscard]] bool on_turn_end(TurnOutcome outcome) noexcept override {
    log += outcome == TurnOutcome::kept ? 'k' : 'd';
    return agrees;
  }
  std::string log;
  bool agrees = true;
};

struct Touch {
  using Reply = int;
};
class Owner : public Actor<Owner> {
 public:
  explicit Owner(Witness& witness) : witness_(witness) {}
  void handle(Add) {
    Turn::join(witness_);
    Turn::join(witness_);
  }
  void handle(Throw) {
    Turn::join(witness_);
    throw 7;
  }
  int handle(Touch) {
    Turn::join(witness_);
    return 1;
  }

 private:
  Witness& witness_;
};

TEST(Turn, IsKnownOnlyInside) {
  EXPECT_FALSE(Turn::active());
  EXPECT_EQ(Turn::actor_id(), 0U);
  System system(stepped());
  const auto runner = system.spawn<Runner>();
  const auto other = system.spawn<Runner>();
  std::vector<std::uintptr_t> ids;
  const auto note = [&](ActorBase&) {
    EXPECT_TRUE(Turn::active());
    ids.push_back(Turn::actor_id());
  };
  runner.send<Do>(note);
  system.run_until_idle();
  runner.send<Do>(note);
  system.run_until_idle();
  other.send<Do>(note);
  system.run_until_idle();
  ASSERT_EQ(ids.size(), 3U);
  EXPECT_NE(ids[0], 0U);
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_NE(ids[0], ids[2]);
}

TEST(Turn, TellsWhoJoinedOnceThatItIsKept) {
  System system(stepped());
  Witness witness;
  const auto owner = system.spawn<Owner>(witness);
  owner.send<Add>();
  owner.send<Add>();
  system.run_until_idle();
  EXPECT_EQ(witness.log, "kk");
  EXPECT_TRUE(owner.is_alive());
}

TEST(Turn, TellsWhoJoinedThatItIsDiscardedWhenTheHandlerThrows) {
  System system(stepped());
  Witness witness;
  const auto owner = system.spawn<Owner>(witness);
  owner.send<Throw>();
  system.run_until_idle();
  EXPECT_EQ(witness.log, "d");
  EXPECT_FALSE(owner.is_alive());
}

TEST(Turn, ThatIsRefusedStopsTheActor) {
  System system(stepped());
  Witness witness;
  witness.agrees = false;
  const auto owner = system.spawn<Owner>(witness);
  owner.send<Add>();
  system.run_until_idle();
  EXPECT_FALSE(owner.is_alive());
  EXPECT_EQ(system.counters().throws, 1U);
}

TEST(Turn, ThatIsRefusedTellsWhoAskedAndStopsTheActor) {
  System system(stepped());
  Witness witness;
  witness.agrees = false;
  const auto owner = system.spawn<Owner>(witness);
  EXPECT_EQ(owner.ask<Touch>().get(1s).error(), Errc::rolled_back);
  EXPECT_FALSE(owner.is_alive());
  EXPECT_EQ(witness.log, "k");
  EXPECT_EQ(system.counters().throws, 1U);
}

TEST(Turn, EndsBeforeTheAnswerLeaves) {
  System system(stepped());
  Witness witness;
  const auto owner = system.spawn<Owner>(witness);
  const auto runner = system.spawn<Runner>();
  std::string seen;
  runner.send<Do>([&](ActorBase& self) {
    owner.ask<Touch>().then(self, [&](Result<int>) { seen = witness.log; });
  });
  system.run_until_idle();
  EXPECT_EQ(seen, "k");
}

TEST(Turn, RefusedByOneIsDiscardedForThoseToldLater) {
  System system(stepped());
  const auto runner = system.spawn<Runner>();
  Witness first;
  Witness second;
  second.agrees = false;  // Joined last, told first.
  runner.send<Do>([&](ActorBase&) {
    Turn::join(first);
    Turn::join(second);
  });
  system.run_until_idle();
  EXPECT_EQ(second.log, "k");
  EXPECT_EQ(first.log, "d");
  EXPECT_FALSE(runner.is_alive());
}

// An actor that pauses itself and goes on when it gets an answer.
struct Go {
  using Reply = int;
};
class Gate : public Actor<Gate> {
 public:
  void handle(Go, Promise<Go> answer) { answers_.push_back(std::move(answer)); }
  void handle(Add) {
    for (auto& answer : answers_) answer.resolve(1);
    answers_.clear();
  }

 private:
  std::vector<Promise<Go>> answers_;
};
struct Pause {
  Address<Gate> gate;
};
class Pauser : public Actor<Pauser> {
 public:
  explicit Pauser(std::vector<int>& out) : out_(out) {}
  void handle(Pause message) {
    pause_ = Turn::pause_actor();
    message.gate.ask<Go>().then(*this, [this](Result<int>) {
      out_.push_back(-1);
      pause_ = ActorPause();
    });
  }
  void handle(Number message) { out_.push_back(message.value); }

 private:
  std::vector<int>& out_;
  ActorPause pause_;
};

TEST(ActorPause, HoldsUserMailInOrderWhileAnswersPass) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    System system(stepped(seed));
    std::vector<int> out;
    const auto gate = system.spawn<Gate>();
    const auto pauser = system.spawn<Pauser>(out);
    pauser.send<Number>(1);
    pauser.send<Pause>(gate);
    pauser.send<Number>(2);
    system.run_until_idle();
    EXPECT_EQ(out, (std::vector<int>{1}));
    pauser.send<Number>(3);
    system.run_until_idle();
    EXPECT_EQ(out, (std::vector<int>{1}));
    gate.send<Add>();
    pauser.send<Number>(4);
    system.run_until_idle();
    EXPECT_EQ(out, (std::vector<int>{1, -1, 2, 3, 4})) << seed;
  }
}

// The answer is there already, behind the message whose turn pauses.
TEST(ActorPause, LetsAnAnswerPassThatCameBeforeIt) {
  System system(with_workers(1));
  const auto counter = system.spawn<Counter>(4);
  const auto runner = system.spawn<Runner>();
  std::atomic<bool> go{false};
  std::atomic<std::int64_t> answer{0};
  std::atomic<int> runs{0};
  std::optional<ActorPause> pause;
  // On a thread of its own, so that the answer comes while the turn goes on.
  const auto own = system.spawn_with<Runner>({.runs_on = RunsOn::own_thread});
  own.send<Do>([&](ActorBase& self) {
    counter.ask<Read>().then(self, [&](Result<std::int64_t> got) { answer = got.value(); });
    while (!go) std::this_thread::yield();
  });
  own.send<Do>([&](ActorBase&) {
    pause = Turn::pause_actor();
    ++runs;
  });
  own.send<Do>([&](ActorBase&) { ++runs; });
  ASSERT_TRUE(eventually([&] { return counter.ask<Read>().get(patience).has_value(); }));
  go = true;
  EXPECT_TRUE(eventually([&] { return answer == 4; }));
  EXPECT_EQ(runs, 1);
  pause.reset();
  EXPECT_TRUE(eventually([&] { return runs == 2; }));
}

TEST(ActorPause, IsCountedAndMayBeDroppedAnywhere) {
  System system(with_workers(2));
  std::vector<int> out;
  const auto runner = system.spawn<Runner>();
  std::optional<ActorPause> first;
  std::optional<ActorPause> second;
  std::atomic<int> runs{0};
  runner.send<Do>([&](ActorBase&) {
    first = Turn::pause_actor();
    second = Turn::pause_actor();
    ++runs;
  });
  ASSERT_TRUE(eventually([&] { return runs == 1 && system.is_quiet(); }));
  runner.send<Do>([&](ActorBase&) { ++runs; });
  first.reset();
  ASSERT_TRUE(eventually([&] { return system.is_quiet(); }));
  EXPECT_EQ(runs, 1);
  ActorPause moved(std::move(*second));
  second.reset();
  ASSERT_TRUE(eventually([&] { return system.is_quiet(); }));
  EXPECT_EQ(runs, 1);
  moved = ActorPause();
  EXPECT_TRUE(eventually([&] { return runs == 2; }));
}

TEST(ActorPause, EndsWhenTheActorStops) {
  System system(stepped());
  const auto runner = system.spawn<Runner>();
  std::optional<ActorPause> pause;
  runner.send<Do>([&](ActorBase&) { pause = Turn::pause_actor(); });
  system.run_until_idle();
  runner.send<Do>([](ActorBase&) { FAIL(); });
  runner.stop_now();
  system.run_until_idle();
  EXPECT_FALSE(runner.is_alive());
  EXPECT_EQ(system.counters().dead_letters, 1U);
  pause.reset();
}

// The end of a pause must not be lost when it meets a look at the mail that waits.
TEST(ActorPause, EndIsNeverLost) {
  System system(with_workers(2));
  const auto runner = system.spawn<Runner>();
  std::atomic<std::uint64_t> handled{0};
  for (std::uint64_t round = 0; round < scaled(5'000); ++round) {
    std::atomic<bool> paused{false};
    std::optional<ActorPause> pause;
    runner.send<Do>([&](ActorBase&) {
      pause = Turn::pause_actor();
      paused = true;
    });
    while (!paused) std::this_thread::yield();
    runner.send<Do>([&](ActorBase&) { ++handled; });
    runner.send<Do>([&](ActorBase&) { ++handled; });
    pause.reset();
    runner.send<Do>([&](ActorBase&) { ++handled; });
    ASSERT_TRUE(eventually([&] { return handled == 3 * (round + 1); })) << "round " << round;
  }
}

// Mail that comes one by one while an actor is paused must not be walked over each time.
TEST(ActorPause, CostsNoMoreForEachMessageTheMoreWait) {
  System system(stepped());
  const auto runner = system.spawn<Runner>();
  std::optional<ActorPause> pause;
  std::uint64_t handled = 0;
  // Of this thread's own time: others may want the CPU, too.
  const auto cpu_time = [] {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
  };
  const auto time_to_add = [&](std::uint64_t count) {
    const auto began = cpu_time();
    for (std::uint64_t i = 0; i < count; ++i) {
      runner.send<Do>([&](ActorBase&) { ++handled; });
      system.run_until_idle();
    }
    return cpu_time() - began;
  };
  runner.send<Do>([&](ActorBase&) { pause = Turn::pause_actor(); });
  system.run_until_idle();
  const std::uint64_t count = 30'000;
  const auto first = time_to_add(count);
  const auto second = time_to_add(count);
  // Where every message waits behind all others the second half takes three times the first.
  EXPECT_LT(second, 2 * first + 50ms);
  pause.reset();
  system.run_until_idle();
  EXPECT_EQ(handled, 2 * count);
}

}  // namespace stet::test::turn_test
