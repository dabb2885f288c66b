// tests/model/model.hpp - runs the shipped headers on relacy's atomics and gives the verdict.
//
// Include this before any header of ours. Relacy explores interleavings and the values that weak
// memory allows; it is one real thread. A model ends with `return stet::model::verdict({...})`:
// each run either must be clean or, a negative control with a planted bug, must be caught.
//
// Relacy's macros for new, delete and the like are taken back: our headers say `= delete`. Only its
// memory orders stay, which is why an order is written literally at every call. They pass through
// weakened.hpp, where the environment can weaken one of them.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <random>
#include <streambuf>
#include <string>
#include <vector>

#include <relacy/relacy.hpp>

#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno

// Relacy's own operators are in charge, but it is older than those with a size.
void operator delete(void* memory, std::size_t) noexcept { ::operator delete(memory); }

#include "weakened.hpp"

namespace stet::model {

// As std::atomic of C++20, it starts as T{}; relacy's own would be undefined.
template <class T>
class Atomic : public rl::atomic<T> {
 public:
  Atomic() : rl::atomic<T>(T{}) {}
  Atomic(T value) : rl::atomic<T>(value) {}
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  // Relacy insists on orders that fit the operation, and on failure orders no stronger than those
  // of success; a weakened one may be neither.
  using Base = rl::atomic<T>;
  T load(rl::memory_order order, rl::debug_info_param at) const {
    return Base::load(order == rl::mo_acq_rel ? rl::mo_acquire : order, at);
  }
  void store(T value, rl::memory_order order, rl::debug_info_param at) {
    Base::store(value, order == rl::mo_acq_rel ? rl::mo_release : order, at);
  }
  bool compare_exchange_weak(T& expected, T value, rl::memory_order success,
                             rl::debug_info_param at, rl::memory_order failure,
                             rl::debug_info_param at_failure) {
    return Base::compare_exchange_weak(expected, value, success, at, fitting(failure, success),
                                       at_failure);
  }
  bool compare_exchange_strong(T& expected, T value, rl::memory_order success,
                               rl::debug_info_param at, rl::memory_order failure,
                               rl::debug_info_param at_failure) {
    return Base::compare_exchange_strong(expected, value, success, at, fitting(failure, success),
                                         at_failure);
  }

 private:
  static rl::memory_order fitting(rl::memory_order failure, rl::memory_order success) {
    const bool reads = success != rl::mo_relaxed && success != rl::mo_release;
    return reads ? failure : rl::mo_relaxed;
  }
};

// A number that weak memory does not touch: a model's own bookkeeping between its threads.
using Plain = rl::var<int>;

enum class Expect { clean, caught };

struct How {
  rl::scheduler_type_e search;
  unsigned bound;            // Preemptions, for the bounded search.
  std::uint64_t executions;  // For the random search.
};
// Every interleaving; for two threads of about two operations.
inline constexpr How all{rl::sched_full, 0, 0};
// Every interleaving with at most this many preemptions.
constexpr How preemptions(unsigned bound) { return {rl::sched_bound, bound, 0}; }

// STET_TEST_SCALE in percent, as tests/support/scale.hpp; that one is for tests with GoogleTest.
inline std::uint64_t scaled(std::uint64_t count) {
  const char* text = std::getenv("STET_TEST_SCALE");
  const std::uint64_t percent = text == nullptr ? 100 : std::strtoull(text, nullptr, 10);
  return std::max<std::uint64_t>(count * std::max<std::uint64_t>(percent, 1) / 100, 1);
}
inline How random(std::uint64_t executions) { return {rl::sched_random, 0, scaled(executions)}; }

inline std::uint64_t seed() {
  static const std::uint64_t value = [] {
    const char* text = std::getenv("STET_TEST_SEED");
    return text != nullptr && *text != 0 ? std::strtoull(text, nullptr, 10)
                                         : std::uint64_t{std::random_device{}()};
  }();
  return value;
}

// Where relacy's report goes: it writes while its own allocator is in charge, so nothing here
// allocates. What does not fit is dropped; the end of a report says least.
class Report : public std::streambuf {
 public:
  Report() { setp(text_, text_ + sizeof text_ - 1); }
  [[nodiscard]] const char* text() {
    *pptr() = 0;
    return text_;
  }

 private:
  int_type overflow(int_type c) override { return traits_type::not_eof(c); }
  char text_[1 << 16];
};

// Explores one model. True: as expected.
template <class Model>
bool explore(const char* name, How how, Expect expect) {
  if (weakening().wanted && expect == Expect::caught) return true;  // It has a bug of its own.
  rl::test_params params;
  Report& report = *std::make_unique<Report>().release();  // A few reports of 64 KiB, on purpose.
  std::ostream quiet(&report);
  params.output_stream = &quiet;
  params.progress_stream = &quiet;
  params.search_type = how.search;
  params.context_bound = how.bound;
  params.execution_depth_limit = 5000;
  params.iteration_count = how.executions;
  if (how.search == rl::sched_random) {
    // Relacy seeds an execution with its number, so another start gives another run. Kept small:
    // the count goes on from there.
    const std::uint64_t start = seed() % 1'000'000'000;
    params.initial_state = std::to_string(start);
    params.iteration_count += start;
  }
  const bool clean = rl::simulate<Model>(params);
  const bool as_expected = clean == (expect == Expect::clean);
  if (weakening().wanted && !clean) {
    std::printf("caught by \"%s\": %s\n", name, rl::test_result_str(params.test_result));
    std::fflush(stdout);
    std::_Exit(exit_caught);
  }
  std::printf("%-44s %s%s after execution %llu (%s)%s\n", name, as_expected ? "ok: " : "WRONG: ",
              clean ? "clean" : rl::test_result_str(params.test_result),
              static_cast<unsigned long long>(params.stop_iteration), rl::format(how.search),
              expect == Expect::caught ? " [planted bug]" : "");
  if (!clean && !as_expected) std::printf("%s\n", report.text());
  if (!as_expected) {
    std::printf("repeat with STET_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed()));
  }
  std::fflush(stdout);
  return as_expected;
}

inline int verdict(std::initializer_list<bool> all_as_expected) {
  if (weakening().wanted && !weakening().reached) return exit_not_reached;
  for (const bool one : all_as_expected) {
    if (!one) return 1;
  }
  return 0;
}

}  // namespace stet::model

// The models compile assertions in and link no library of ours.
namespace stet::detail {
[[noreturn]] void assertion_failed(const char* condition, const char*, int) noexcept {
  std::printf("STET_ASSERT(%s)\n", condition);
  std::fflush(stdout);
  std::abort();
}
}  // namespace stet::detail

#define STET_MODEL_ATOMIC ::stet::model::Atomic
