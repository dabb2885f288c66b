// runtime/src/options.cpp - finds options by key, weighs sources, names the nearest key.
#include <stet/runtime/options.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "option_text.hpp"

namespace stet {
using detail::malformed_option;
using detail::parse_option;
using detail::profile_text;
using detail::quoted;

namespace {

// "runtime.workers: "8" is refused: the host has locked it at 4".
Error locked(const OptionInfo& info, std::string_view text, std::string_view kept) {
  std::string why(info.key);
  why.append(": ").append(quoted(text)).append(" is refused: the host has locked it at ");
  return Error(Errc::invalid_argument, why.append(kept));
}

// Letters to insert, erase or change. Only the first 64 bytes count: a bound on a user's text.
std::size_t edit_distance(std::string_view a, std::string_view b) noexcept {
  constexpr std::size_t length_max = 64;
  a = a.substr(0, length_max);
  b = b.substr(0, length_max);
  std::array<std::size_t, length_max + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

}  // namespace

Options::Options(std::initializer_list<std::span<const OptionInfo>> tables) {
  for (const std::span<const OptionInfo> table : tables) {
    for (const OptionInfo& info : table) {
      STET_ASSERT(find(info.key) == nullptr);
      Result<std::uint64_t> number = parse_option(info, info.default_text);
      STET_ASSERT(number.has_value());
      values_.push_back({&info, std::move(number).value_or(0), std::string(info.default_text), {}});
    }
  }
}

Result<void> Options::set(std::string_view key, std::string_view text) {
  return set(key, text, OptionOrigin{OptionSource::code});
}

Result<void> Options::set(std::string_view key, std::string_view text, OptionOrigin origin) {
  STET_ASSERT(origin.source >= OptionSource::code);
  const auto value = std::find_if(values_.begin(), values_.end(),
                                  [&](const Value& v) { return v.info->key == key; });
  if (value == values_.end()) return unknown(key, text);
  const OptionInfo& info = *value->info;
  Result<std::uint64_t> number = parse_option(info, text);
  if (!number) return std::move(number).error();
  // "60s" and "1min" are the same: no change, no conflict.
  const bool same =
      *number == value->number && (info.type != OptionType::text || text == value->text);
  const OptionSource before = value->origin.source;
  if (before == OptionSource::lock && origin.source != OptionSource::lock) {
    if (!same) return locked(info, text, value->text);
    return {};
  }
  if (origin.source < before) return {};
  Result<void> done;
  if (origin.source == OptionSource::lock && before > OptionSource::code &&
      before != OptionSource::lock && !same) {
    done = locked(info, value->text, text);
    done = Error(Errc::invalid_argument, value->origin.text() + ": " + done.error().text);
  }
  value->text.assign(text);
  value->number = *number;
  value->origin = std::move(origin);
  if (key == profile_key) apply_profile();
  return done;
}

Result<void> Options::lock(std::string_view key, std::string_view text) {
  return set(key, text, OptionOrigin{OptionSource::lock});
}

// Defaults again for all that nobody has given.
void Options::apply_profile() {
  const Value* chosen = find(profile_key);
  if (chosen == nullptr) return;
  const std::string profile = chosen->text;
  for (Value& value : values_) {
    if (value.origin.source > OptionSource::profile) continue;
    std::string_view text = profile_text(*value.info, profile);
    value.origin = text.empty() ? OptionOrigin{} : OptionOrigin{OptionSource::profile, profile};
    if (text.empty()) text = value.info->default_text;
    Result<std::uint64_t> number = parse_option(*value.info, text);
    STET_ASSERT(number.has_value());
    if (!number) continue;
    value.text.assign(text);
    value.number = *number;
  }
}

Result<bool> Options::parse_flag(std::string_view argument) {
  if (!argument.starts_with(flag_prefix)) return false;
  argument.remove_prefix(flag_prefix.size());
  const std::size_t equals = argument.find('=');
  if (equals == std::string_view::npos) {
    Error error = unknown(argument, {});
    if (const Value* value = find(argument)) error = malformed_option(*value->info, {});
    error.text.append("; write ").append(flag_prefix).append("key=value");
    return error;
  }
  const std::string_view key = argument.substr(0, equals);
  Result<void> done = set(key, argument.substr(equals + 1),
                          {OptionSource::flag, std::string(flag_prefix) + std::string(key)});
  if (!done) return std::move(done).error();
  return true;
}

const OptionInfo* Options::nearest(std::string_view key) const noexcept {
  const OptionInfo* nearest = nullptr;
  std::size_t distance_min = 0;
  for (const Value& value : values_) {
    const std::size_t distance = edit_distance(key, value.info->key);
    if (nearest != nullptr && distance >= distance_min) continue;
    nearest = value.info;
    distance_min = distance;
  }
  return nearest;
}

Error Options::unknown(std::string_view key, std::string_view text) const {
  std::string why = "no option is called " + quoted(key) + " (value " + quoted(text) + ")";
  if (const OptionInfo* known = nearest(key)) {
    why.append("; the nearest is ").append(known->key).append(" (");
    why.append(to_string(known->type)).append(": ");
    why.append(range_text(*known)).append(")");
  }
  return Error(Errc::unknown_option, std::move(why));
}

const Options::Value* Options::find(std::string_view key) const noexcept {
  for (const Value& value : values_) {
    if (value.info->key == key) return &value;
  }
  return nullptr;
}

bool Options::has(std::string_view key) const noexcept { return find(key) != nullptr; }

std::uint64_t Options::number(std::string_view key, OptionType type) const noexcept {
  const Value* value = find(key);
  STET_ASSERT(value != nullptr && value->info->type == type);
  // A release build has no assertions: the bug then reads 0 and not foreign memory.
  return value != nullptr && value->info->type == type ? value->number : 0;
}

std::uint64_t Options::integer(std::string_view key) const noexcept {
  return number(key, OptionType::integer);
}
std::uint64_t Options::bytes(std::string_view key) const noexcept {
  return number(key, OptionType::size);
}
std::chrono::nanoseconds Options::duration(std::string_view key) const noexcept {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(number(key, OptionType::duration)));
}
bool Options::flag(std::string_view key) const noexcept {
  return number(key, OptionType::boolean) != 0;
}
std::size_t Options::choice_index(std::string_view key) const noexcept {
  return static_cast<std::size_t>(number(key, OptionType::choice));
}
std::string_view Options::choice(std::string_view key) const noexcept {
  STET_ASSERT(find(key) != nullptr && find(key)->info->type == OptionType::choice);
  return value_text(key);
}
std::string_view Options::text(std::string_view key) const noexcept {
  STET_ASSERT(find(key) != nullptr && find(key)->info->type == OptionType::text);
  return value_text(key);
}

std::string_view Options::value_text(std::string_view key) const noexcept {
  const Value* value = find(key);
  STET_ASSERT(value != nullptr);
  return value != nullptr ? std::string_view(value->text) : std::string_view();
}

OptionOrigin Options::origin(std::string_view key) const {
  const Value* value = find(key);
  STET_ASSERT(value != nullptr);
  return value != nullptr ? value->origin : OptionOrigin{};
}

std::vector<const OptionInfo*> Options::rows() const {
  std::vector<const OptionInfo*> out;
  out.reserve(values_.size());
  for (const Value& value : values_) out.push_back(value.info);
  return out;
}

const OptionInfo* Options::row(std::string_view key) const noexcept {
  const Value* value = find(key);
  return value != nullptr ? value->info : nullptr;
}

}  // namespace stet
