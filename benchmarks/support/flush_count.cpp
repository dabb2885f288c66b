// benchmarks/support/flush_count.cpp - the three calls, counted.
#include "flush_count.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>

namespace stet::bench {
namespace {

std::atomic<std::uint64_t> flushes{0};

int counted(long result) noexcept {
  // relaxed: a count.
  flushes.fetch_add(1, std::memory_order_relaxed);
  return static_cast<int>(result);
}

}  // namespace

std::uint64_t flushes_so_far() noexcept { return flushes.load(std::memory_order_relaxed); }

}  // namespace stet::bench

// syscall() sets errno as the functions do.
extern "C" int fdatasync(int fd) { return stet::bench::counted(::syscall(SYS_fdatasync, fd)); }
extern "C" int fsync(int fd) { return stet::bench::counted(::syscall(SYS_fsync, fd)); }
extern "C" int msync(void* at, std::size_t bytes, int flags) noexcept {
  return stet::bench::counted(::syscall(SYS_msync, at, bytes, flags));
}
