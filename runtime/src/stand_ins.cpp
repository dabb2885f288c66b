// runtime/src/stand_ins.cpp - a stand-in's thread, from its start to its end.
#include "stand_ins.hpp"

#include <string>

#include "core.hpp"
#include "thread_start.hpp"
#include "worker_pool.hpp"

namespace stet::detail {

StandIns::StandIns(WorkerPool& pool, std::size_t first, std::size_t count)
    : pool_(pool),
      first_(first),
      places_(count),
      threads_(std::make_unique<std::thread[]>(count)) {}

StandIns::Added StandIns::add(const Worker& stuck, std::uint64_t turn) noexcept {
  const std::lock_guard lock(mutex_);
  if (stopping_) return Added::no_place;
  std::size_t place = 0;
  while (place < places_ && pool_.worker(first_ + place).is_present()) ++place;
  if (place == places_) return Added::no_place;
  Worker& worker = pool_.worker(first_ + place);
  std::thread& thread = threads_[place];
  if (thread.joinable()) thread.join();  // It has said that it goes.
  // seq_cst: see count(). Before the thread: it lowers it again.
  present_.fetch_add(1, std::memory_order_seq_cst);
  worker.set_present(true);
  try {
    const std::string name = "stet-in" + std::to_string(place);
    thread =
        start_thread(name.c_str(), [this, &worker, &stuck, turn] { run(worker, stuck, turn); });
  } catch (...) {
    worker.set_present(false);
    present_.fetch_sub(1, std::memory_order_seq_cst);  // seq_cst: as above
    return Added::no_thread;
  }
  return Added::yes;
}

void StandIns::run(Worker& worker, const Worker& stuck, std::uint64_t turn) noexcept {
  worker.run_as_stand_in(stuck.activity(), turn);
  worker.set_present(false);
  // seq_cst: see count().
  present_.fetch_sub(1, std::memory_order_seq_cst);
}

void StandIns::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for (std::size_t place = 0; place < places_; ++place) {
    if (threads_[place].joinable()) threads_[place].join();
  }
}

}  // namespace stet::detail
