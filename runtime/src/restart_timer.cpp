// runtime/src/restart_timer.cpp - how long a pause is, and what comes after it.
#include "restart_timer.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "core.hpp"

namespace stet::detail {
namespace {

std::int64_t fire(TimerNode& node, std::int64_t) noexcept {
  retain(node);  // For the lane.
  deliver_system(*node.cell, &static_cast<RestartTimer&>(node));
  return 0;
}
void drop(TimerNode&) noexcept {}
void free_timer(TimerNode* node) noexcept { delete static_cast<RestartTimer*>(node); }
constexpr TimerOps timer_ops{&fire, &drop, &free_timer, false};

// FNV-1a: the same on every machine and in every run.
std::uint64_t hash(std::string_view text, std::uint64_t value) noexcept {
  for (const char each : text) {
    value = (value ^ static_cast<unsigned char>(each)) * 0x100000001B3U;
  }
  return value;
}

}  // namespace

RestartTimer::RestartTimer(Cell& parent, Family* whose) noexcept
    : TimerNode(parent, timer_ops), child(whose) {
  if (child != nullptr) detail::retain(&child->self);
  run = [](SystemMessage* self, Cell& receiver) noexcept {
    auto* const timer = static_cast<RestartTimer*>(self);
    restart_due(receiver, *timer);
    detail::release(*timer);
  };
  discard = [](SystemMessage* self, Cell&) noexcept {
    detail::release(*static_cast<RestartTimer*>(self));
  };
}

RestartTimer::~RestartTimer() {
  if (child != nullptr) detail::release(&child->self);
}

RestartTimer* start_timer(Cell& parent, Family* child, std::chrono::nanoseconds pause) noexcept {
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without memory for this, the end.
  auto* const timer = new RestartTimer(parent, child);
  arm(*timer, pause);
  return timer;
}

void stop_timer(RestartTimer*& timer) noexcept {
  RestartTimer* const stopped = std::exchange(timer, nullptr);
  if (stopped == nullptr) return;
  static_cast<void>(disarm(*stopped));
  release(*stopped);
}

std::chrono::nanoseconds backoff_pause(const Backoff& backoff, std::uint32_t failures,
                                       std::uint64_t random) noexcept {
  if (backoff.min.count() <= 0) return std::chrono::nanoseconds{0};
  const auto max = static_cast<double>(std::max(backoff.min, backoff.max).count());
  const double factor = backoff.factor > 1.0 ? backoff.factor : 1.0;
  const double jitter = backoff.jitter > 0.0 ? std::min(backoff.jitter, 1.0) : 0.0;
  // 53 bits: a number from 0 to 1, without 1.
  const double part = static_cast<double>(random >> 11) * 0x1.0p-53;
  const double pause =
      std::min(static_cast<double>(backoff.min.count()) * std::pow(factor, failures), max);
  const double longer = std::min(pause * (1.0 + jitter * part), max);
  // Beyond what the clock can count is for ever; a double that far has no exact neighbour.
  if (longer >= 0x1.0p63) return std::chrono::nanoseconds::max();
  return std::chrono::nanoseconds{static_cast<std::int64_t>(longer)};
}

std::uint64_t draw(const Cell& parent, std::uint64_t& state) noexcept {
  if (state == 0) {
    const Core& core = parent.core();
    state = hash(parent.name(), hash(parent.type->name, 0xCBF29CE484222325U));
    if (core.options.stepped) {
      state ^= core.options.seed;
    } else {  // Those that fail together are not to come back together.
      state ^= reinterpret_cast<std::uintptr_t>(&parent);
      state ^= static_cast<std::uint64_t>(core.now().count());
    }
  }
  // splitmix64, as in stepper.cpp.
  std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

}  // namespace stet::detail
