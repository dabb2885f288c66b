// benchmarks/runtime/mailbox_bench.cpp
// Question   What does the mailbox alone cost, in the case that matters: one message, one thread?
// Measures   ns for one push and the take_all that finds it; the nodes were made beforehand.
// Leaves out allocation (spawn), scheduling (ping_pong), contention (fan_in).
// Floor      the same list without atomics.
// Rivals     moodycamel's ConcurrentQueue, which would be a mailbox if it kept the order of a
//            sender that moves between threads; a mutex and a vector, baseline/locked_queue.hpp.
// Expect     Two uncontended read-modify-writes.
#include <concurrentqueue/concurrentqueue.h>

#include <vector>

#include <stet/runtime/mailbox.hpp>

#include "../baseline/locked_queue.hpp"
#include "../questions.hpp"
#include "../support/micro.hpp"

namespace stet::bench {
namespace {

struct Node {
  Node* next = nullptr;
  std::uint64_t number = 0;
};

// Everybody receives 1, 2, 3, ... Their sum tells a lost or repeated message.
void check(benchmark::State& state, std::uint64_t sum, std::uint64_t messages) {
  if (sum != messages * (messages + 1) / 2) state.SkipWithError("a message was lost or repeated");
}

void push_and_take(benchmark::State& state) {
  stet::detail::BasicMailbox<Node> mailbox;
  Node node;
  std::uint64_t sum = 0;
  std::uint64_t sent = 0;
  for (auto _ : state) {
    node.number = ++sent;
    benchmark::DoNotOptimize(mailbox.push(&node));
    for (Node* found = stet::detail::reverse_chain(mailbox.take_all()); found != nullptr;
         found = found->next) {
      sum += found->number;
    }
  }
  check(state, sum, sent);
}

void moodycamel_implicit(benchmark::State& state) {
  moodycamel::ConcurrentQueue<Node*> queue;
  Node node;
  std::uint64_t sum = 0;
  std::uint64_t sent = 0;
  for (auto _ : state) {
    node.number = ++sent;
    if (!queue.enqueue(&node)) state.SkipWithError("no memory");
    Node* found = nullptr;
    while (queue.try_dequeue(found)) sum += found->number;
  }
  check(state, sum, sent);
}

void locked(benchmark::State& state) {
  LockedQueue<Node> queue;
  std::vector<Node*> found;
  Node node;
  std::uint64_t sum = 0;
  std::uint64_t sent = 0;
  for (auto _ : state) {
    node.number = ++sent;
    queue.push(&node);
    queue.take_all(found);
    for (const Node* each : found) sum += each->number;
  }
  check(state, sum, sent);
}

void plain_list(benchmark::State& state) {
  Node* top = nullptr;
  Node node;
  std::uint64_t sum = 0;
  std::uint64_t sent = 0;
  for (auto _ : state) {
    node.number = ++sent;
    node.next = top;
    top = &node;
    benchmark::DoNotOptimize(top);  // Or there would be no list at all.
    for (Node* found = top; found != nullptr; found = found->next) sum += found->number;
    top = nullptr;
    benchmark::DoNotOptimize(top);
  }
  check(state, sum, sent);
}

}  // namespace

Question mailbox() {
  return {"mailbox",
          "What does the mailbox alone cost?",
          "ns",
          Better::lower,
          {micro_subject("stet", "", push_and_take),
           micro_subject("moodycamel", "stet", moodycamel_implicit),
           micro_subject("locked", "stet", locked), micro_subject("raw", "stet", plain_list)}};
}

}  // namespace stet::bench
