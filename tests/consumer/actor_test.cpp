// tests/consumer/actor_test.cpp - a host's test of its own actors, with no test framework at all.
#include <cstdint>
#include <iostream>

#include <stet/testing/explore.hpp>

namespace {

struct Deposit {
  std::int64_t cents;
};
struct Balance {
  using Reply = std::int64_t;
};
class Account : public stet::Actor<Account> {
 public:
  void handle(Deposit deposit) { cents_ += deposit.cents; }
  std::int64_t handle(Balance) { return cents_; }

 private:
  std::int64_t cents_ = 0;
};

}  // namespace

int main() {
  const auto result = stet::testing::explore(100, [](stet::testing::TestSystem& test) {
    const auto account = test.spawn<Account>();
    test.drop<Deposit>().to(account).times(1);
    test.expect<Deposit>().to(account).times(2);
    for (int i = 0; i < 3; ++i) account.send<Deposit>(10);
    test.run_until_idle();
    return account.ask<Balance>().get(std::chrono::seconds(1)).value_or(-1) == 20;
  });
  std::cout << "consumer: " << result.message() << '\n';
  return result ? 0 : 1;
}
