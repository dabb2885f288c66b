// tools/examples/tour/finding.cpp - a registry, topics, routers.
//
// Prints
//   the till says that tea costs 260
//   of that name there is no Recipient: not_found
//   round robin: 3 3 3
//   one key, one member: 9
//   told all 3
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <stet/runtime/registry.hpp>
#include <stet/runtime/router.hpp>
#include <stet/runtime/system.hpp>
#include <stet/runtime/topic.hpp>

using namespace std::chrono_literals;

struct PriceChanged {
  std::string item;
  std::int64_t cents;
};
struct PriceOf {
  using Reply = std::int64_t;
  std::string item;
};

class Till : public stet::Actor<Till> {
 public:
  explicit Till(const stet::Topic<PriceChanged>& prices)
      : subscription_(prices.subscribe(self())) {}  // Ends with the actor.
  void handle(const PriceChanged& change) { prices_[change.item] = change.cents; }
  std::int64_t handle(const PriceOf& question) { return prices_[question.item]; }

 private:
  std::map<std::string, std::int64_t> prices_;
  stet::Subscription subscription_;
};

struct Resize {
  std::string album;
};
struct Done {
  using Reply = int;
};
class Resizer : public stet::Actor<Resizer> {
 public:
  void handle(const Resize&) { ++done_; }
  int handle(Done) { return std::exchange(done_, 0); }

 private:
  int done_ = 0;
};

int main() {
  stet::System system;
  const stet::Topic<PriceChanged> prices;
  const stet::Registry registry;
  static_cast<void>(registry.put<Till>("front", system.spawn<Till>(prices)));

  prices.publish("tea", 250);
  prices.publish("tea", 260);                              // To each subscriber in this order.
  const auto till = registry.find<Till>("front").value();  // The type is a part of the key.
  std::cout << "the till says that tea costs " << till.ask<PriceOf>("tea").get(10s).value() << '\n';
  const auto wrong = registry.find<Resize>("front");
  std::cout << "of that name there is no Recipient: " << stet::to_string(wrong.error().code)
            << '\n';

  std::vector<stet::Address<Resizer>> resizers;
  for (int i = 0; i < 3; ++i) resizers.push_back(system.spawn<Resizer>());
  const auto done = [&] {
    std::vector<int> counts;
    for (const auto& resizer : resizers) counts.push_back(resizer.ask<Done>().get(10s).value());
    return counts;
  };

  const stet::RoundRobin<Resize> next(system, resizers);
  for (int i = 0; i < 9; ++i) next.send("any");
  std::cout << "round robin:";
  for (const int count : done()) std::cout << ' ' << count;

  const stet::ConsistentHash<Resize> by_album(
      system, [](const Resize& message) { return message.album; }, resizers);
  for (int i = 0; i < 9; ++i) by_album.send("summer");
  const auto counts = done();
  std::cout << "\none key, one member: " << *std::max_element(counts.begin(), counts.end());

  const stet::Broadcast<Resize> all(system, resizers);
  std::cout << "\ntold all " << all.send("any") << '\n';
}
