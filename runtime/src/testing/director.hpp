// runtime/src/testing/director.hpp - sees every message of a TestSystem, and decides.
//
// Threads    The one of the TestSystem.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <stet/testing/test_system.hpp>

#include "../watchers.hpp"

namespace stet::testing::detail {

using ActorNumber = std::uint64_t;  // From 1, in the order of spawning; 0: nobody.

struct RuleState {
  enum class What : std::uint8_t { drop, allow, expect };
  What what;
  std::string_view message;  // Empty: any.
  std::optional<ActorNumber> from;
  std::optional<ActorNumber> to;
  std::optional<std::size_t> times;
  std::optional<std::size_t> at_least;
  std::size_t matched = 0;
};

class Director final : public stet::detail::Watcher {
 public:
  explicit Director(stet::detail::Core& core) noexcept : core_(core) {}

  RuleState& add(RuleState::What what, std::string_view message);
  [[nodiscard]] ActorNumber number_of(const stet::detail::Cell* cell) const noexcept;
  [[nodiscard]] std::string complaints() const;
  [[nodiscard]] const std::vector<std::string>& log() const noexcept { return log_; }

  void on_send(const stet::detail::Cell* sender, const stet::detail::Envelope& envelope,
               std::uint64_t stamp) noexcept override;
  bool on_turn_begin(stet::detail::Cell& cell, const stet::detail::Envelope& envelope,
                     std::int64_t now) noexcept override;
  void on_turn_end(stet::detail::Cell& cell, const stet::detail::Envelope& envelope, bool kept,
                   std::int64_t now) noexcept override;
  void on_spawn(stet::detail::Cell& cell) noexcept override;
  void on_end(stet::detail::Cell& cell) noexcept override;
  void on_gone(const stet::detail::Envelope& envelope) noexcept override;

 private:
  [[nodiscard]] std::string called(ActorNumber number) const;
  void write(const std::string& text);

  stet::detail::Core& core_;
  std::deque<RuleState> rules_;  // A deque: handles point into it.
  // By the address of the cell: the actor that has it now, or had it last.
  std::unordered_map<const stet::detail::Cell*, ActorNumber> numbers_;
  std::vector<std::string> names_;                            // By number, less 1.
  std::unordered_map<std::uint64_t, ActorNumber> under_way_;  // Stamp to sender.
  std::vector<std::string> log_;
};

}  // namespace stet::testing::detail
