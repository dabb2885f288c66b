// tests/faults/allocation_faults.cpp - the allocator's functions, counted, one of them failing.
#include "allocation_faults.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STET_OWN_MALLOC 0  // The sanitizer's: then only operator new can fail.
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STET_OWN_MALLOC 0
#endif
#endif
#ifndef STET_OWN_MALLOC
#define STET_OWN_MALLOC 1
#endif

namespace stet::test {
namespace {

// relaxed, all: a count.
constexpr auto relaxed = std::memory_order_relaxed;
constinit std::atomic<bool> armed{false};
constinit std::atomic<std::uint64_t> count{0};
constinit std::atomic<std::uint64_t> failing{0};

bool fails() noexcept {
  if (!armed.load(relaxed) || NotCounted::depth > 0) return false;
  return count.fetch_add(1, relaxed) + 1 == failing.load(relaxed);
}

}  // namespace

void arm_allocations(std::uint64_t fail_at) noexcept {
  count.store(0, relaxed);
  failing.store(fail_at, relaxed);
  armed.store(true, relaxed);
}

std::uint64_t disarm_allocations() noexcept {
  armed.store(false, relaxed);
  return count.load(relaxed);
}

}  // namespace stet::test

#if STET_OWN_MALLOC

// glibc's own, under the names that it keeps for this.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);

void* malloc(std::size_t size) {
  if (!stet::test::fails()) return __libc_malloc(size);
  errno = ENOMEM;
  return nullptr;
}
void* calloc(std::size_t count, std::size_t size) {
  if (!stet::test::fails()) return __libc_calloc(count, size);
  errno = ENOMEM;
  return nullptr;
}
void* realloc(void* old, std::size_t size) {
  if (!stet::test::fails()) return __libc_realloc(old, size);
  errno = ENOMEM;
  return nullptr;
}
}  // operator new of libstdc++ calls malloc.

#else

void* operator new(std::size_t size) {
  void* const memory = stet::test::fails() ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// std::stable_sort takes its buffer in this way.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return stet::test::fails() ? nullptr : std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

#endif
