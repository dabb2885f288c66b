// benchmarks/savina/work.hpp - what all programs of the Savina set share.
//
// A program is a class template over a kit, with an `about` and a run(): the same text runs on stet,
// on CAF and on the one-thread loop that is the floor, so that nobody does more or other work than
// the rest. A kit gives System, Actor<A>, Address<A> and two hints; with StetKit a program is what a
// user of stet writes. CAF and the floor want a list of an actor's messages, which stet has no need
// of.
//
// Threads    Any.
// Source     Imam and Sarkar, "Savina - An Actor Benchmark Suite", AGERE 2014.
#pragma once

#include <cstdint>

#include <stet/runtime/result.hpp>

#include "../support/clock.hpp"
#include "../support/gate.hpp"
#include "../support/subject.hpp"

namespace stet::bench::savina {

template <class... Messages>
struct Accepts {};

template <class Kit, class A>
using AddressOf = typename Kit::template Address<A>;
template <class Kit, class A>
using ActorOf = typename Kit::template Actor<A>;

// What a program says of itself.
struct About {
  const char* key;
  const char* text;
  const char* unit;
  Better better;
};

struct Work {
  bool quick = false;
  bool rival = false;  // An order of magnitude slower: less work, or a round would last seconds.

  [[nodiscard]] std::uint64_t count(std::uint64_t full, std::uint64_t for_rival) const {
    const Setting setting{quick, {}};
    return setting.count(rival ? for_rival : full);
  }
};

// A few ns of arithmetic that no compiler can leave out: what a handler "does" in these programs.
[[nodiscard]] inline std::uint64_t stir(std::uint64_t x) noexcept {
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return x;
}
[[nodiscard]] inline std::uint64_t stir(std::uint64_t x, std::uint64_t times) noexcept {
  for (std::uint64_t i = 0; i < times; ++i) x = stir(x);
  return x;
}
// Never 0, or it would stay 0.
[[nodiscard]] inline std::uint64_t seed_of(std::uint64_t number) noexcept {
  return 0x9E37'79B9'7F4A'7C15ULL * (number + 1);
}

[[nodiscard]] inline Measurement per_second(std::uint64_t things, std::uint64_t ns) {
  return {1e9 * static_cast<double>(things) / static_cast<double>(ns)};
}
[[nodiscard]] inline Measurement milliseconds(std::uint64_t ns) {
  return {static_cast<double>(ns) * 1e-6};
}
[[nodiscard]] inline Error wrong(const char* what) { return Error(Errc::corrupt, what); }

}  // namespace stet::bench::savina
