// runtime/src/watchers.hpp - several who look at one System, behind the one Observer it knows.
//
// The stamp of each message is made here, for all of them: when it was sent, in nanoseconds since
// this was made, and by which thread. No two messages have the same one, but for those of threads
// beyond the numbered ones, and while nobody wants the time.
//
// Threads    watch(), keep(): any, under a lock. The rest: whoever sends or runs actors.
// Lifetime   Who watches lives as long as the System: a thread may still be at one that left.
// Progress   Wait-free, but for what a watcher does; the clock is read once an event.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/detail/observer.hpp>
#include <stet/runtime/envelope.hpp>

#include "thread_number.hpp"

namespace stet::detail {

class Core;

// As Observer. Times are nanoseconds since the watchers were made, 0 while nobody wants them.
class Watcher {
 public:
  Watcher() = default;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  virtual ~Watcher() = default;

  virtual void on_send(const Cell*, const Envelope&, std::uint64_t /*stamp*/) noexcept {}
  virtual bool on_turn_begin(Cell&, const Envelope&, std::int64_t /*now*/) noexcept { return true; }
  virtual void on_turn_end(Cell&, const Envelope&, bool /*kept*/, std::int64_t /*now*/) noexcept {}
  virtual void on_spawn(Cell&) noexcept {}
  virtual void on_end(Cell&) noexcept {}
  virtual void on_restart(Cell&) noexcept {}
  virtual void on_gone(const Envelope&) noexcept {}
  virtual void on_dead_letter(const Cell&) noexcept {}
};

// What a stamp says. 0 is that of a message sent before anybody looked.
struct Stamp {
  static constexpr unsigned number_bits = 7;
  static_assert(thread_numbers <= 1U << number_bits);

  [[nodiscard]] static std::uint64_t make(std::int64_t time, std::uint32_t number) noexcept {
    return (static_cast<std::uint64_t>(time + 1) << number_bits) | number;
  }
  [[nodiscard]] static std::int64_t time(std::uint64_t stamp) noexcept {
    return static_cast<std::int64_t>(stamp >> number_bits) - 1;
  }
  [[nodiscard]] static std::uint32_t number(std::uint64_t stamp) noexcept {
    return static_cast<std::uint32_t>(stamp & ((1U << number_bits) - 1));
  }
};

class Watchers final : public Observer, public std::enable_shared_from_this<Watchers> {
 public:
  // In this order they are asked; the first may refuse a turn, the others then do not hear of it.
  enum class Place : std::uint8_t { filter, metrics, trace };
  static constexpr std::size_t places = 3;

  explicit Watchers(Core& core);

  // The one who watches from here; make() makes it the first time, and it stays.
  template <class Make>
  [[nodiscard]] Watcher& keep(Place place, Make&& make) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Watcher>& owned = owned_[static_cast<std::size_t>(place)];
    if (owned == nullptr) owned = make();
    return *owned;
  }
  // From now on, or soon, it hears of everything, or no more. Without anybody the System has no
  // observer. Requires keep().
  void watch(Place place, bool active, bool timed);

  [[nodiscard]] std::int64_t now() const noexcept;

  std::uint64_t on_send(const Cell* sender, const Envelope& envelope) noexcept override;
  bool on_turn_begin(Cell& cell, const Envelope& envelope) noexcept override;
  void on_turn_end(Cell& cell, const Envelope& envelope, bool kept) noexcept override;
  void on_spawn(Cell& cell) noexcept override;
  void on_end(Cell& cell) noexcept override;
  void on_restart(Cell& cell) noexcept override;
  void on_gone(const Envelope& envelope) noexcept override;
  void on_dead_letter(const Cell& cell) noexcept override;

 private:
  struct alignas(64) Last {
    Atomic<std::int64_t> time{-1};
  };

  template <class Call>
  void for_each(Call&& call) noexcept {
    for (Atomic<Watcher*>& place : active_) {
      // acquire: pairs with watch().
      if (Watcher* const watcher = place.load(std::memory_order_acquire)) call(*watcher);
    }
  }
  [[nodiscard]] std::int64_t time_of_event() const noexcept;

  Core& core_;
  const std::chrono::nanoseconds made_;
  std::array<Atomic<Watcher*>, places> active_{};
  Atomic<bool> timed_{false};
  Atomic<std::uint64_t> plain_stamp_{0};     // While nobody wants the time.
  std::array<Last, thread_numbers> last_{};  // The last stamp's time of each thread.
  std::mutex mutex_;
  // Guarded by mutex_.
  std::array<std::unique_ptr<Watcher>, places> owned_;
  std::array<bool, places> wants_time_{};
};

}  // namespace stet::detail
