// tests/runtime/become_test.cpp
// Goal    A message meets the behaviour that the messages before it have chosen, and no other; what
//         that one does not handle is told, never dropped.
// Method  Stepped systems; a seeded run against a plain switch; senders on real threads.
#include <stet/runtime/become.hpp>

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::become_test {

// The example of the header.
struct Push {};
struct Knock {
  using Reply = std::string;
};
class Door;
struct Closed {
  void handle(Door& door, Push);
  std::string handle(Knock) { return "who is there?"; }
};
struct Open {
  explicit Open(int count) : times(count) {}
  void handle(Door& door, Push);
  int times;
};
class Door : public Behaviours<Door, Closed, Open> {
 public:
  int opened = 0;
};
inline void Closed::handle(Door& door, Push) { door.become<Open>(++door.opened); }
inline void Open::handle(Door& door, Push) { door.become<Closed>(); }

static_assert(Handles<Door, Push> && Handles<Door, Knock>);
static_assert(!Handles<Door, Add> && !Handles<Door, Read>);
static_assert(std::is_constructible_v<Recipient<Knock>, const Address<Door>&>);

TEST(Become, ChangesWhatIsHandled) {
  Letters letters;
  SystemOptions options = stepped();
  options.dead_letters = letters.handler();
  System system(options);
  const auto door = system.spawn<Door>();
  EXPECT_EQ(door.ask<Knock>().get(1s).value(), "who is there?");
  door.send<Push>();
  const auto answer = door.ask<Knock>().get(1s);
  ASSERT_EQ(answer.error(), Errc::unsupported);
  EXPECT_NE(answer.error().text.find("Door does not handle"), std::string::npos);
  EXPECT_NE(answer.error().text.find("while it behaves as"), std::string::npos);
  EXPECT_NE(answer.error().text.find("Open"), std::string::npos);
  ASSERT_EQ(letters.all().size(), 1U);
  EXPECT_EQ(letters.all()[0].reason, Errc::unsupported);
  EXPECT_NE(letters.all()[0].message.find("Knock"), std::string::npos);
  door.send<Push>();
  EXPECT_EQ(door.ask<Knock>().get(1s).value(), "who is there?");
  EXPECT_TRUE(door.is_alive());
}

// A light with all forms of handlers, handlers of its own and an unhandled() of its own.
struct Switch {};
struct Dim {
  std::int64_t by;
};
struct Level {  // On answers at once, Off later.
  using Reply = std::int64_t;
};
struct Lamps {  // Only On answers; later, with the lamp.
  using Reply = std::int64_t;
};
struct Log {
  using Reply = std::string;
};
struct Twice {};
struct Cheat {};
struct Fail {};

class Lamp;
struct Off {
  ~Off();
  void handle(Lamp& lamp, Switch);
  void handle(Level, Promise<Level> answer) { answer.resolve(0); }
  void handle(Lamp& lamp, Twice);
  Lamp* of = nullptr;
};
struct On {
  On(Lamp& lamp, std::int64_t start) : of(&lamp), level(start) {
    if (start < 0) throw std::runtime_error("a level below zero");
  }
  ~On();
  void handle(Lamp& lamp, Switch);
  void handle(Dim message) { level -= message.by; }
  std::int64_t handle(Level) { return level; }
  void handle(Lamp& lamp, Lamps, Promise<Lamps> answer);
  void handle(Lamp& lamp, Cheat);
  void handle(Lamp& lamp, Fail);
  Lamp* of;
  std::int64_t level;
};
class Lamp : public Behaviours<Lamp, Off, On> {
 public:
  Lamp() = default;
  explicit Lamp(std::int64_t level) : Behaviours(std::in_place_type<On>, *this, level) {}
  using Behaviours::handle;
  std::string handle(Log) { return log; }
  void handle(Do message) { message.body(*this); }
  void unhandled(Dim message) { log += "dark " + std::to_string(message.by) + ' '; }

  std::string log;
};
Off::~Off() {
  if (of != nullptr) of->log += "~off ";
}
On::~On() { of->log += "~on "; }
void Off::handle(Lamp& lamp, Switch) {
  of = &lamp;
  lamp.become<On>(lamp, 10);
  lamp.log += lamp.is<Off>() ? "still " : "already ";
}
void Off::handle(Lamp& lamp, Twice) {
  of = &lamp;
  lamp.become<On>(lamp, 1);
  lamp.become<On>(lamp, 2);
}
void On::handle(Lamp& lamp, Switch) {
  lamp.become<Off>();
  level = 99;  // Our own members are there to the end of the handler.
  lamp.log += std::to_string(level) + ' ';
}
void On::handle(Lamp& lamp, Lamps, Promise<Lamps> answer) { answer.resolve(lamp.is<On>() ? 1 : 0); }
void On::handle(Lamp& lamp, Cheat) {
  lamp.become<Off>();
  lamp.handle(Dim{5});  // Ours still: nested calls are a part of the same message.
  lamp.log += std::to_string(level) + ' ';
}
void On::handle(Lamp& lamp, Fail) {
  try {
    lamp.become<On>(lamp, -1);
  } catch (const std::runtime_error&) {
    lamp.log += "caught ";
  }
}
std::string log_of(const Address<Lamp>& lamp) {
  return lamp.ask<Log>().get(patience).value_or("?");
}

TEST(Become, TakesEffectAfterTheMessage) {
  System system(stepped());
  const auto lamp = system.spawn<Lamp>();
  lamp.send<Switch>();
  EXPECT_EQ(log_of(lamp), "still ~off ");
  lamp.send<Dim>(3);
  EXPECT_EQ(lamp.ask<Level>().get(1s).value(), 7);
  lamp.send<Switch>();
  EXPECT_EQ(log_of(lamp), "still ~off 99 ~on ");
  EXPECT_EQ(lamp.ask<Level>().get(1s).value(), 0);
}

TEST(Become, AsksTheActorsOwnUnhandled) {
  System system(stepped());
  const auto lamp = system.spawn<Lamp>();
  lamp.send<Dim>(3);
  EXPECT_EQ(log_of(lamp), "dark 3 ");
  EXPECT_EQ(system.counters().dead_letters, 0U);
}

TEST(Become, AnswersAQuestionThatOnlyAnotherBehaviourTakesAPromiseFor) {
  System system(stepped());
  const auto lamp = system.spawn<Lamp>();
  EXPECT_EQ(lamp.ask<Lamps>().get(1s).error(), Errc::unsupported);
  EXPECT_EQ(system.counters().dead_letters, 1U);
  lamp.send<Switch>();
  EXPECT_EQ(lamp.ask<Lamps>().get(1s).value(), 1);
}

TEST(Become, BeginsAsTold) {
  System system(stepped());
  const auto lamp = system.spawn<Lamp>(5);
  EXPECT_EQ(lamp.ask<Level>().get(1s).value(), 5);
  EXPECT_THROW(static_cast<void>(system.spawn<Lamp>(-1)), std::runtime_error);
}

TEST(Become, KeepsTheLastOfTwoInOneTurn) {
  System system(stepped());
  const auto lamp = system.spawn<Lamp>();
  lamp.send<Twice>();
  EXPECT_EQ(lamp.ask<Level>().get(1s).value(), 2);
  EXPECT_EQ(log_of(lamp), "~on ~off ");
}

TEST(Become, LeavesAHandlerItsBehaviourToTheEnd) {
  System system(stepped());
  const auto lamp = system.spawn<Lamp>(9);
  lamp.send<Cheat>();
  EXPECT_EQ(log_of(lamp), "4 ~on ");
}

TEST(Become, StaysWhenTheNewBehaviourCannotBeMade) {
  System system(stepped());
  const auto lamp = system.spawn<Lamp>(9);
  lamp.send<Fail>();
  EXPECT_EQ(lamp.ask<Level>().get(1s).value(), 9);
  EXPECT_EQ(log_of(lamp), "caught ");
}

TEST(Become, FromAContinuationComesBeforeTheNextMessage) {
  System system(stepped());
  const auto lamp = system.spawn<Lamp>();
  const auto counter = system.spawn<Counter>(6);
  lamp.send<Do>([&](ActorBase& base) {
    auto& self = static_cast<Lamp&>(base);
    counter.ask<Read>().then(
        self, [&self](Result<std::int64_t> value) { self.become<On>(self, value.value()); });
  });
  system.run_until_idle();
  EXPECT_EQ(lamp.ask<Level>().get(1s).value(), 6);
}

// A behaviour that throws ends its actor; who asked is told.
struct Works {
  void handle(Throw) { throw 5; }
  std::int64_t handle(Read) { throw std::runtime_error("no"); }
};
struct Waits {
  void handle(Read, Promise<Read> promise) { kept.push_back(std::move(promise)); }
  std::vector<Promise<Read>> kept;
};
class Fragile : public Behaviours<Fragile, Works, Waits> {
 public:
  explicit Fragile(bool waits) {
    if (waits) become<Waits>();
  }
};
TEST(Become, ABehaviourThatThrowsEndsItsActor) {
  System system(stepped());
  const auto works = system.spawn<Fragile>(false);
  EXPECT_EQ(works.ask<Read>().get(1s).error(), Errc::handler_threw);
  EXPECT_FALSE(works.is_alive());
  const auto waits = system.spawn<Fragile>(true);
  waits.send<Throw>();  // Not handled now: a dead letter, no throw.
  EXPECT_EQ(waits.ask<Read>().get(1ms).error(), Errc::timed_out);
  EXPECT_TRUE(waits.is_alive());
  EXPECT_EQ(system.counters().dead_letters, 1U);
}

// A promise that a behaviour kept is answered when that behaviour goes.
struct Leave {};
class Room;
struct Full {
  void handle(Knock, Promise<Knock> promise) { kept = std::move(promise); }
  void handle(Room& room, Leave);
  Promise<Knock> kept;
};
struct Empty {};
class Room : public Behaviours<Room, Full, Empty> {};
void Full::handle(Room& room, Leave) { room.become<Empty>(); }
TEST(Become, ABehaviourThatGoesAnswersWhatItKept) {
  System system(stepped());
  const auto room = system.spawn<Room>();
  const auto runner = system.spawn<Runner>();
  std::string said;
  runner.send<Do>([&](ActorBase& self) {
    room.ask<Knock>().then(
        self, [&](Result<std::string> answer) { said = to_string(answer.error().code); });
  });
  system.run_until_idle();
  EXPECT_EQ(said, "");
  room.send<Leave>();
  system.run_until_idle();
  EXPECT_EQ(said, "broken_promise");
}

// Against a plain switch: three states, moves that only some of them take.
struct Go {
  int to;
};
struct Mark {
  int number;
};
class Walker;
template <int here>
struct At {
  void handle(Walker& walker, Go go);
  void handle(Walker& walker, Mark mark)
    requires(here != 0);
};
class Walker : public Behaviours<Walker, At<0>, At<1>, At<2>> {
 public:
  explicit Walker(std::vector<int>& record) : out(record) {}
  void unhandled(Mark mark) { out.push_back(-mark.number); }
  std::vector<int>& out;
};
template <int here>
void At<here>::handle(Walker& walker, Go go) {
  if (go.to == 0) walker.become<At<0>>();
  if (go.to == 1) walker.become<At<1>>();
  if (go.to == 2) walker.become<At<2>>();
}
template <int here>
void At<here>::handle(Walker& walker, Mark mark)
  requires(here != 0)
{
  walker.out.push_back(mark.number * 10 + here);
}

TEST(Become, AgreesWithAPlainSwitch) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  System system(stepped(seed.value()));
  std::vector<int> out;
  std::vector<int> expected;
  const auto walker = system.spawn<Walker>(out);
  int here = 0;
  for (int i = 1; i <= 2000; ++i) {
    if (random() % 2 == 0) {
      here = static_cast<int>(random() % 3);
      walker.send<Go>(here);
    } else {
      walker.send<Mark>(i);
      expected.push_back(here == 0 ? -i : i * 10 + here);
    }
  }
  system.run_until_idle();
  EXPECT_EQ(out, expected) << seed;
}

// Doors on two workers, pushed and knocked at from two threads: each knock has one answer.
TEST(Become, AnswersEveryKnockUnderLoad) {
  System system(with_workers(2));
  const auto door = system.spawn<Door>();
  constexpr std::size_t knockers = 2;
  std::array<std::size_t, knockers> answers{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < knockers; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < scaled(1'000); ++i) {
        door.send<Push>();
        const auto answer = door.ask<Knock>().get(patience);
        if (answer || answer.error() == Errc::unsupported) ++answers[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::size_t count : answers) EXPECT_EQ(count, scaled(1'000));
  EXPECT_TRUE(door.is_alive());
}

}  // namespace stet::test::become_test
