// tests/faults/call_faults.hpp - system calls that fail when a test says so.
//
// call_faults.cpp defines the C library's functions once more, in the test program, where every library
// finds them first: open, read, write, flush, map, rename and their like. Those that concern files
// below one directory are counted while armed, and one of them fails, or it and all of its kind after
// it. All else goes to the kernel as it is.
//
// Threads    arm_calls(): before there are threads. The rest: any.
// Ownership  The plan lives in memory that forked children share, so a call of theirs counts too.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace stet::test {

enum class CallKind : std::uint8_t {
  open,
  read,
  write,
  flush,     // fsync, fdatasync, msync.
  truncate,  // ftruncate.
  allocate,  // fallocate.
  map,       // mmap of a file.
  name,      // rename, unlink, mkdir, rmdir.
};
inline constexpr std::size_t call_kinds = 8;
inline constexpr std::array<std::string_view, call_kinds> call_kind_names = {
    "open", "read", "write", "flush", "truncate", "allocate", "map", "name"};

inline constexpr int short_transfer = -1;  // In the place of an errno: half of the bytes only.

struct CallPlan {
  char directory[256] = "";
  std::uint32_t fail_at = 0;    // The number of the call, from 1; 0: none.
  int error = 0;                // errno, or short_transfer.
  std::uint32_t times_max = 1;  // That call, and later ones of its kind.
  // Told by the calls. relaxed, all: counts, read when the process has ended.
  std::atomic<std::uint32_t> calls{0};
  std::atomic<std::uint32_t> failed{0};
  std::atomic<std::uint8_t> failed_kind{0};
  std::array<std::atomic<std::uint32_t>, call_kinds> calls_by_kind{};
};

// nullptr: not armed.
void arm_calls(CallPlan* plan) noexcept;

}  // namespace stet::test
