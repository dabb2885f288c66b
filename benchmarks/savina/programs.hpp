// benchmarks/savina/programs.hpp - which programs there are; every kit runs the same ones.
//
// Threads    Any.
#pragma once

#include "bank.hpp"
#include "big.hpp"
#include "bounded_buffer.hpp"
#include "chameneos.hpp"
#include "counting.hpp"
#include "dictionary.hpp"
#include "fan_out.hpp"
#include "fork_join.hpp"
#include "growth.hpp"
#include "pairs.hpp"
#include "philosophers.hpp"
#include "queens.hpp"
#include "skynet.hpp"
#include "smokers.hpp"
#include "trapezoid.hpp"

namespace stet::bench::savina {

template <template <class> class P>
struct ProgramTag {
  template <class Kit>
  using Program = P<Kit>;
};

// Calls f with a tag for each of them, in the order of the report.
template <class F>
void for_each_program(const F& f) {
  f(ProgramTag<Counting>{});
  f(ProgramTag<ForkJoinThroughput>{});
  f(ProgramTag<ForkJoinCreation>{});
  f(ProgramTag<Chameneos>{});
  f(ProgramTag<Big>{});
  f(ProgramTag<BoundedBuffer>{});
  f(ProgramTag<Dictionary>{});
  f(ProgramTag<Philosophers>{});
  f(ProgramTag<Skynet>{});
  f(ProgramTag<Smokers>{});
  f(ProgramTag<Queens>{});
  f(ProgramTag<Trapezoid>{});
  f(ProgramTag<Bank>{});
  f(ProgramTag<FanOut>{});
}

}  // namespace stet::bench::savina
