// runtime/src/metrics.cpp - counting by type, and gathering what all threads have counted.
#include <stet/runtime/metrics.hpp>

#include <algorithm>
#include <new>

#include "core.hpp"
#include "metrics_state.hpp"

namespace stet {
namespace detail {

MetricsState::Block::~Block() {
  // relaxed: no thread is left.
  for (TypeRow& row : types) delete row.times.load(std::memory_order_relaxed);
}

MetricsState::~MetricsState() {
  // relaxed: no thread is left.
  for (Atomic<Block*>& block : blocks_) delete block.load(std::memory_order_relaxed);
}

MetricsState::Block* MetricsState::block() noexcept {
  const std::uint32_t number = this_thread_number();
  // acquire, here and below: pairs with the release below, where threads share a number.
  Block* found = blocks_[number].load(std::memory_order_acquire);
  if (found != nullptr) [[likely]]
    return found;
  auto* const made = new (std::nothrow) Block(number == shared_thread_number);
  if (made == nullptr) return nullptr;
  // acq_rel: release, so that who reads sees it whole.
  if (blocks_[number].compare_exchange_strong(found, made, std::memory_order_acq_rel,
                                              std::memory_order_acquire)) {
    return made;
  }
  delete made;
  return found;
}

MetricsState::Times* MetricsState::times_of(TypeRow& row) noexcept {
  // Orders as in block().
  Times* found = row.times.load(std::memory_order_acquire);
  if (found != nullptr) [[likely]]
    return found;
  auto* const made = new (std::nothrow) Times;
  if (made == nullptr) return nullptr;
  if (row.times.compare_exchange_strong(found, made, std::memory_order_acq_rel,
                                        std::memory_order_acquire)) {
    return made;
  }
  delete made;
  return found;
}

bool MetricsState::counts(std::uint64_t stamp) const noexcept {
  // relaxed: at the change itself a message may be counted on one side only.
  return stamp != 0 && Stamp::time(stamp) >= since_.load(std::memory_order_relaxed);
}

void MetricsState::on_send(const Cell*, const Envelope& envelope, std::uint64_t stamp) noexcept {
  Block* const mine = block();
  if (mine == nullptr || !counts(stamp)) return;
  mine->kinds[kinds_.number_of(*envelope.ops)].sent.add(1, mine->shared);
}

void MetricsState::on_gone(const Envelope& envelope) noexcept {
  if (!counts(envelope.stamp)) return;
  Block* const mine = block();
  if (mine == nullptr) return;
  mine->kinds[kinds_.number_of(*envelope.ops)].begun.add(1, mine->shared);
}

bool MetricsState::on_turn_begin(Cell& cell, const Envelope& envelope, std::int64_t now) noexcept {
  Block* const mine = block();
  if (mine == nullptr || envelope.ops->message_name.empty()) return true;
  TypeRow& row = mine->types[types_.number_of(*cell.type)];
  row.messages.add(1, mine->shared);
  const bool timed = level() == MetricsLevel::histograms;
  if (counts(envelope.stamp)) {
    const std::size_t kind = kinds_.number_of(*envelope.ops);
    mine->kinds[kind].begun.add(1, mine->shared);
    // relaxed, both: a constant of the program.
    if (kind < Metrics::kinds_max && receivers_[kind].load(std::memory_order_relaxed) == nullptr)
        [[unlikely]] {
      receivers_[kind].store(cell.type, std::memory_order_relaxed);
    }
    // Of a message sent before the clock was read nobody knows how long it waited; like those of
    // threads without a number, it bears the shared one.
    if (timed && Stamp::number(envelope.stamp) != shared_thread_number) {
      if (Times* const times = times_of(row)) {
        times->waiting.record(now - Stamp::time(envelope.stamp), mine->shared);
      }
    }
  }
  if (!mine->shared) mine->turn_began = timed ? now : -1;
  return true;
}

void MetricsState::on_turn_end(Cell& cell, const Envelope&, bool kept, std::int64_t now) noexcept {
  Block* const mine = block();
  if (mine == nullptr) return;
  TypeRow& row = mine->types[types_.number_of(*cell.type)];
  if (!kept) row.failures.add(1, mine->shared);
  if (mine->shared || mine->turn_began < 0) return;
  if (Times* const times = times_of(row)) times->handling.record(now - mine->turn_began, false);
  mine->turn_began = -1;
}

void MetricsState::on_restart(Cell& cell) noexcept {
  if (Block* const mine = block()) {
    mine->types[types_.number_of(*cell.type)].restarts.add(1, mine->shared);
  }
}

void MetricsState::on_dead_letter(const Cell& cell) noexcept {
  if (Block* const mine = block()) {
    mine->types[types_.number_of(*cell.type)].dead_letters.add(1, mine->shared);
  }
}

std::int64_t MetricsState::waiting(std::size_t kind) const noexcept {
  std::int64_t sum = 0;
  for (const Atomic<Block*>& place : blocks_) {
    // acquire: pairs with block().
    const Block* const block = place.load(std::memory_order_acquire);
    if (block == nullptr) continue;
    sum += static_cast<std::int64_t>(block->kinds[kind].sent.get());
    sum -= static_cast<std::int64_t>(block->kinds[kind].begun.get());
  }
  return sum;
}

void MetricsState::set_level(MetricsLevel wanted) {
  const std::lock_guard lock(mutex_);
  Watchers& watchers = core_.watchers();
  if (level() == MetricsLevel::off && wanted != MetricsLevel::off) {
    for (std::size_t kind = 0; kind < Kinds::rows; ++kind) forgotten_[kind] = waiting(kind);
    // relaxed: see counts().
    since_.store(watchers.now(), std::memory_order_relaxed);
  }
  // relaxed: see level().
  level_.store(wanted, std::memory_order_relaxed);
  watchers.watch(Watchers::Place::metrics, wanted != MetricsLevel::off,
                 wanted == MetricsLevel::histograms);
}

void MetricsState::read_depths(std::array<std::uint64_t, Types::rows>& depths,
                               std::uint64_t& of_nobody) const {
  for (std::size_t kind = 0; kind < Kinds::rows; ++kind) {
    const std::int64_t depth = std::max<std::int64_t>(waiting(kind) - forgotten_[kind], 0);
    if (depth == 0) continue;
    // relaxed: see on_turn_begin().
    const ActorType* const receiver = receivers_[kind].load(std::memory_order_relaxed);
    std::size_t row = Metrics::types_max;
    for (std::size_t type = 0; receiver != nullptr && type < Metrics::types_max; ++type) {
      if (types_.key(type) == receiver) row = type;
    }
    const auto waits = static_cast<std::uint64_t>(depth);
    if (receiver == nullptr && kind < Metrics::kinds_max) {
      of_nobody += waits;
    } else {
      depths[row] += waits;
    }
  }
}

namespace {

WorkerCounters copy_of(const WorkerCounters& block) noexcept {
  WorkerCounters out;
  out.visits.set(block.visits.get());
  out.messages.set(block.messages.get());
  out.steals.set(block.steals.get());
  out.injected.set(block.injected.get());
  out.parks.set(block.parks.get());
  out.looks.set(block.looks.get());
  out.throws.set(block.throws.get());
  out.visit_ns.set(block.visit_ns.get());
  out.visit_messages_x1024.set(block.visit_messages_x1024.get());
  out.message_ns.set(block.message_ns.get());
  return out;
}

// Types in unnamed namespaces of different sources have one name, and so one row.
void sort_and_merge(std::vector<ActorMetrics>& actors) {
  std::sort(actors.begin(), actors.end(),
            [](const ActorMetrics& a, const ActorMetrics& b) { return a.type < b.type; });
  std::vector<ActorMetrics> merged;
  for (const ActorMetrics& from : actors) {
    if (merged.empty() || merged.back().type != from.type) {
      merged.push_back(from);
      continue;
    }
    ActorMetrics& into = merged.back();
    into.alive += from.alive;
    into.messages += from.messages;
    into.failures += from.failures;
    into.dead_letters += from.dead_letters;
    into.restarts += from.restarts;
    into.depth += from.depth;
    into.waiting.merge(from.waiting);
    into.handling.merge(from.handling);
  }
  actors = std::move(merged);
}

}  // namespace

MetricsReport MetricsState::read() {
  MetricsReport report;
  report.level = level();
  report.totals = core_.totals();
  for (std::size_t i = 0; i < core_.counter_blocks(); ++i) {
    report.workers.push_back(copy_of(core_.counters(i)));
  }
  if (report.level == MetricsLevel::off) return report;
  const std::lock_guard lock(mutex_);
  std::array<std::uint64_t, Types::rows> alive{};
  core_.blocks.for_each_cell([&](Cell& cell) {
    if (!cell.mailbox.is_closed()) ++alive[types_.number_of(*cell.type)];
  });
  std::array<std::uint64_t, Types::rows> depths{};
  std::uint64_t of_nobody = 0;
  read_depths(depths, of_nobody);
  for (std::size_t type = 0; type < Types::rows; ++type) {
    const ActorType* const key = types_.key(type);
    if (key == nullptr && type != Metrics::types_max) continue;
    ActorMetrics& out = report.actors.emplace_back();
    out.type = key == nullptr ? std::string_view("(others)") : key->name;
    out.alive = alive[type];
    out.depth = depths[type];
    for (const Atomic<Block*>& place : blocks_) {
      // acquire, both: pairs with block() and times_of().
      const Block* const block = place.load(std::memory_order_acquire);
      if (block == nullptr) continue;
      const TypeRow& row = block->types[type];
      out.messages += row.messages.get();
      out.failures += row.failures.get();
      out.dead_letters += row.dead_letters.get();
      out.restarts += row.restarts.get();
      if (const Times* const times = row.times.load(std::memory_order_acquire)) {
        times->waiting.add_to(out.waiting);
        times->handling.add_to(out.handling);
      }
    }
    if (key == nullptr && out.alive + out.depth + out.messages + out.dead_letters == 0) {
      report.actors.pop_back();
    }
  }
  if (of_nobody != 0) report.actors.emplace_back().depth = of_nobody;
  sort_and_merge(report.actors);
  return report;
}

}  // namespace detail

Metrics::Metrics(System& system)
    : state_(&static_cast<detail::MetricsState&>(system.core().watchers().keep(
          detail::Watchers::Place::metrics,
          [&] { return std::make_unique<detail::MetricsState>(system.core()); }))) {}

void Metrics::set_level(MetricsLevel level) { state_->set_level(level); }
MetricsLevel Metrics::level() const noexcept { return state_->level(); }
MetricsReport Metrics::read() const { return state_->read(); }
std::string Metrics::prometheus() const { return to_prometheus(read()); }

}  // namespace stet
