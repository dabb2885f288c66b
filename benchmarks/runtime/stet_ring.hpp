// benchmarks/runtime/stet_ring.hpp - one message handed round a ring of actors of stet.
//
// Threads    Starts a System and ends it again.
// Errors     corrupt: a message was lost or repeated; what shutdown() says.
#pragma once

#include <cstdint>

#include <stet/runtime/result.hpp>

#include "../support/subject.hpp"

namespace stet::bench {

// ns a hop.
[[nodiscard]] Result<Measurement> stet_ring(unsigned workers, std::uint64_t actors,
                                            std::uint64_t hops);

}  // namespace stet::bench
