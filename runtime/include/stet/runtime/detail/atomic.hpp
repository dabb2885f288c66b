// stet/runtime/detail/atomic.hpp - the one alias through which atomics are named.
//
// Model tests define STET_MODEL_ATOMIC before the first include and so run the shipped headers on
// relacy's atomics. Relacy turns std::memory_order_* into macros, so orders are written literally
// at every call, never passed through variables.
#pragma once

#include <atomic>
#include <cstddef>

namespace stet::detail {

#ifdef STET_MODEL_ATOMIC
template <class T>
using Atomic = STET_MODEL_ATOMIC<T>;
#else
template <class T>
using Atomic = std::atomic<T>;
#endif

// Fixed, not std::hardware_destructive_interference_size: that one depends on compiler flags, and
// this one is part of types that a host and the library must agree on.
inline constexpr std::size_t cache_line_bytes = 64;

}  // namespace stet::detail
