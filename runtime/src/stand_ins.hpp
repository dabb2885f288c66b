// runtime/src/stand_ins.hpp - workers that help out while a handler keeps one of the others.
//
// A stand-in is a worker like the rest: it steals, is stolen from and takes from the injector. It
// has a thread only while the turn runs for which it came; it goes by itself, at the latest a look
// after that turn, and leaves what it has to the others.
//
// Threads    add(): who looks for the watchdog, one at a time. any(): any. stop(): the host, once.
// Progress   add() starts a thread, under a lock that only stop() takes besides.
// Bounds     As many at a time as there are places; one for each turn that is over the limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

class Worker;
class WorkerPool;

class StandIns {
 public:
  enum class Added : std::uint8_t { yes, no_place, no_thread };

  // For the workers from number `first` on, which are nobody else's. Throws std::bad_alloc.
  StandIns(WorkerPool& pool, std::size_t first, std::size_t count);
  ~StandIns() { stop(); }
  StandIns(const StandIns&) = delete;
  StandIns& operator=(const StandIns&) = delete;

  // For the turn of this number that keeps this worker.
  [[nodiscard]] Added add(const Worker& stuck, std::uint64_t turn) noexcept;
  // Ends them all; none comes any more.
  void stop() noexcept;

  [[nodiscard]] std::size_t count() const noexcept {
    // seq_cst: raised before a stand-in begins, lowered after it has left its actors to others, see
    // WorkerPool::is_quiet().
    return present_.load(std::memory_order_seq_cst);
  }

 private:
  void run(Worker& worker, const Worker& stuck, std::uint64_t turn) noexcept;

  WorkerPool& pool_;
  const std::size_t first_;
  const std::size_t places_;
  const std::unique_ptr<std::thread[]> threads_;  // Guarded by mutex_ until stopping_.
  Atomic<std::size_t> present_{0};
  std::mutex mutex_;
  bool stopping_ = false;  // Guarded by mutex_.
};

}  // namespace stet::detail
