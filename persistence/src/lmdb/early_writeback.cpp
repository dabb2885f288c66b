// persistence/src/lmdb/early_writeback.cpp - sync_file_range(2), again and again.
#include "early_writeback.hpp"

#include <fcntl.h>
#include <pthread.h>

#include <chrono>
#include <new>
#include <system_error>

namespace stet::detail {

EarlyWriteback::EarlyWriteback(int descriptor) noexcept {
  try {
    thread_ = std::thread([this, descriptor] { run(descriptor); });
    pthread_setname_np(thread_.native_handle(), "stet-fold-early");
  } catch (const std::bad_alloc&) {     // NOLINT(bugprone-empty-catch): then only the flush writes.
  } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch): the same.
  }
}

EarlyWriteback::~EarlyWriteback() {
  // relaxed: nothing else is read because of it; join() orders the rest.
  stop_.store(true, std::memory_order_relaxed);
  if (thread_.joinable()) thread_.join();
}

void EarlyWriteback::run(int descriptor) noexcept {
  // relaxed: see the destructor.
  while (!stop_.load(std::memory_order_relaxed)) {
    // The whole file: only what is dirty is looked at.
    if (::sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE) != 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace stet::detail
