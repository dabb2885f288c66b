// stet/runtime/detail/assert.hpp - checks for errors of the programmer.
//
// STET_ASSERT states what the code around it relies on. It is compiled in when STET_ASSERTIONS is
// defined: debug builds, and every build of our own tests. A failed check calls the assertion hook
// and then aborts; in a release build it costs nothing and nothing aborts.
#pragma once

namespace stet::detail {

// Prints nothing by itself: calls the hook set by set_assertion_hook(), then std::abort().
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

// The hook sees what failed before the process ends. Threads: any, at any time. The default is
// none.
using AssertionHook = void (*)(const char* condition, const char* file, int line) noexcept;
void set_assertion_hook(AssertionHook hook) noexcept;

}  // namespace stet::detail

#ifdef STET_ASSERTIONS
#define STET_ASSERT(condition)        \
  ((condition) ? static_cast<void>(0) \
               : ::stet::detail::assertion_failed(#condition, __FILE__, __LINE__))
#else
// Not evaluated, but compiled: a name used only in assertions stays used, and cannot rot.
#define STET_ASSERT(condition) static_cast<void>(sizeof((condition) ? 1 : 0))
#endif
