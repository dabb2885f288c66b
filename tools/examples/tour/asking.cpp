// tools/examples/tour/asking.cpp - questions: deadlines, answers given later or by somebody else,
// exclusive ones, and what the asker is told when nobody answers.
//
// Prints
//   tea costs 250
//   gold: handler_threw
//   silver: timed_out
//   copper: broken_promise
//   a shop that waits for itself: ask_cycle
//   a shop that has closed: receiver_gone
#include <chrono>
#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <stet/runtime/system.hpp>

using namespace std::chrono_literals;

struct PriceOf {
  using Reply = std::int64_t;
  std::string item;
};
struct Quote {  // Asked of the shop, which asks its supplier.
  using Reply = std::int64_t;
  std::string item;
};
struct Partner {
  stet::Recipient<Quote> shop;
};

class Supplier : public stet::Actor<Supplier> {
 public:
  // A handler may answer at once, or keep the promise and answer in a later turn.
  void handle(PriceOf question, stet::Promise<PriceOf> answer) {
    if (question.item == "gold") throw std::runtime_error("not for sale");
    if (question.item == "silver") return kept_.push_back(std::move(answer));
    if (question.item == "copper") return;  // Drops the promise.
    answer.resolve(250);
  }

 private:
  std::vector<stet::Promise<PriceOf>> kept_;
};

class Shop : public stet::Actor<Shop> {
 public:
  explicit Shop(stet::Address<Supplier> supplier) : supplier_(std::move(supplier)) {}

  void handle(Partner message) { partner_ = std::move(message.shop); }
  void handle(Quote question, stet::Promise<Quote> answer) {
    if (partner_) {
      // Exclusive: no other user message is handled before the answer. Those who wait for each
      // other like this are told at once.
      partner_.ask(question.item).await(*this, [answer = std::move(answer)](auto price) mutable {
        answer.set(std::move(price));
      });
    } else if (question.item == "tea") {
      answer.delegate<PriceOf>(supplier_, question.item);  // Who asked hears from the supplier.
    } else {
      // Interleaved: the shop goes on while it waits, for a tenth of a second at most.
      supplier_.ask<PriceOf>(question.item)
          .within(100ms)
          .then(*this,
                [answer = std::move(answer)](auto price) mutable { answer.set(std::move(price)); });
    }
  }

 private:
  stet::Address<Supplier> supplier_;
  stet::Recipient<Quote> partner_;
};

int main() {
  stet::System system;
  const auto shop = system.spawn<Shop>(system.spawn<Supplier>());
  const auto quote = [](const auto& from, const char* item) {
    return from.template ask<Quote>(item).get(10s);
  };

  std::cout << "tea costs " << quote(shop, "tea").value() << '\n';
  // A handler that throws stops its actor: each of these has a supplier of its own.
  for (const char* item : {"gold", "silver", "copper"}) {
    const auto own = system.spawn<Shop>(system.spawn<Supplier>());
    std::cout << item << ": " << stet::to_string(quote(own, item).error().code) << '\n';
  }
  shop.send<Partner>(shop);
  std::cout << "a shop that waits for itself: " << stet::to_string(quote(shop, "tea").error().code)
            << '\n';
  shop.stop_now();
  std::cout << "a shop that has closed: " << stet::to_string(quote(shop, "tea").error().code)
            << '\n';
}
