// runtime/src/group.cpp - members in turn, on whichever worker carries their group.
#include "group.hpp"

#include <stet/runtime/system.hpp>

#include "core.hpp"

namespace stet {
namespace detail {
namespace {

constexpr ActorType carrier_type{"stet::Group", nullptr, nullptr, nullptr, 0, false};

}  // namespace

void retain(GroupQueue* group) noexcept { group->retain(); }
void release(GroupQueue* group) noexcept { group->release(); }

class GroupQueue::Member final : public Seat {
 public:
  explicit Member(GroupQueue& group) noexcept : Seat(group.core_), group_(group) {
    group_.retain();
  }
  ~Member() { group_.release(); }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;
  void schedule(Cell& which) noexcept override {
    take(which);
    group_.schedule(*this);
  }
  void cell_freed() noexcept override { delete this; }

 private:
  GroupQueue& group_;
};

GroupQueue::GroupQueue(Core& whose) noexcept : core_(whose) {
  if (core_.pool != nullptr) {
    carrier_.emplace(*core_.pool, carrier_type);
    carrier_->carrier = true;
    carrier_->object = this;
  }
  core_.retain();
}

GroupQueue::~GroupQueue() { core_.release(); }

Executor& GroupQueue::make_seat() { return *new Member(*this); }

void GroupQueue::schedule(Seat& seat) noexcept {
  // Once it is linked the member may run, end, and be gone, and all others with it.
  retain();
  ready_.push(seat);
  // acq_rel: acquire pairs with run(), by the carrier before, whose members' writes the next one is
  // to see; release so that run() finds what is linked.
  if (waiting_.fetch_add(1, std::memory_order_acq_rel) == 0) {
    detail::schedule(*carrier_);  // Takes the reference over.
  } else {
    release();
  }
}

Visit GroupQueue::run(Context& context, const VisitLimits& limits,
                      WorkerCounters& counters) noexcept {
  const std::uint64_t before = counters.messages.get();
  const std::chrono::nanoseconds ends = limits.time_max.count() == 0
                                            ? std::chrono::nanoseconds::max()
                                            : core_.now() + limits.time_max;
  std::int64_t done = 0;
  std::uint64_t handled = 0;
  // Bounded by messages, and by members that have none.
  for (std::uint32_t visits = 0; visits < limits.messages_max && handled < limits.messages_max;
       ++visits) {
    Seat* const seat = ready_.pop();
    if (seat == nullptr) break;
    const VisitLimits left{limits.messages_max - static_cast<std::uint32_t>(handled),
                           limits.time_max};
    if (visit(*seat->cell, context, left, counters) == Visit::again) {
      ready_.push_here(*seat);
    } else {
      ++done;
    }
    handled = counters.messages.get() - before;
    if (limits.time_max.count() != 0 && core_.now() >= ends) break;
  }
  // acq_rel: as in schedule().
  if (waiting_.fetch_sub(done, std::memory_order_acq_rel) - done > 0) return Visit::again;
  release();
  return Visit::parked;
}

}  // namespace detail

Group System::group() { return Group::adopt(new detail::GroupQueue(*core_)); }

}  // namespace stet
