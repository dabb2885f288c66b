// tests/persistence/token_test.cpp - tokens that leave their turn before it has ended.
// Goal    Who holds a token on another thread is told what became of the turn, not what it looked
//         like on the way.
// Method  A handler hands its token out, waits until it is used, and then returns or throws. An
//         answer that comes before the turn's end is the error looked for.
#include <stet/persistence/token.hpp>

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <stdexcept>

#include <stet/persistence/spawn_persistent.hpp>
#include <stet/runtime/system.hpp>

namespace stet::test {
namespace {

using namespace std::chrono_literals;

struct Amount {
  std::int64_t cents = 0;
};

// Between a handler and whoever uses its token meanwhile.
struct Meeting {
  std::promise<Token> token;
  std::promise<Errc> answer;  // Errc{}: an Ack.
  std::shared_future<Errc> answered{answer.get_future()};

  void put(const Result<Ack>& done) { answer.set_value(done ? Errc{} : done.error().code); }
};

struct Lend {
  Meeting* meeting;
  bool throws;
};

class Lender : public Actor<Lender> {
 public:
  explicit Lender(Persistable<Amount> amount) : amount_(std::move(amount)) {}
  void handle(Lend m) {
    m.meeting->token.set_value(amount_.mutate([](Amount& amount) { ++amount.cents; }));
    // Long enough for an answer that is given too early.
    EXPECT_EQ(m.meeting->answered.wait_for(100ms), std::future_status::timeout);
    if (m.throws) throw std::runtime_error("on purpose");
  }

 private:
  Persistable<Amount> amount_;
};

struct TokenTest : ::testing::Test {
  System system{{.workers = 3}};
  Store store = Store::open(system, {.engine = EngineChoice::memory()}).value();
  Repository<Amount> repo{DataStore{store}.base("//amount")};
  Address<Lender> lender = spawn_persistent<Lender>(system, repo);
  Meeting meeting;
};

TEST_F(TokenTest, AWaitOnAnotherThreadIsToldThatTheTurnWasRolledBack) {
  lender.send<Lend>(&meeting, true);
  const Token token = meeting.token.get_future().get();
  meeting.put(token.wait(10s));
  EXPECT_EQ(meeting.answered.get(), Errc::rolled_back);
  EXPECT_FALSE(repo.has().value());
}

TEST_F(TokenTest, AWaitOnAnotherThreadIsAcknowledgedAfterTheTurn) {
  lender.send<Lend>(&meeting, false);
  const Token token = meeting.token.get_future().get();
  meeting.put(token.wait(10s));
  EXPECT_EQ(meeting.answered.get(), Errc{});
  EXPECT_EQ(repo.read().value().cents, 1);
}

TEST_F(TokenTest, AWaitForATurnThatDoesNotEndTimesOut) {
  lender.send<Lend>(&meeting, false);
  const Token token = meeting.token.get_future().get();
  EXPECT_EQ(token.wait(1ms).error(), Errc::timed_out);
  EXPECT_TRUE(token.wait(10s));
  meeting.put(Ack{});
}

struct Borrow {
  Meeting* meeting;
};
class Borrower : public Actor<Borrower> {
 public:
  void handle(Borrow m) {
    Token token = m.meeting->token.get_future().get();
    token.then(*this, [meeting = m.meeting](const Result<Ack>& done) { meeting->put(done); });
  }
};

TEST_F(TokenTest, AnotherActorIsToldThatTheTurnWasRolledBack) {
  const auto borrower = system.spawn_with<Borrower>({.runs_on = RunsOn::own_thread});
  borrower.send<Borrow>(&meeting);
  lender.send<Lend>(&meeting, true);
  EXPECT_EQ(meeting.answered.get(), Errc::rolled_back);
}

TEST_F(TokenTest, AnotherActorIsAcknowledgedAfterTheTurn) {
  const auto borrower = system.spawn_with<Borrower>({.runs_on = RunsOn::own_thread});
  borrower.send<Borrow>(&meeting);
  lender.send<Lend>(&meeting, false);
  EXPECT_EQ(meeting.answered.get(), Errc{});
  EXPECT_EQ(repo.read().value().cents, 1);
}

}  // namespace
}  // namespace stet::test
