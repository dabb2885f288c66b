// benchmarks/support/flush_count.hpp - how often this process has asked for a flush.
//
// The program defines fdatasync(), fsync() and msync() itself, so that every library in it calls them;
// they count and pass on.
//
// Threads    Any.
#pragma once

#include <cstdint>

namespace stet::bench {

[[nodiscard]] std::uint64_t flushes_so_far() noexcept;

}  // namespace stet::bench
