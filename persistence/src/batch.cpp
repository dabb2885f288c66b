// persistence/src/batch.cpp - merging writes by key.
#include "batch.hpp"

#include <algorithm>
#include <utility>

#include "hash.hpp"
#include "key_head.hpp"

namespace stet::detail {
namespace {

// For so many more; at least twice what there is, so that growing stays cheap.
template <class T>
void make_room(std::vector<T>& values, std::size_t more) {
  if (values.capacity() - values.size() >= more) return;
  values.reserve(std::max(2 * values.capacity(), values.size() + more));
}

}  // namespace

std::string_view Batch::hold(Buffer bytes) {
  held_bytes_ += bytes.size();
  return held_.emplace_back(std::move(bytes)).view();
}

std::string_view Batch::hold(std::string bytes) {
  held_bytes_ += bytes.size();
  return held_strings_.emplace_back(std::move(bytes));
}

const std::vector<Record>& Batch::hold(std::vector<Record> records) {
  for (const Record& record : records) held_bytes_ += record.key.size() + record.value.size();
  return held_records_.emplace_back(std::move(records));
}

void Batch::reserve(std::size_t writes, std::size_t ranges) {
  make_room(entries_, writes);
  while (2 * (entries_.size() + writes) > slots_.size()) grow_slots();
  make_room(ranges_, ranges);
  make_room(tickets_, 1);
  make_room(waiters_, 1);
}

void Batch::reserve_release() { make_room(releases_, 1); }

std::size_t Batch::slot_of(std::string_view key, std::uint64_t hash) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot] != 0) {  // Bounded: at least half of the slots are empty.
    const Entry& entry = entries_[slots_[slot] - 1];
    if (entry.hash == hash && entry.key == key) break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

void Batch::grow_slots() {
  constexpr std::size_t first_slots = 64;
  std::vector<std::uint32_t> larger(slots_.empty() ? first_slots : 2 * slots_.size());
  const std::size_t mask = larger.size() - 1;
  for (std::size_t index = 0; index < entries_.size(); ++index) {
    std::size_t slot = entries_[index].hash & mask;
    while (larger[slot] != 0) slot = (slot + 1) & mask;
    larger[slot] = static_cast<std::uint32_t>(index + 1);
  }
  slots_ = std::move(larger);
}

void Batch::set(std::string_view key, std::string_view value, Kind kind) {
  STET_ASSERT(!sealed_);
  if (2 * (entries_.size() + 1) > slots_.size()) grow_slots();  // Not after reserve().
  const std::uint64_t hash = hash64(key);
  const std::size_t slot = slot_of(key, hash);
  if (slots_[slot] == 0) {
    entries_.push_back({hash, key, value, kind});
    slots_[slot] = static_cast<std::uint32_t>(entries_.size());
    live_bytes_ += key.size() + value.size();
    return;
  }
  Entry& entry = entries_[slots_[slot] - 1];
  live_bytes_ = live_bytes_ - entry.value.size() + value.size();
  entry.value = value;
  entry.kind = kind;
}

void Batch::erase_range(std::string_view from, std::string_view to) {
  STET_ASSERT(!sealed_);
  // Linear, but at most ranges_max times for a batch.
  for (Entry& entry : entries_) {
    if (entry.key < from || entry.key >= to) continue;
    live_bytes_ -= entry.value.size();
    entry.value = {};
    entry.kind = Kind::dropped;
  }
  ranges_.push_back({from, to});
  live_bytes_ += from.size() + to.size();
}

void Batch::absorb(const Batch& other) {
  for (const Range& range : other.ranges_) {
    const std::string_view from = hold(std::string(range.from));
    erase_range(from, hold(std::string(range.to)));
  }
  for (const Entry& entry : other.entries_) {
    if (entry.kind == Kind::dropped) continue;
    const std::string_view key = hold(std::string(entry.key));
    if (entry.kind == Kind::erase) {
      erase(key);
    } else {
      put(key, hold(std::string(entry.value)));
    }
  }
  need(other.needs_flush_ ? Durability::durable : Durability::async);
}

bool Batch::in_range(std::string_view key) const noexcept {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [key](const Range& range) { return range.from <= key && key < range.to; });
}

Batch::Lookup Batch::find(std::string_view key) const noexcept {
  if (!entries_.empty()) {
    const std::uint32_t index = slots_[slot_of(key, hash64(key))];
    if (index != 0) {
      const Entry& entry = entries_[index - 1];
      if (entry.kind == Kind::put) return {Found::present, entry.value};
      return {Found::absent, {}};
    }
  }
  return {in_range(key) ? Found::absent : Found::unknown, {}};
}

void Batch::append_keys(std::string_view from, std::string_view to,
                        std::vector<std::string_view>& keys) const {
  for (const Entry& entry : entries_) {
    if (entry.kind == Kind::put && from <= entry.key && entry.key < to) keys.push_back(entry.key);
  }
}

bool Batch::has_puts() const noexcept {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return entry.kind == Kind::put; });
}

bool Batch::is_full(const BatchBounds& bounds) const noexcept {
  return entries_.size() >= bounds.records || live_bytes_ >= bounds.bytes ||
         held_bytes_ >= merged_bytes_factor * bounds.bytes || ranges_.size() >= ranges_max;
}

void Batch::add_ticket(Ticket ticket, Durability durability) {
  need(durability);
  is_answered_ = false;
  tickets_.push_back(std::move(ticket));
}

void Batch::add_waiter(Waiter waiter, Durability durability) {
  need(durability);
  is_answered_ = false;
  waiters_.push_back(std::move(waiter));
}

// By eight bytes of each key behind what all begin with: most keys differ there, and 16 bytes are
// moved instead of an entry.
void Batch::sort_entries() {
  order_.clear();
  if (entries_.empty()) return;
  const std::string_view first = entries_.front().key;
  std::size_t shared = first.size();
  for (const Entry& entry : entries_) {
    // Mostly it is as long as before, and one comparison says so.
    if (entry.key.substr(0, shared) == first.substr(0, shared)) continue;
    std::size_t equal = 0;
    while (equal < std::min(shared, entry.key.size()) && entry.key[equal] == first[equal]) ++equal;
    shared = equal;
  }
  order_.reserve(entries_.size());
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    order_.push_back({key_head(entries_[index].key, shared), index});
  }
  std::sort(order_.begin(), order_.end(), [this](const Place& left, const Place& right) {
    // Zeros stand for what a short key lacks, so equal heads decide nothing.
    if (left.head != right.head) return left.head < right.head;
    return entries_[left.index].key < entries_[right.index].key;
  });
}

std::span<const Operation> Batch::seal() {
  if (sealed_) return operations_;
  operations_.reserve(ranges_.size() + entries_.size());
  sort_entries();
  // Nothing throws any more: half of a batch must not look like all of it.
  sealed_ = true;
  for (const Range& range : ranges_) {
    operations_.push_back(Operation::erase_range(range.from, range.to));
  }
  for (const Place& place : order_) {
    const Entry& entry = entries_[place.index];
    if (entry.kind == Kind::put) operations_.push_back(Operation::put(entry.key, entry.value));
    if (entry.kind == Kind::erase) operations_.push_back(Operation::erase(entry.key));
  }
  return operations_;
}

void Batch::settle(Ack ack) noexcept {
  for (Ticket& ticket : tickets_) ticket.settle();
  for (Waiter& waiter : waiters_) waiter.resolve(ack);
  tickets_.clear();
  waiters_.clear();
  is_answered_ = true;
}

void Batch::fail(const Error& why) noexcept {
  for (Ticket& ticket : tickets_) ticket.fail(why.code);
  for (Waiter& waiter : waiters_) waiter.fail(why);
  tickets_.clear();
  waiters_.clear();
  is_answered_ = true;
}

void Batch::clear() noexcept {
  entries_.clear();
  std::fill(slots_.begin(), slots_.end(), 0);
  ranges_.clear();
  order_.clear();
  operations_.clear();
  held_.clear();
  held_strings_.clear();
  held_records_.clear();
  tickets_.clear();
  waiters_.clear();
  releases_.clear();
  number_ = 0;
  observers_ = 0;
  live_bytes_ = 0;
  held_bytes_ = 0;
  needs_flush_ = false;
  is_urgent_ = false;
  is_answered_ = false;
  sealed_ = false;
}

}  // namespace stet::detail
