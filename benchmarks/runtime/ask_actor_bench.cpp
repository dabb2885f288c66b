// benchmarks/runtime/ask_actor_bench.cpp
// Question   What does a question from one actor to another cost, answer and continuation included?
// Measures   ns an answer: ask<M>().then(), the next question from the continuation.
// Leaves out threads outside: ask_host.
// Floor      baseline/raw_loop.hpp: one message between two actors on one thread.
// Rival      CAF's request().then() with as many workers.
// Expect     Two blocks and two visits, so some three messages of ping_pong; one worker or two give
//            the same.
#include "../baseline/raw_runtime.hpp"
#include "../questions.hpp"
#include "../rivals/caf_savina.hpp"
#include "../rivals/erlang_rival.hpp"
#include "../support/clock.hpp"
#include "../support/gate.hpp"
#include "../support/runtime_subjects.hpp"
#include "../support/stet_system.hpp"

namespace stet::bench {
namespace {

struct Next {
  using Reply = std::uint64_t;
  std::uint64_t value;
};
struct Begin {};

class Echo : public Actor<Echo> {
 public:
  std::uint64_t handle(Next next) { return next.value + 1; }
};

class Asker : public Actor<Asker> {
 public:
  Asker(Address<Echo> echo, std::uint64_t questions, bool& right, Gate& done)
      : echo_(std::move(echo)), left_(questions), right_(right), done_(done) {}
  void handle(Begin) { ask(0); }

 private:
  void ask(std::uint64_t value) {
    echo_.ask<Next>(value).then(*this, [this, value](const Result<std::uint64_t>& answer) {
      right_ = right_ && answer && *answer == value + 1;
      if (--left_ == 0 || !right_) {
        done_.pass();
      } else {
        ask(value + 1);
      }
    });
  }
  Address<Echo> echo_;
  std::uint64_t left_;
  bool& right_;
  Gate& done_;
};

Result<Measurement> stet_ask_actor(unsigned workers, std::uint64_t questions) {
  bool right = true;
  Gate done;
  System system(with_workers(workers));
  const auto echo = system.spawn<Echo>();
  const auto asker = system.spawn<Asker>(echo, questions, right, done);
  const std::uint64_t begin = now_ns();
  asker.send<Begin>();
  done.wait();
  const auto spent = static_cast<double>(now_ns() - begin);
  if (Result<void> ended = end(system); !ended) return ended.error();
  if (!right) return Error(Errc::corrupt, "a wrong answer");
  return Measurement{spent / static_cast<double>(questions)};
}

}  // namespace

Question ask_actor() {
  const auto ours = [](const Setting& setting, unsigned workers) {
    return stet_ask_actor(workers, setting.count(1'000'000));
  };
  const auto caf = [](const Setting& setting, unsigned workers) {
    return caf_rival::ask_actor(workers, setting.count(100'000));
  };
  const auto floor = [](const Setting& setting) { return raw::ring(2, setting.count(5'000'000)); };
  const auto erlang = erlang_rival::program("ask_actor", [](const Setting& setting) {
    return std::vector<std::uint64_t>{setting.count(100'000)};
  });
  return {"ask_actor", "What does a question from one actor to another cost?", "ns/answer",
          Better::lower, runtime_subjects(ours, caf, floor, erlang)};
}

}  // namespace stet::bench
