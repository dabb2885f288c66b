// runtime/src/testing/test_system.cpp - a stepped system with a director in front of its turns.
#include <stet/testing/test_system.hpp>

#include "../core.hpp"
#include "../later.hpp"
#include "director.hpp"

namespace stet::testing {
namespace {

SystemOptions stepped(SystemOptions options, std::uint64_t seed) {
  options.stepped = true;
  options.seed = seed;
  return options;
}

detail::Director& direct(stet::detail::Core& core) {
  using Place = stet::detail::Watchers::Place;
  stet::detail::Watchers& watchers = core.watchers();
  auto& director = static_cast<detail::Director&>(
      watchers.keep(Place::filter, [&] { return std::make_unique<detail::Director>(core); }));
  watchers.watch(Place::filter, true, true);
  return director;
}

}  // namespace

Rule Rule::from_cell(const stet::detail::Cell* sender) {
  state_->from = director_->number_of(sender);
  return *this;
}

Rule Rule::to_cell(const stet::detail::Cell& receiver) {
  state_->to = director_->number_of(&receiver);
  return *this;
}

Rule Rule::times(std::size_t count) {
  state_->times = count;
  state_->at_least.reset();
  return *this;
}

Rule Rule::at_least(std::size_t count) {
  state_->at_least = count;
  state_->times.reset();
  return *this;
}

std::size_t Rule::matched() const noexcept { return state_->matched; }

TestSystem::TestSystem(std::uint64_t seed, SystemOptions options)
    : seed_(seed),
      system_(std::make_unique<System>(stepped(std::move(options), seed))),
      director_(&direct(system_->core())) {}

TestSystem::~TestSystem() = default;

Rule TestSystem::drop_named(std::string_view message) {
  return Rule(*director_, director_->add(detail::RuleState::What::drop, message));
}

Rule TestSystem::allow_named(std::string_view message) {
  return Rule(*director_, director_->add(detail::RuleState::What::allow, message));
}

Rule TestSystem::expect_named(std::string_view message) {
  return Rule(*director_, director_->add(detail::RuleState::What::expect, message));
}

std::size_t TestSystem::run_until_idle() {
  const std::size_t steps = system_->run_until_idle(steps_max);
  exhausted_ = exhausted_ || steps == steps_max;
  return steps;
}

std::size_t TestSystem::run_for(std::chrono::nanoseconds time) {
  const std::chrono::nanoseconds end = stet::detail::later(system_->now(), time);
  std::size_t steps = 0;
  // A stop on the way counts as a step, so that a timer that does nothing is bounded too.
  for (std::size_t stops = 0; !exhausted_; ++stops) {
    steps += run_until_idle();
    if (steps + stops >= steps_max) {
      exhausted_ = true;
      break;
    }
    const std::chrono::nanoseconds now = system_->now();
    const std::chrono::nanoseconds next = system_->core().stepper->next_wake();
    if (next > end) {
      if (now < end) system_->advance(end - now);
      break;
    }
    system_->advance(std::max(next - now, std::chrono::nanoseconds{0}));
  }
  return steps + run_until_idle();
}

std::string TestSystem::complaints() const {
  std::string out = director_->complaints();
  if (exhausted_) {
    out.append("after ").append(std::to_string(steps_max)).append(" steps it was not idle\n");
  }
  return out;
}

const std::vector<std::string>& TestSystem::log() const noexcept { return director_->log(); }

}  // namespace stet::testing
