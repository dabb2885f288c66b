// runtime/src/group.hpp - the serial queue of a group, carried by the pool like one actor.
//
// The pool sees one cell, the carrier, which is no actor: it has no mailbox and nobody can find it.
// It is scheduled when the first member becomes ready, and whoever runs it runs members.
//
// Threads    schedule(): any. run(): the worker that was handed the carrier.
// Invariant  waiting_ is the number of members announced less those done with. It passes from zero
//            to one exactly when the carrier is not scheduled, and who sees that schedules it. A
//            member is linked before it is announced, so it may be run before: then waiting_ is too
//            low for a moment, by what its sender will add.
// Ownership  Counted: handles, members' seats, and a carrier that is scheduled.
#pragma once

#include <cstdint>
#include <optional>

#include <stet/runtime/counters.hpp>
#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/detail/cell.hpp>
#include <stet/runtime/group.hpp>

#include "ready_list.hpp"
#include "visit.hpp"

namespace stet::detail {

class GroupQueue {
 public:
  explicit GroupQueue(Core& whose) noexcept;
  GroupQueue(const GroupQueue&) = delete;
  GroupQueue& operator=(const GroupQueue&) = delete;

  void retain() noexcept {
    // relaxed: the caller's own reference keeps it.
    references_.fetch_add(1, std::memory_order_relaxed);
  }
  void release() noexcept {
    // acq_rel: who deletes must see what all others did.
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  // For one member; gone with its cell. Throws std::bad_alloc.
  [[nodiscard]] Executor& make_seat();

  // Of a cell that is marked as a carrier. again: the caller still has it.
  [[nodiscard]] static Visit run_carrier(Cell& carrier, Context& context, const VisitLimits& limits,
                                         WorkerCounters& counters) noexcept {
    return static_cast<GroupQueue*>(carrier.object)->run(context, limits, counters);
  }

  [[nodiscard]] Core& core() const noexcept { return core_; }

 private:
  class Member;

  ~GroupQueue();
  void schedule(Seat& seat) noexcept;
  [[nodiscard]] Visit run(Context& context, const VisitLimits& limits,
                          WorkerCounters& counters) noexcept;

  Core& core_;
  std::optional<Cell> carrier_;  // Not without a pool: there the system is serial anyway.
  ReadyList ready_;
  Atomic<std::int64_t> waiting_{0};
  Atomic<std::uint32_t> references_{1};
};

}  // namespace stet::detail
