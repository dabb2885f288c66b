// benchmarks/savina/stet_kit.hpp - the Savina programs on stet: its own types, nothing between.
//
// Threads    As stet::System.
#pragma once

#include "../support/stet_system.hpp"
#include "../support/subject.hpp"

namespace stet::bench::savina {

struct StetKit {
  using System = stet::System;
  template <class A>
  using Actor = stet::Actor<A>;
  template <class A>
  using Address = stet::Address<A>;

  static void let_run(System&) {}       // Workers run by themselves.
  static void newest_first(System&) {}  // They choose the order themselves, too.
};

// Calls f with a System of its own, which must end in order.
template <class F>
[[nodiscard]] Result<Measurement> on_stet(unsigned workers, const F& f) {
  System system(with_workers(workers));
  Result<Measurement> measured = f(system);
  Result<void> ended = end(system);
  if (measured && !ended) return ended.error();
  return measured;
}

}  // namespace stet::bench::savina
