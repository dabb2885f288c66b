// persistence/src/lmdb/early_writeback.hpp - the kernel writes a file's new pages while more are made.
//
// A fold's commit gives LMDB's pages to the page cache and then flushes them all at once. On one disk
// the journal's flushes wait behind that burst: measured, a commit of up to 56 ms beside a fold. With
// the pages on their way as they come it is 39.
//
// It promises nothing: LMDB's flush does that, and finds less to do. It takes no errors away from it,
// for it does not wait for what it starts.
//
// Threads    One of its own, from the constructor to the end of the destructor, with the signal mask
//            of its maker.
// Progress   The destructor waits for one call at most, as long as the disk takes requests slowly.
// Errors     None: where there is no thread, no memory or no such call, nothing is written early.
// Bounds     A call a millisecond.
#pragma once

#include <atomic>
#include <thread>

namespace stet::detail {

class EarlyWriteback {
 public:
  // Of this descriptor's file, which stays open.
  explicit EarlyWriteback(int descriptor) noexcept;
  ~EarlyWriteback();
  EarlyWriteback(const EarlyWriteback&) = delete;
  EarlyWriteback& operator=(const EarlyWriteback&) = delete;

 private:
  void run(int descriptor) noexcept;

  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace stet::detail
