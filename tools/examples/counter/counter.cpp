// tools/examples/counter/counter.cpp - a counter that keeps counting through kill -9.
#include <iostream>
#include <thread>

#include <stet/persistence/spawn_persistent.hpp>

struct Count {  // State: a plain struct.
  std::uint64_t value = 0;
};
struct Next {  // A question.
  using Reply = std::uint64_t;
};

struct Counter : stet::Actor<Counter> {
  explicit Counter(stet::Persistable<Count> stored) : count(std::move(stored)) {}
  void handle(Next, stet::Promise<Next> answer) {
    auto saved = count.mutate([](Count& state) { ++state.value; });
    saved.then(*this, [value = count->value, answer = std::move(answer)](auto done) mutable {
      if (done) answer.resolve(value);  // From here on no power cut takes it back.
    });
  }
  stet::Persistable<Count> count;
};

int main() {
  stet::System system;
  auto store = stet::Store::open(system, {.engine = stet::EngineChoice::lmdb("counter.stet")});
  if (!store) return std::cerr << store.error().message() << '\n', 3;
  stet::Repository<Count> repo{stet::DataStore{*store}.base("//counter")};
  auto counter = stet::spawn_persistent<Counter>(system, repo);
  for (;; std::this_thread::sleep_for(std::chrono::milliseconds(100))) {
    auto value = counter.ask<Next>().get(std::chrono::seconds(30));
    if (!value) return std::cerr << value.error().message() << '\n', 3;
    std::cout << *value << std::endl;
  }
}
