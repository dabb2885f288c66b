// tools/examples/census/trouble.hpp - the first thing that went wrong on another thread.
//
// Threads    Any. Outlives the System and the store whose threads report to it.
#pragma once

#include <mutex>
#include <string>
#include <utility>

namespace census {

class Trouble {
 public:
  void report(std::string what) {
    const std::lock_guard lock(mutex_);
    if (first_.empty()) first_ = std::move(what);
  }
  [[nodiscard]] std::string first() const {
    const std::lock_guard lock(mutex_);
    return first_;
  }

 private:
  mutable std::mutex mutex_;
  std::string first_;
};

}  // namespace census
