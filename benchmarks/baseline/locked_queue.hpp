// benchmarks/baseline/locked_queue.hpp - the mailbox that everybody writes first: a mutex and a
// list.
//
// Threads    push(), take_all(): any.
// Progress   Blocking.
#pragma once

#include <mutex>
#include <vector>

namespace stet::bench {

template <class T>
class LockedQueue {
 public:
  void push(T* item) {
    const std::lock_guard<std::mutex> lock(mutex_);
    items_.push_back(item);
  }
  // What is there, in order, in exchange for an empty list.
  void take_all(std::vector<T*>& taken) {
    taken.clear();
    const std::lock_guard<std::mutex> lock(mutex_);
    items_.swap(taken);
  }

 private:
  std::mutex mutex_;
  std::vector<T*> items_{};
};

}  // namespace stet::bench
