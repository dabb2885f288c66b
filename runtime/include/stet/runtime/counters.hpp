// stet/runtime/counters.hpp - what each worker has done, counted without sharing.
//
// Each block is written by one thread and read by anyone; a block is 64-byte aligned plain memory
// that the host may provide, for example in a mapped file that another process reads.
//
// Threads    add(): the block's own thread. get(): any; the value may be a moment old.
// Progress   wait-free, one plain load and store.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace stet {

// A number that one thread writes. Plain memory: the atomic access is in the functions.
struct Counter {
  alignas(8) std::uint64_t value = 0;

  void add(std::uint64_t amount) noexcept {
    std::atomic_ref<std::uint64_t> cell(value);
    // relaxed, both: only this thread writes, and a reader needs no order between numbers.
    cell.store(cell.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void set(std::uint64_t amount) noexcept {
    // relaxed: see add().
    std::atomic_ref<std::uint64_t>(value).store(amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t get() const noexcept {
    // relaxed: see add(). The cast is for atomic_ref, which has no const form in C++20.
    return std::atomic_ref<std::uint64_t>(const_cast<std::uint64_t&>(value))
        .load(std::memory_order_relaxed);
  }
};

// One per thread that runs actors. Two cache lines; the layout is part of the interface.
struct alignas(64) WorkerCounters {
  Counter visits;    // Times an actor was picked up.
  Counter messages;  // Handled, user and runtime ones.
  Counter steals;    // Actors taken from another worker.
  Counter injected;  // Actors taken from the queue that threads outside the pool fill.
  Counter parks;     // Times it went to sleep.
  Counter looks;     // Times it woke up only to look after the others.
  Counter throws;    // Handlers that threw.
  // Running averages of sampled visits.
  Counter visit_ns;
  Counter visit_messages_x1024;
  Counter message_ns;
  Counter reserved[6];
};
static_assert(sizeof(WorkerCounters) == 128);

// Gives `bytes` of zeroed memory aligned to 64, valid until the System is gone; nullptr: use your
// own. Called while the System is constructed.
using CounterMemory = std::function<std::byte*(std::size_t bytes)>;

// Sums over all threads of a System, and what has no thread of its own.
struct CounterTotals {
  std::uint64_t visits = 0;
  std::uint64_t messages = 0;
  std::uint64_t steals = 0;
  std::uint64_t injected = 0;
  std::uint64_t parks = 0;
  std::uint64_t looks = 0;
  std::uint64_t throws = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t restarts = 0;  // Children told to begin anew after a failure.
  std::uint64_t actors_alive = 0;
};

}  // namespace stet
