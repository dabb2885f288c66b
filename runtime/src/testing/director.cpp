// runtime/src/testing/director.cpp - rules, and what they have met.
#include "director.hpp"

#include "../core.hpp"

namespace stet::testing::detail {

using stet::detail::Cell;
using stet::detail::Envelope;
using What = RuleState::What;

// The overrides are noexcept: a test that has no memory left ends there.

RuleState& Director::add(What what, std::string_view message) {
  return rules_.emplace_back(RuleState{what, message, {}, {}, {}, {}});
}

ActorNumber Director::number_of(const Cell* cell) const noexcept {
  const auto found = numbers_.find(cell);
  return found == numbers_.end() ? 0 : found->second;
}

std::string Director::called(ActorNumber number) const {
  return number == 0 ? "outside" : names_[number - 1];
}

void Director::write(const std::string& text) {
  if (log_.size() >= TestSystem::log_lines_max) return;
  log_.push_back(std::to_string(core_.now().count()) + "ns " + text);
}

void Director::on_send(const Cell* sender, const Envelope&, std::uint64_t stamp) noexcept {
  under_way_[stamp] = number_of(sender);
}

void Director::on_gone(const Envelope& envelope) noexcept { under_way_.erase(envelope.stamp); }

bool Director::on_turn_begin(Cell& cell, const Envelope& envelope, std::int64_t) noexcept {
  const std::string_view message = envelope.ops->message_name;
  if (message.empty()) return true;  // The runtime's own.
  const auto sent = under_way_.find(envelope.stamp);
  const bool known = sent != under_way_.end();
  const ActorNumber from = known ? sent->second : 0;
  const ActorNumber to = number_of(&cell);
  if (known) under_way_.erase(sent);
  const auto meets = [&](const RuleState& rule) {
    return (rule.message.empty() || rule.message == message) &&
           (!rule.from || *rule.from == from) && (!rule.to || *rule.to == to);
  };
  std::string text = (known ? called(from) + " -> " : std::string()) + called(to) + ": ";
  text.append(message);
  if (!envelope.ops->passes_pause) {
    for (RuleState& rule : rules_) {
      if (rule.what == What::expect || !meets(rule)) continue;
      if (rule.times && rule.matched >= *rule.times) continue;
      ++rule.matched;
      if (rule.what == What::allow) break;
      write(text + " (dropped)");
      return false;
    }
    for (RuleState& rule : rules_) {
      if (rule.what == What::expect && meets(rule)) ++rule.matched;
    }
  }
  write(text);
  return true;
}

void Director::on_turn_end(Cell& cell, const Envelope& envelope, bool kept, std::int64_t) noexcept {
  if (kept) return;
  write(called(number_of(&cell)) + " failed in " + std::string(envelope.ops->message_name));
}

void Director::on_spawn(Cell& cell) noexcept {
  const ActorNumber number = names_.size() + 1;
  numbers_[&cell] = number;
  std::string name = std::string(cell.type->name) + "#" + std::to_string(number);
  if (!cell.name().empty()) name.append(" '").append(cell.name()).append("'");
  names_.push_back(std::move(name));
  write(called(number) + " begins");
}

void Director::on_end(Cell& cell) noexcept { write(called(number_of(&cell)) + " ends"); }

std::string Director::complaints() const {
  std::string out;
  for (const RuleState& rule : rules_) {
    if (rule.what != What::expect) continue;
    const std::size_t least = rule.at_least.value_or(rule.times.value_or(1));
    const bool met = rule.at_least ? rule.matched >= least : rule.matched == least;
    if (met) continue;
    out.append("expected ").append(rule.message.empty() ? "any message" : rule.message);
    if (rule.from) out.append(" from ").append(called(*rule.from));
    if (rule.to) out.append(" to ").append(called(*rule.to));
    out.append(rule.at_least ? " at least " : " ").append(std::to_string(least));
    out.append(" times, but it came ").append(std::to_string(rule.matched)).append(" times\n");
  }
  return out;
}

}  // namespace stet::testing::detail
