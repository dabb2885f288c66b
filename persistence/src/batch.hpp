// persistence/src/batch.hpp - what one commit will store, and who waits for it.
//
// Writes of one key are merged as they come: the last one wins. A range that is erased drops what
// the batch holds inside it; what comes later stands. So a batch is, in any order: its ranges, then
// one operation a key. A change is added whole; whether the batch is full is asked between changes.
//
// Threads    One: the store's.
// Ownership  Keeps the bytes of what it holds; operations() and find() point into them, valid until
//            the next call that adds. Only reserve(), hold() and seal() allocate, and change nothing
//            where they throw; so a change is taken in whole or not at all. Waiters and tickets that are left when it is destroyed answer
//            that the outcome is unknown.
// Bounds     is_full(): distinct keys, their bytes, the bytes kept alive for merged writes (eight
//            times as many), and 64 ranges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <stet/persistence/buffer.hpp>
#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/durability.hpp>
#include <stet/runtime/promise.hpp>

#include "engine.hpp"

namespace stet::detail {

struct BatchBounds {
  std::size_t records = 8192;
  std::size_t bytes = std::size_t{4} << 20;
};

// Somebody who asked to be told when a write is as safe as `durability` says.
class Waiter {
 public:
  using Answer = std::variant<Promise<Insert>, Promise<InsertBatch>, Promise<Remove>,
                              Promise<RemovePrefix>, Promise<FlushAll>, Promise<AwaitChange>>;
  template <class M>
  explicit Waiter(Promise<M> promise) noexcept : answer_(std::move(promise)) {}

  void resolve(Ack ack) noexcept {
    with_promise([ack](auto& promise) { promise.resolve(ack); });
  }
  void fail(const Error& why) noexcept {
    with_promise([&why](auto& promise) { promise.fail(why); });
  }

 private:
  // Not std::visit: that one may throw, and a waiter must be answered in any case.
  template <class F>
  void with_promise(const F& use) noexcept {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((answer_.index() == I ? use(*std::get_if<I>(&answer_)) : void()), ...);
    }(std::make_index_sequence<std::variant_size_v<Answer>>{});
  }

  Answer answer_;
};

class Batch {
 public:
  Batch() = default;
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Keeps bytes alive as long as the batch; what it returns may be given to put() and so on.
  std::string_view hold(Buffer bytes);
  std::string_view hold(std::string bytes);
  // The same of many; they do not move.
  const std::vector<Record>& hold(std::vector<Record> records);

  // Room for one change: so many writes, so many ranges, and who waits for it. Before the first.
  void reserve(std::size_t writes, std::size_t ranges = 0);
  void reserve_release();

  void put(std::string_view key, std::string_view value) { set(key, value, Kind::put); }
  void erase(std::string_view key) { set(key, {}, Kind::erase); }
  void erase_range(std::string_view from, std::string_view to);

  // A change's place in the queue, settled with the batch.
  void add_ticket(Ticket ticket, Durability durability);
  // Answered with the batch. Durability::async is answered by the caller, at once.
  void add_waiter(Waiter waiter, Durability durability);
  // The same for one who writes nothing here.
  void add_observer(Waiter waiter, Durability durability) {
    add_waiter(std::move(waiter), durability);
    ++observers_;
  }
  // A scope to be given back with the batch.
  void add_release(Release release) {
    releases_.push_back(std::move(release));
    is_answered_ = false;
  }
  // Writes all that the other one writes, after what is here. Copies it; waiters stay where they are.
  void absorb(const Batch& other);
  // Somebody wrote with this class and does not wait.
  void need(Durability durability) noexcept {
    if (stet::needs_flush(durability)) needs_flush_ = true;
    if (durability == Durability::urgent) is_urgent_ = true;
  }

  enum class Found : std::uint8_t { unknown, absent, present };
  struct Lookup {
    Found found = Found::unknown;
    std::string_view value;
  };
  // What this batch says about a key.
  [[nodiscard]] Lookup find(std::string_view key) const noexcept;
  // Adds the keys in [from, to) that it writes, in no order.
  void append_keys(std::string_view from, std::string_view to,
                   std::vector<std::string_view>& keys) const;

  [[nodiscard]] bool is_empty() const noexcept {  // Nothing to write and nobody to tell.
    return !has_writes() && waiters_.empty() && tickets_.empty() && releases_.empty();
  }
  [[nodiscard]] bool has_writes() const noexcept { return !entries_.empty() || !ranges_.empty(); }
  [[nodiscard]] bool has_puts() const noexcept;
  [[nodiscard]] bool is_full(const BatchBounds& bounds) const noexcept;
  // Is anybody told only when this commit survives a power cut?
  [[nodiscard]] bool needs_flush() const noexcept { return needs_flush_; }
  [[nodiscard]] bool is_urgent() const noexcept { return is_urgent_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return live_bytes_; }
  [[nodiscard]] std::size_t tickets() const noexcept { return tickets_.size(); }
  [[nodiscard]] std::size_t waiters() const noexcept { return waiters_.size(); }
  [[nodiscard]] std::size_t observers() const noexcept { return observers_; }

  // Closes the batch: nothing is added any more. Ranges first, then keys in order.
  std::span<const Operation> seal();
  [[nodiscard]] bool is_sealed() const noexcept { return sealed_; }
  // The commit that has stored it, or, where it wrote nothing, the last one before.
  void set_number(CommitNumber number) noexcept { number_ = number; }
  [[nodiscard]] CommitNumber number() const noexcept { return number_; }

  // Answers everybody, in the order they came. What it writes stays.
  void settle(Ack ack) noexcept;
  void fail(const Error& why) noexcept;
  [[nodiscard]] bool is_answered() const noexcept { return is_answered_; }
  [[nodiscard]] const std::vector<Release>& releases() const noexcept { return releases_; }
  void forget_releases() noexcept {
    releases_.clear();
    observers_ = 0;
  }
  // Bytes that are kept for writes that were merged away since.
  [[nodiscard]] std::size_t wasted_bytes() const noexcept {
    return held_bytes_ > live_bytes_ ? held_bytes_ - live_bytes_ : 0;
  }

  // As new, with its room kept.
  void clear() noexcept;

 private:
  enum class Kind : std::uint8_t {
    put,
    erase,
    dropped,  // Written, then erased by a range: the range alone says so.
  };
  struct Entry {
    std::uint64_t hash;
    std::string_view key;
    std::string_view value;
    Kind kind;
  };
  struct Place {
    std::uint64_t head;
    std::uint32_t index;
  };
  struct Range {
    std::string_view from;
    std::string_view to;
  };
  static constexpr std::size_t ranges_max = 64;
  static constexpr std::size_t merged_bytes_factor = 8;

  void set(std::string_view key, std::string_view value, Kind kind);
  // The slot of this key, or the empty one where it would go.
  [[nodiscard]] std::size_t slot_of(std::string_view key, std::uint64_t hash) const noexcept;
  void grow_slots();
  void sort_entries();
  [[nodiscard]] bool in_range(std::string_view key) const noexcept;

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // Open addressing; index + 1 into entries_, 0: empty.
  std::vector<Range> ranges_;
  std::vector<Place> order_;  // Of entries_, by key.
  std::vector<Operation> operations_;
  std::vector<Buffer> held_;
  std::deque<std::string> held_strings_;  // A deque: short strings must not move.
  std::vector<std::vector<Record>> held_records_;
  std::vector<Ticket> tickets_;
  std::vector<Waiter> waiters_;
  std::vector<Release> releases_;
  CommitNumber number_ = 0;
  std::size_t observers_ = 0;
  std::size_t live_bytes_ = 0;
  std::size_t held_bytes_ = 0;
  bool needs_flush_ = false;
  bool is_urgent_ = false;
  bool is_answered_ = false;
  bool sealed_ = false;
};

}  // namespace stet::detail
