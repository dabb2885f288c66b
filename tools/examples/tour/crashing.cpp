// tools/examples/tour/crashing.cpp - a test that loses power wherever it can, and checks what is left.
//
// Prints
//   money is never lost or made, wherever power goes
//   a transfer in two turns was caught: 970 cents are left of 1000
#include <chrono>
#include <iostream>
#include <sstream>
#include <utility>

#include <stet/persistence/spawn_persistent.hpp>
#include <stet/testing/crash_test.hpp>

struct Account {
  int cents = 0;
};
struct Transfer {
  int cents;
  bool in_one_turn;
};
struct Arrive {
  int cents;
};

class Bank : public stet::Actor<Bank> {
 public:
  Bank(stet::Persistable<Account> from, stet::Persistable<Account> to)
      : from_(std::move(from)), to_(std::move(to)) {}
  void handle(Transfer message) {
    from_.mutate([&](Account& account) { account.cents -= message.cents; });
    if (!message.in_one_turn)
      return self().send<Arrive>(message.cents);  // Power may go in between.
    handle(Arrive{message.cents});
  }
  void handle(Arrive message) {
    to_.mutate([&](Account& account) { account.cents += message.cents; });
  }

 private:
  stet::Persistable<Account> from_;
  stet::Persistable<Account> to_;
};

stet::Repository<Account> account(stet::testing::Life& life, const char* name) {
  return stet::Repository<Account>{life.data().base("//account").scope(name)};
}

int main() {
  int left = 0;
  std::ostringstream found;  // What the harness says of the run that fails.
  const auto transfers = [&](bool in_one_turn) {
    return stet::testing::explore_crashes(
        10,  // Seeds: orders. Each is cut at every place there is.
        [&](stet::testing::CrashTest& test) {
          const auto opened = test.undisturbed(
              [](stet::testing::Life& life) { return account(life, "a").write({1000}); });
          if (!opened) return false;
          test.live([&](stet::testing::Life& life) {
            const auto bank =
                stet::spawn_persistent<Bank>(life.system(), account(life, "a"), account(life, "b"));
            for (int i = 0; i < 3; ++i) bank.send<Transfer>(30, in_one_turn);
          });
          left = test.undisturbed([](stet::testing::Life& life) {
            return account(life, "a").read().value_or(Account{}).cents +
                   account(life, "b").read().value_or(Account{}).cents;
          });
          return left == 1000;
        },
        {.out = &found, .every_point = true});
  };

  if (transfers(true)) std::cout << "money is never lost or made, wherever power goes\n";
  if (!transfers(false)) {
    std::cout << "a transfer in two turns was caught: " << left << " cents are left of 1000\n";
  }
}
