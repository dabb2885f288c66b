// tools/examples/census/package.hpp - one package: an actor whose numbers survive.
//
// A run that was killed may send again what was counted already. Each state therefore keeps the
// number of the last stanza it counted, of each kind: one stanza may be both, a package may depend
// on itself. Numbers rise, so whatever is not greater has been counted.
//
// Threads    Handlers run on the System's workers, one at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include <stet/persistence/persistable.hpp>
#include <stet/runtime/actor.hpp>

namespace census {

struct PackageState {
  std::uint64_t stanzas = 0;
  std::uint64_t dependants = 0;
  std::uint64_t dependants_kib = 0;
  std::uint64_t last_own = 0;        // The last stanza of this name that was counted.
  std::uint64_t last_dependant = 0;  // The last stanza that depends on it that was counted.
  std::string section;
  std::string long_name;  // The name, where it is too long to be read back from the scope.
};

// Counts actors that have handled all that was sent to them before; the host waits for the last.
class Settlement {
 public:
  // Before the first Settle is sent. Requires: the one before is over.
  void begin(std::uint64_t actors) {
    const std::lock_guard lock(mutex_);
    settled_ = actors == 0;
    // relaxed: the sends that follow publish it.
    left_.store(actors, std::memory_order_relaxed);
  }
  void arrive() {
    // acq_rel: the last one sees, and hands on, what all others did before they arrived.
    if (left_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    const std::lock_guard lock(mutex_);
    settled_ = true;
    changed_.notify_one();
  }
  // True: all have arrived.
  [[nodiscard]] bool wait_for(std::chrono::nanoseconds timeout) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [this] { return settled_; });
  }
  // Grows smaller while work gets done. relaxed: only compared with an earlier look.
  [[nodiscard]] std::uint64_t left() const noexcept {
    return left_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> left_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool settled_ = true;
};

// A stanza of this package's own.
struct OwnStanza {
  std::uint64_t number;
  bool has_section;
  std::string section;
};

// One more stanza depends on you, of this Installed-Size.
struct DependantStanza {
  std::uint64_t number;
  std::uint64_t installed_size_kib;
};

// All before this has been handled: the turns have ended, their changes are with the store.
struct Settle {
  Settlement* settlement;  // Outlives the System.
};

class Package : public stet::Actor<Package> {
 public:
  // `long_name`: empty for a name that its scope can hold.
  Package(stet::Persistable<PackageState> state, std::string long_name)
      : state_(std::move(state)), long_name_(std::move(long_name)) {}

  void handle(OwnStanza stanza) {
    if (stanza.number <= state_->last_own) return;
    state_.mutate([&](PackageState& state) {
      state.last_own = stanza.number;
      ++state.stanzas;
      if (stanza.has_section) state.section = std::move(stanza.section);
      if (state.long_name.empty()) state.long_name = long_name_;
    });
  }
  void handle(DependantStanza stanza) {
    if (stanza.number <= state_->last_dependant) return;
    state_.mutate([&](PackageState& state) {
      state.last_dependant = stanza.number;
      ++state.dependants;
      const std::uint64_t room = UINT64_MAX - state.dependants_kib;
      state.dependants_kib += stanza.installed_size_kib < room ? stanza.installed_size_kib : room;
      if (state.long_name.empty()) state.long_name = long_name_;
    });
  }
  void handle(Settle settle) { settle.settlement->arrive(); }

 private:
  stet::Persistable<PackageState> state_;
  std::string long_name_;
};

}  // namespace census
