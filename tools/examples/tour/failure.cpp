// tools/examples/tour/failure.cpp - supervision, monitors, links.
//
// Prints
//   bank: teller 'Ann' failed: handling Jam: out of paper; restarting it
//   Ann counts from 0 again, Bob has 7
//   bank: teller 'Ann' failed: handling Jam: out of paper; restarting it
//   bank: teller 'Ann' failed: handling Jam: out of paper; too often
//   auditor: the bank has failed
//   a partner ends with the one it is linked to
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

#include <stet/runtime/link.hpp>
#include <stet/runtime/monitor.hpp>
#include <stet/runtime/supervision.hpp>
#include <stet/runtime/system.hpp>

using namespace std::chrono_literals;

struct Count {
  using Reply = int;
};
struct Jam {};

class Teller : public stet::Actor<Teller> {
 public:
  int handle(Count) { return ++served_; }
  void handle(Jam) { throw std::runtime_error("out of paper"); }

 private:
  int served_ = 0;
};

struct TellerNamed {
  using Reply = stet::Address<Teller>;
  std::string name;
};

class Bank : public stet::Actor<Bank> {
 public:
  Bank() {
    stet::supervise(*this, {.strategy = stet::Strategy::one_for_one,
                            .restarts_max = 2,
                            .restarts_within = 1min,
                            .backoff = {.min = 1ms, .max = 20ms},
                            .decide = [](const stet::Failure& failure) {
                              const bool too_often = failure.restarts == 2;
                              std::cout << "bank: teller '" << failure.name
                                        << "' failed: " << failure.error.text << "; "
                                        << (too_often ? "too often" : "restarting it") << '\n';
                              return too_often ? stet::Decision::escalate : stet::Decision::restart;
                            }});
  }
  stet::Address<Teller> handle(TellerNamed message) {
    return stet::spawn_child_with<Teller>(*this, {.name = message.name});
  }
};

class Auditor : public stet::Actor<Auditor> {
 public:
  explicit Auditor(const stet::Address<Bank>& bank) : bank_(bank) { stet::monitor(*this, bank); }
  void handle(const stet::Down& down) {
    if (down.is_of(bank_)) std::cout << "auditor: the bank has failed\n";
    over_ = true;
    if (asked_.is_asked()) asked_.resolve(1);
  }
  void handle(Count, stet::Promise<Count> answer) {  // Answered once the bank is down.
    if (over_) return answer.resolve(1);
    asked_ = std::move(answer);
  }

 private:
  stet::Address<Bank> bank_;
  stet::Promise<Count> asked_;
  bool over_ = false;
};

class Partner : public stet::Actor<Partner> {
 public:
  explicit Partner(const stet::Address<Teller>& other) { stet::link(*this, other); }
  int handle(Count) { return 0; }
};

int main() {
  stet::System system;
  const auto bank = system.spawn<Bank>();
  const auto auditor = system.spawn<Auditor>(bank);
  const auto ann = bank.ask<TellerNamed>("Ann").get(10s).value();
  const auto bob = bank.ask<TellerNamed>("Bob").get(10s).value();
  for (int i = 0; i < 6; ++i) bob.send<Count>();
  ann.send<Count>();

  ann.send<Jam>();  // Her address and her waiting mail survive it, what she had counted does not.
  const int anns = ann.ask<Count>().get(10s).value() - 1;
  std::cout << "Ann counts from " << anns << " again, Bob has " << bob.ask<Count>().get(10s).value()
            << '\n';
  ann.send<Jam>();
  ann.send<Jam>();  // The third time within the minute: the bank itself fails.
  static_cast<void>(auditor.ask<Count>().get(10s));

  const auto one = system.spawn<Teller>();
  const auto other = system.spawn<Partner>(one);
  static_cast<void>(other.ask<Count>().get(10s));  // It has linked itself by now.
  one.send<Jam>();
  while (other.is_alive()) static_cast<void>(other.ask<Count>().get(1ms));
  std::cout << "a partner ends with the one it is linked to\n";
}
