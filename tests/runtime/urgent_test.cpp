// tests/runtime/urgent_test.cpp
// Goal    Urgent mail is handled after the turn that runs and before all that waits, in order, and is
//         neither bounded nor lost.
#include <stet/runtime/urgent.hpp>

#include <gtest/gtest.h>

#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::urgent_test {

SystemOptions with_letters(Letters& letters) {
  SystemOptions options = stepped();
  options.dead_letters = letters.handler();
  return options;
}

TEST(Urgent, ComesBeforeMailThatWaitsAndInOrder) {
  std::vector<int> out;
  System system(stepped());
  const auto to = system.spawn<Recorder>(out);
  for (int i = 0; i < 3; ++i) to.send<Number>(i);
  for (int i = 10; i < 13; ++i) send_urgent<Number>(to, i);
  system.run_until_idle();
  EXPECT_EQ(out, (std::vector<int>{10, 11, 12, 0, 1, 2}));
}

TEST(Urgent, ComesAfterTheTurnThatRuns) {
  System system(stepped());
  const auto to = system.spawn<Runner>();
  std::vector<int> out;
  const auto note = [&out](int n) { return [&out, n](ActorBase&) { out.push_back(n); }; };
  to.send<Do>([&](ActorBase&) {
    send_urgent<Do>(to, note(1));
    send_urgent<Do>(to, note(2));
    out.push_back(0);
  });
  to.send<Do>(note(3));
  system.run_until_idle();
  EXPECT_EQ(out, (std::vector<int>{0, 1, 2, 3}));
}

TEST(Urgent, PassesABoundAndDoesNotCount) {
  for (const WhenFull policy : {WhenFull::reject, WhenFull::drop_oldest}) {
    Letters letters;
    std::vector<int> out;
    System system(with_letters(letters));
    SpawnOptions options;
    options.mailbox = {.capacity = 1, .when_full = policy};
    const auto to = system.spawn_with<Recorder>(options, out);
    to.send<Number>(0);
    send_urgent<Number>(to, 1);
    send_urgent<Number>(to, 2);
    EXPECT_EQ(mailbox_state(to).waiting, 1U);
    system.run_until_idle();
    EXPECT_EQ(out, (std::vector<int>{1, 2, 0}));
    EXPECT_TRUE(letters.all().empty());
    EXPECT_EQ(mailbox_state(to).waiting, 0U);
  }
}

TEST(Urgent, GoesToTheDeadLettersOfAnActorThatHasStopped) {
  Letters letters;
  std::vector<int> out;
  System system(with_letters(letters));
  const auto to = system.spawn<Recorder>(out);
  to.stop_now();
  send_urgent<Number>(to, 1);
  system.run_until_idle();
  send_urgent<Number>(to, 2);
  EXPECT_TRUE(out.empty());
  ASSERT_EQ(letters.all().size(), 2U);
  EXPECT_EQ(letters.all()[1].reason, Errc::receiver_gone);
}

TEST(Urgent, WaitsWhileTheActorIsPaused) {
  System system(stepped());
  const auto to = system.spawn<Runner>();
  ActorPause pause;
  std::vector<int> out;
  to.send<Do>([&](ActorBase&) { pause = Turn::pause_actor(); });
  system.run_until_idle();
  send_urgent<Do>(to, [&](ActorBase&) { out.push_back(1); });
  to.send<Do>([&](ActorBase&) { out.push_back(2); });
  system.run_until_idle();
  EXPECT_TRUE(out.empty());
  pause = {};
  system.run_until_idle();
  EXPECT_EQ(out, (std::vector<int>{1, 2}));
}

// The lane is served between turns, also of an actor that never runs out of mail.
TEST(Urgent, ReachesAnActorThatKeepsItselfBusy) {
  System system(with_workers(1));
  std::atomic<bool> done{false};
  const auto busy = system.spawn<Runner>();
  std::function<void(ActorBase&)> again;
  again = [&](ActorBase&) {
    if (!done) busy.send<Do>(again);
  };
  busy.send<Do>(again);
  send_urgent<Do>(busy, [&](ActorBase&) { done = true; });
  EXPECT_TRUE(eventually([&] { return done.load(); }));
}

TEST(Urgent, GoesThroughARecipientToo) {
  std::vector<int> out;
  System system(stepped());
  const auto to = system.spawn<Recorder>(out);
  const Recipient<Number> recipient = to;
  recipient.send(1);
  send_urgent(recipient, 2);
  send_urgent<Number>(recipient, 3);
  system.run_until_idle();
  EXPECT_EQ(out, (std::vector<int>{2, 3, 1}));
}

TEST(Urgent, QuestionOvertakesWhatWaits) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  const Recipient<Read> recipient = counter;
  std::vector<std::int64_t> answers;
  const auto note = [&](const Result<std::int64_t>& answer) { answers.push_back(answer.value()); };
  for (int i = 0; i < 3; ++i) counter.send<Add>(1);
  system.spawn<Runner>().send<Do>([&](ActorBase& self) {
    counter.ask<Read>().then(self, note);
    counter.ask<Read>().urgent().then(self, note);
    recipient.ask().urgent().within(1s).then(self, note);
    counter.ask<Read>().within(1s).urgent().await(self, note);
  });
  system.run_until_idle();
  EXPECT_EQ(answers.size(), 4U);
  for (int i = 0; i < 3; ++i) counter.send<Add>(1);
  EXPECT_EQ(counter.ask<Read>().urgent().get(patience).value(), 3);
  EXPECT_EQ(counter.ask<Read>().get(patience).value(), 6);
}

TEST(Urgent, QuestionPassesABoundAndIsAnswered) {
  System system(stepped());
  SpawnOptions options;
  options.mailbox = {.capacity = 1, .when_full = WhenFull::reject};
  const auto counter = system.spawn_with<Counter>(options);
  counter.send<Add>(1);
  EXPECT_EQ(counter.ask<Read>().get(patience).error(), Errc::mailbox_full);
  EXPECT_EQ(counter.ask<Read>().urgent().get(patience).value(), 0) << "before what fills it";
}

TEST(Urgent, QuestionToAnActorThatHasStoppedIsAnswered) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  counter.stop_now();
  system.run_until_idle();
  EXPECT_EQ(counter.ask<Read>().urgent().get(patience).error(), Errc::receiver_gone);
}

}  // namespace stet::test::urgent_test
