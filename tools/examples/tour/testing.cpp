// tools/examples/tour/testing.cpp - testing actors: lose a message, let time pass, try all orders.
//
// Prints
//   the client asked again and got its answer
//   an order in which the transfer fails was found
#include <chrono>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include <stet/runtime/timer.hpp>
#include <stet/testing/explore.hpp>
#include <stet/testing/test_system.hpp>

using namespace std::chrono_literals;

struct Request {
  using Reply = int;
};
struct Begin {};
struct Got {
  using Reply = std::optional<int>;
};

class Server : public stet::Actor<Server> {
 public:
  int handle(Request) { return 42; }
};
class Client : public stet::Actor<Client> {  // Asks again after five seconds.
 public:
  explicit Client(stet::Address<Server> server) : server_(std::move(server)) {}
  void handle(Begin) {
    server_.ask<Request>().within(5s).then(*this, [this](stet::Result<int> answer) {
      if (answer)
        got_ = *answer;
      else
        static_cast<void>(stet::send_after<Begin>(self(), 5s));
    });
  }
  std::optional<int> handle(Got) { return got_; }

 private:
  stet::Address<Server> server_;
  std::optional<int> got_;
};

// A transfer that forgets that its two messages may arrive in any order.
struct Add {
  int cents;
};
struct Low {
  using Reply = int;
};
class Account : public stet::Actor<Account> {
 public:
  void handle(Add message) {
    balance_ += message.cents;
    if (balance_ < low_) low_ = balance_;
  }
  int handle(Low) { return low_; }

 private:
  int balance_ = 0;
  int low_ = 0;
};
class Payer : public stet::Actor<Payer> {
 public:
  void handle(std::pair<stet::Address<Account>, int> job) { job.first.send<Add>(job.second); }
};

int main() {
  stet::testing::TestSystem test(42);  // The same seed gives the same run.
  const auto server = test.spawn<Server>();
  const auto client = test.spawn<Client>(server);
  test.drop<Request>().to(server).times(1);
  test.expect<Request>().from(client).to(server);
  client.send<Begin>();
  test.run_for(1min);  // Of virtual time.
  if (test.complaints().empty() && client.ask<Got>().get(1s).value() == 42)
    std::cout << "the client asked again and got its answer\n";

  std::ostringstream out;  // Would print the failing seed on standard error.
  const auto result = stet::testing::explore(1000,
                                             [](stet::testing::TestSystem& system) {
                                               const auto account = system.spawn<Account>();
                                               system.spawn<Payer>().send(std::pair(account, 100));
                                               system.spawn<Payer>().send(std::pair(account, -100));
                                               system.run_until_idle();
                                               return account.ask<Low>().get(1s).value() == 0;
                                             },
                                             {.out = &out});
  if (!result) std::cout << "an order in which the transfer fails was found\n";
}
