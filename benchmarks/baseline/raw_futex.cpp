// benchmarks/baseline/raw_futex.cpp - the least that waking a sleeping thread costs on this kernel.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "../support/clock.hpp"
#include "../support/gate.hpp"
#include "raw_runtime.hpp"

namespace stet::bench::raw {
namespace {

using Word = std::atomic<std::uint32_t>;

void futex_wait(Word& word, std::uint32_t expected) {
  ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT_PRIVATE, expected,
            nullptr, nullptr, 0);
}

void futex_wake(Word& word) {
  ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE_PRIVATE, 1, nullptr,
            nullptr, 0);
}

// acquire: pairs with raise(); what was done before it is seen.
void wait_past(Word& word, std::uint32_t old_value) {
  while (word.load(std::memory_order_acquire) == old_value) futex_wait(word, old_value);
}

// release: pairs with wait_past().
void raise(Word& word) {
  word.fetch_add(1, std::memory_order_release);
  futex_wake(word);
}

}  // namespace

Result<Measurement> wake(std::uint64_t samples) {
  Word word{0};
  std::atomic<std::uint64_t> woken_at{0};
  std::uint32_t seen = 0;
  std::thread sleeper([&] {
    for (std::uint32_t i = 0; i < samples; ++i) {
      wait_past(word, i);
      ++seen;
      woken_at.store(now_ns(), std::memory_order_release);  // Pairs with measure_wake().
    }
  });
  const Measurement measured = measure_wake(samples, woken_at, [&word] { raise(word); });
  sleeper.join();
  if (seen != samples) return Error(Errc::corrupt, "the sleeper missed a wake-up");
  return measured;
}

Result<Measurement> round_trip(std::uint64_t samples) {
  Word question{0};
  Word answer{0};
  const std::uint64_t rounds = samples + samples / 10;  // As many as measure_ask() asks.
  std::thread responder([&] {
    for (std::uint32_t i = 0; i < rounds; ++i) {
      wait_past(question, i);
      raise(answer);
    }
  });
  std::uint32_t asked = 0;
  const Measurement measured = measure_ask(samples, [&](std::uint64_t) {
    raise(question);
    wait_past(answer, asked);
    ++asked;
  });
  responder.join();
  // relaxed: the responder has been joined.
  if (answer.load(std::memory_order_relaxed) != rounds) {
    return Error(Errc::corrupt, "a round trip is missing");
  }
  return measured;
}

}  // namespace stet::bench::raw
