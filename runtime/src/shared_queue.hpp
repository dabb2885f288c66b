// runtime/src/shared_queue.hpp - a bag that many threads fill and empty: moodycamel's queue.
//
// The only file that knows moodycamel. It promises less than a queue: elements of different threads
// come in any order, so it holds only what has no order (runnable actors, chains of free blocks).
// try_take() may fail although there is something: whoever must not miss anything counts the
// elements beside it (see Injector).
//
// Threads    Any. No tokens: threads come and go. ThreadSanitizer cannot see the fences inside, so
//            under it a locked queue of the same contract stands in.
// Progress   Lock-free, but for memory asked from the allocator.
// Source     github.com/cameron314/concurrentqueue, 1.0.3.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define STET_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STET_THREAD_SANITIZER 1
#endif
#endif

#ifdef STET_THREAD_SANITIZER
#include <deque>
#include <mutex>
#else
#include <concurrentqueue/concurrentqueue.h>

#include <cstddef>
#endif

namespace stet::detail {

#ifdef STET_THREAD_SANITIZER

template <class T>
class SharedQueue {
 public:
  [[nodiscard]] bool put(T element) noexcept {
    const std::lock_guard lock(mutex_);
    elements_.push_back(element);
    return true;
  }
  [[nodiscard]] bool try_take(T& element) noexcept {
    const std::lock_guard lock(mutex_);
    if (elements_.empty()) return false;
    element = elements_.front();
    elements_.pop_front();
    return true;
  }

 private:
  std::mutex mutex_;
  std::deque<T> elements_;
};

#else

// Small blocks: there are few of these queues and they are mostly empty.
struct SharedQueueTraits : moodycamel::ConcurrentQueueDefaultTraits {
  static constexpr std::size_t BLOCK_SIZE = 32;
  static constexpr std::size_t IMPLICIT_INITIAL_INDEX_SIZE = 32;
};

template <class T>
class SharedQueue {
 public:
  SharedQueue() : queue_(0) {}
  // False: out of memory.
  [[nodiscard]] bool put(T element) noexcept { return queue_.enqueue(element); }
  [[nodiscard]] bool try_take(T& element) noexcept { return queue_.try_dequeue(element); }

 private:
  moodycamel::ConcurrentQueue<T, SharedQueueTraits> queue_;
};

#endif

}  // namespace stet::detail
