// persistence/src/faulty_engine.cpp - planned failures before another engine.
#include "faulty_engine.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include <stet/runtime/detail/assert.hpp>

namespace stet::detail {

void FaultControl::fail_at(Call call, std::uint64_t nth, Errc code, Effect effect) {
  STET_ASSERT(nth > 0);
  STET_ASSERT(effect == Effect::none || code == Errc::outcome_unknown);
  const std::lock_guard lock(mutex_);
  planned_.push_back({call, state(call).calls + nth, {code, effect}});
}

void FaultControl::fail_randomly(Call call, unsigned permille, Errc code) {
  const std::lock_guard lock(mutex_);
  state(call).permille = permille;
  state(call).code = code;
}

void FaultControl::set_disk_full(bool full) {
  const std::lock_guard lock(mutex_);
  disk_full_ = full;
}

void FaultControl::set_peeks(bool peeks) {
  const std::lock_guard lock(mutex_);
  peeks_ = peeks;
}

void FaultControl::set_foreign_readers(std::vector<ForeignReader> readers) {
  const std::lock_guard lock(mutex_);
  foreign_readers_ = std::move(readers);
}

void FaultControl::set_delay(std::function<void(Call)> delay) {
  const std::lock_guard lock(mutex_);
  delay_ = std::move(delay);
}

std::uint64_t FaultControl::calls(Call call) const {
  const std::lock_guard lock(mutex_);
  return states_[static_cast<std::size_t>(call)].calls;
}

std::uint64_t FaultControl::faults(Call call) const {
  const std::lock_guard lock(mutex_);
  return states_[static_cast<std::size_t>(call)].faults;
}

std::optional<FaultControl::Fault> FaultControl::begin(Call call, bool needs_room) {
  std::function<void(Call)> delay;
  {
    const std::lock_guard lock(mutex_);
    delay = delay_;
  }
  if (delay) delay(call);
  const std::lock_guard lock(mutex_);
  PerCall& counted = state(call);
  ++counted.calls;
  std::optional<Fault> fault = choose(counted, call, needs_room);
  if (fault) ++counted.faults;
  return fault;
}

std::optional<FaultControl::Fault> FaultControl::choose(PerCall& counted, Call call,
                                                        bool needs_room) {
  const auto planned = std::find_if(planned_.begin(), planned_.end(), [&](const Planned& plan) {
    return plan.call == call && plan.at == counted.calls;
  });
  if (planned != planned_.end()) {
    const Fault fault = planned->fault;
    planned_.erase(planned);
    return fault;
  }
  if (disk_full_ && needs_room) return Fault{Errc::disk_full, Effect::none};
  if (counted.permille > 0 && random_() % 1000 < counted.permille) {
    return Fault{counted.code, Effect::none};
  }
  return std::nullopt;
}

namespace {

Error planned_error(Errc code) { return Error(code, "a failure planned by the test"); }

}  // namespace

class FaultyView final : public View {
 public:
  FaultyView(std::unique_ptr<View> inner, std::shared_ptr<FaultControl> control)
      : inner_(std::move(inner)), control_(std::move(control)) {}

  [[nodiscard]] CommitNumber number() const noexcept override { return inner_->number(); }
  [[nodiscard]] Result<std::optional<std::string_view>> get(std::string_view key) const override {
    if (const auto fault = control_->begin(FaultControl::Call::get)) {
      return planned_error(fault->code);
    }
    return inner_->get(key);
  }
  [[nodiscard]] Result<std::unique_ptr<Cursor>> scan(std::string_view from, std::string_view to,
                                                     Order order) const override {
    if (const auto fault = control_->begin(FaultControl::Call::scan)) {
      return planned_error(fault->code);
    }
    return inner_->scan(from, to, order);
  }

 private:
  const std::unique_ptr<View> inner_;
  const std::shared_ptr<FaultControl> control_;
};

class FaultyEngine final : public Engine {
 public:
  FaultyEngine(std::unique_ptr<Engine> inner, std::shared_ptr<FaultControl> control)
      : inner_(std::move(inner)), control_(std::move(control)) {}

  [[nodiscard]] Result<CommitNumber> commit(std::span<const Operation> operations,
                                            Flush flush) override {
    // A refused batch is no call of the disk.
    if (Result<void> fine = check_batch(operations, limits()); !fine) return fine.error();
    if (poisoned()) return refused();
    const bool puts = std::any_of(operations.begin(), operations.end(), [](const Operation& each) {
      return each.kind == Operation::Kind::put;
    });
    if (const auto fault = control_->begin(FaultControl::Call::commit, puts)) {
      if (fault->effect == FaultControl::Effect::after) {
        static_cast<void>(
            inner_->commit(operations, flush));  // Reported as unknown, whatever it is.
      }
      return fail(fault->code);
    }
    return inner_->commit(operations, flush);
  }

  [[nodiscard]] Result<void> flush() override {
    if (poisoned()) return refused();
    if (const auto fault = control_->begin(FaultControl::Call::flush)) {
      if (fault->effect == FaultControl::Effect::after) static_cast<void>(inner_->flush());
      // There is no other way for a flush to fail.
      return fail(Errc::outcome_unknown);
    }
    return inner_->flush();
  }

  [[nodiscard]] CommitNumber durable_number() const noexcept override {
    return inner_->durable_number();
  }
  [[nodiscard]] CommitNumber committed_number() const noexcept override {
    return inner_->committed_number();
  }

  [[nodiscard]] Result<std::unique_ptr<View>> view() override {
    if (const auto fault = control_->begin(FaultControl::Call::view)) {
      return planned_error(fault->code);
    }
    Result<std::unique_ptr<View>> view = inner_->view();
    if (!view) return view;
    return Result<std::unique_ptr<View>>(
        std::make_unique<FaultyView>(std::move(view).value(), control_));
  }

  [[nodiscard]] std::optional<std::optional<std::string>> peek(
      std::string_view key) const override {
    {
      const std::lock_guard lock(control_->mutex_);
      if (!control_->peeks_) return std::nullopt;
    }
    return inner_->peek(key);
  }
  [[nodiscard]] std::uint64_t file_bytes() const noexcept override { return inner_->file_bytes(); }
  [[nodiscard]] std::vector<ForeignReader> foreign_readers() override {
    const std::lock_guard lock(control_->mutex_);
    return control_->foreign_readers_;
  }

  [[nodiscard]] EngineLimits limits() const noexcept override { return inner_->limits(); }
  [[nodiscard]] EngineStats stats() const override { return with_faults(inner_->stats()); }
  [[nodiscard]] EngineStats quick_stats() const override {
    return with_faults(inner_->quick_stats());
  }
  // relaxed: a flag on its own, it publishes nothing.
  [[nodiscard]] bool poisoned() const noexcept override {
    return poisoned_.load(std::memory_order_relaxed) || inner_->poisoned();
  }

  // As unreliable as this one: by the same control.
  [[nodiscard]] Result<Successor> make_successor(CommitNumber at_least) override {
    if (const auto fault = control_->begin(FaultControl::Call::reopen)) {
      return planned_error(fault->code);
    }
    Result<Successor> made = inner_->make_successor(at_least);
    if (!made) return made;
    made->engine = make_faulty_engine(std::move(made->engine), control_);
    return made;
  }

 private:
  [[nodiscard]] EngineStats with_faults(EngineStats stats) const {
    stats.failures +=
        control_->faults(FaultControl::Call::commit) + control_->faults(FaultControl::Call::flush);
    return stats;
  }
  Error fail(Errc code) {
    // relaxed: see poisoned().
    if (code == Errc::outcome_unknown) poisoned_.store(true, std::memory_order_relaxed);
    return planned_error(code);
  }
  [[nodiscard]] static Error refused() {
    return Error(Errc::poisoned, "an earlier flush failed: reopen the store");
  }

  const std::unique_ptr<Engine> inner_;
  const std::shared_ptr<FaultControl> control_;
  std::atomic<bool> poisoned_{false};
};

std::unique_ptr<Engine> make_faulty_engine(std::unique_ptr<Engine> inner,
                                           std::shared_ptr<FaultControl> control) {
  return std::make_unique<FaultyEngine>(std::move(inner), std::move(control));
}

}  // namespace stet::detail
