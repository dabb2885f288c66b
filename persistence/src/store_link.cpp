// persistence/src/store_link.cpp - the queue's bound, as seen by writers.
#include <stet/persistence/detail/store_link.hpp>

#include <algorithm>
#include <exception>
#include <new>
#include <random>

namespace stet::detail {

std::uint64_t random_hash_seed() {
  try {
    std::random_device random;
    return std::uint64_t{random()} << 32 | random();
  } catch (const std::exception&) {  // Without a source of chance the time must do.
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  }
}

Ticket::Ticket(std::shared_ptr<Unit> unit, std::size_t bytes) noexcept
    : unit_(std::move(unit)), bytes_(bytes) {
  StoreLink& link = *unit_->link();
  // relaxed, all: bounds with slack; the change itself travels through the store's mailbox.
  const std::size_t before = link.queued_bytes.fetch_add(bytes_, std::memory_order_relaxed);
  const std::size_t own_before = unit_->add_queued(bytes_);
  if (own_before == 0) link.active_writers.fetch_add(1, std::memory_order_relaxed);
  const std::size_t mark = link.queue_bytes_max;
  if (before + bytes_ <= mark) return;
  // The writer itself counts: at least one, but for a moment in which another's count is on its way.
  const std::size_t writers =
      std::max<std::size_t>(link.active_writers.load(std::memory_order_relaxed), 1);
  const bool is_over = own_before + bytes_ > mark / writers || before + bytes_ > 2 * mark;
  if (is_over && unit_->has_actor() && Turn::active() && unit_->take_pause()) {
    pause_ = Turn::pause_actor();
  }
}

void Ticket::release() noexcept {
  // relaxed: see the constructor.
  StoreLink& link = *unit_->link();
  link.queued_bytes.fetch_sub(bytes_, std::memory_order_relaxed);
  if (unit_->remove_queued(bytes_) == bytes_) {
    link.active_writers.fetch_sub(1, std::memory_order_relaxed);
  }
  if (pause_) unit_->return_pause();
  pause_ = ActorPause();
  unit_.reset();
}

void Ticket::finish(Errc why) noexcept {
  unit_->fail(why);
  release();
}

void Claim::give_back() noexcept {
  // Once more where there was no memory for the message. Where that fails too, the scope stays taken
  // until the store is opened again.
  for (int attempt = 0; attempt < 2; ++attempt) {
    // A store that has stopped has forgotten all owners.
    if (!link_->release.is_alive()) break;
    try {
      link_->release.send(std::move(scope_), owner_id_);  // Not moved unless it is sent.
      break;
    } catch (const std::bad_alloc&) {
      continue;
    }
  }
  link_.reset();
}

void Claim::hand_over(std::uint64_t owner_id) {
  if (link_->hand_over.is_alive()) link_->hand_over.send(scope_, owner_id_, owner_id);
  owner_id_ = owner_id;
}

Result<void> StoreLink::wait_for_room() {
  if (!is_over_bound()) return {};
  const Result<Ack> room = await_room.ask().get(host_wait);
  if (room) return {};
  if (room.error() == Errc::timed_out) {
    return Error(Errc::would_block,
                 "the store's queue is full and did not drain in time: try again");
  }
  if (room.error() == Errc::mailbox_full) return Error(Errc::would_block, room.error().text);
  return room.error();
}

void StoreLink::tell_refused(std::string_view scope, const Error& why) const noexcept {
  if (on_refused) on_refused(scope, why);
}

}  // namespace stet::detail
