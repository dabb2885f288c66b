// runtime/src/option_text.cpp - numbers with suffixes, choices, ranges: read and written.
#include "option_text.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <system_error>

namespace stet {
namespace detail {
namespace {

struct Suffix {
  std::string_view name;
  std::uint64_t factor;
};

// Ascending, so that the last one that divides a number prints it shortest.
constexpr std::array<Suffix, 5> size_suffixes{{{"B", 1},
                                               {"KiB", std::uint64_t{1} << 10},
                                               {"MiB", std::uint64_t{1} << 20},
                                               {"GiB", std::uint64_t{1} << 30},
                                               {"TiB", std::uint64_t{1} << 40}}};
constexpr std::array<Suffix, 5> duration_suffixes{
    {{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}, {"min", 60'000'000'000}}};

std::span<const Suffix> suffixes(OptionType type) noexcept {
  if (type == OptionType::size) return size_suffixes;
  if (type == OptionType::duration) return duration_suffixes;
  return {};
}

// Calls f(part) for each of "a|b|c" until it returns false.
template <class F>
void for_each_part(std::string_view parts, F f) {
  for (std::string_view rest = parts; !rest.empty();) {
    const std::size_t bar = rest.find('|');
    if (!f(rest.substr(0, bar))) return;
    if (bar == std::string_view::npos) return;
    rest.remove_prefix(bar + 1);
  }
}

// "4MiB", "5s", "17": the number in the largest unit that prints it whole.
std::string number_text(OptionType type, std::uint64_t number) {
  const Suffix* best = nullptr;
  for (const Suffix& suffix : suffixes(type)) {
    if (number % suffix.factor == 0) best = &suffix;
  }
  if (best == nullptr || number == 0) return std::to_string(number);
  return std::to_string(number / best->factor).append(best->name);
}

std::string_view shape_text(OptionType type) noexcept {
  switch (type) {
    case OptionType::integer: return "an integer";
    case OptionType::size: return "a size (a number and B, KiB, MiB, GiB or TiB)";
    case OptionType::duration: return "a duration (a number and ns, us, ms, s or min)";
    case OptionType::boolean:
    case OptionType::choice: return "one of the choices";
    case OptionType::text: return "a text";
  }
  return "known";
}

}  // namespace

std::string quoted(std::string_view text) {
  constexpr std::size_t length_max = 80;
  std::string out = "\"";
  for (const char c : text.substr(0, length_max)) out += c >= ' ' && c <= '~' ? c : '?';
  if (text.size() > length_max) out += "...";
  return out += '"';
}

std::string_view profile_text(const OptionInfo& info, std::string_view profile) noexcept {
  std::string_view found;
  for_each_part(info.profiles, [&](std::string_view part) {
    const std::size_t equals = part.find('=');
    if (part.substr(0, equals) == profile) found = part.substr(equals + 1);
    return found.empty();
  });
  return found;
}

std::string defaults_text(const OptionInfo& info) {
  std::string out(info.default_text);
  std::string others;
  for_each_part(info.profiles, [&](std::string_view part) {
    const std::size_t equals = part.find('=');
    others.append(others.empty() ? " (" : ", ").append(part.substr(0, equals));
    others.append(" ").append(part.substr(equals + 1));
    return true;
  });
  if (!others.empty()) out.append(others).append(")");
  return out;
}

Error malformed_option(const OptionInfo& info, std::string_view text) {
  std::string why(info.key);
  why.append(": ").append(quoted(text)).append(" is not ").append(shape_text(info.type));
  return Error(Errc::invalid_argument, why.append("; allowed: ").append(range_text(info)));
}

namespace {

Error outside(const OptionInfo& info, std::string_view text) {
  std::string why(info.key);
  why.append(": ").append(quoted(text)).append(" is outside ").append(range_text(info));
  return Error(Errc::out_of_range, std::move(why));
}

Result<std::uint64_t> parse_choice(const OptionInfo& info, std::string_view text) {
  std::optional<std::uint64_t> found;
  std::uint64_t index = 0;
  for_each_part(info.choices, [&](std::string_view choice) {
    if (choice == text) found = index;
    ++index;
    return !found.has_value();
  });
  if (!found) return malformed_option(info, text);
  return *found;
}

Result<std::uint64_t> parse_number(const OptionInfo& info, std::string_view text) {
  const char* const end = text.data() + text.size();
  std::uint64_t number = 0;
  const auto [rest, code] = std::from_chars(text.data(), end, number);
  if (code == std::errc::invalid_argument) return malformed_option(info, text);
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  std::uint64_t factor = 0;
  if (info.type == OptionType::integer || (number == 0 && code == std::errc{})) {
    if (suffix.empty()) factor = 1;
  }
  for (const Suffix& known : suffixes(info.type)) {
    if (known.name == suffix) factor = known.factor;
  }
  if (factor == 0) return malformed_option(info, text);
  if (code == std::errc::result_out_of_range || number > UINT64_MAX / factor) {
    return outside(info, text);
  }
  number *= factor;
  if (number < info.min || number > info.max) return outside(info, text);
  return number;
}

}  // namespace

Result<std::uint64_t> parse_option(const OptionInfo& info, std::string_view text) {
  switch (info.type) {
    case OptionType::boolean:
      if (text == "true") return std::uint64_t{1};
      if (text == "false") return std::uint64_t{0};
      return malformed_option(info, text);
    case OptionType::choice: return parse_choice(info, text);
    case OptionType::text:
      if (text.size() < info.min || text.size() > info.max) return outside(info, text);
      return std::uint64_t{0};
    case OptionType::integer:
    case OptionType::size:
    case OptionType::duration: break;
  }
  return parse_number(info, text);
}

}  // namespace detail

std::string range_text(const OptionInfo& info) {
  switch (info.type) {
    case OptionType::boolean: return "true, false";
    case OptionType::choice: {
      std::string out;
      detail::for_each_part(info.choices, [&](std::string_view choice) {
        if (!out.empty()) out += ", ";
        out += choice;
        return true;
      });
      return out;
    }
    case OptionType::text:
      return std::to_string(info.min) + ".." + std::to_string(info.max) + " bytes";
    case OptionType::integer:
    case OptionType::size:
    case OptionType::duration: break;
  }
  return detail::number_text(info.type, info.min) + ".." + detail::number_text(info.type, info.max);
}

std::string_view to_string(OptionType type) noexcept {
  switch (type) {
    case OptionType::integer: return "integer";
    case OptionType::size: return "size";
    case OptionType::duration: return "duration";
    case OptionType::boolean: return "boolean";
    case OptionType::choice: return "choice";
    case OptionType::text: return "text";
  }
  return "unknown";
}

}  // namespace stet
