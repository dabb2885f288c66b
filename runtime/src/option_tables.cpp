// runtime/src/option_tables.cpp - the option table as help, as Markdown, and as a list of values.
#include <stet/runtime/options.hpp>

#include "option_text.hpp"

namespace stet {

std::string Options::help_text() const {
  std::string out;
  for (const Value& value : values_) {
    const OptionInfo& info = *value.info;
    out.append("  ").append(flag_prefix).append(info.key).append("=<").append(to_string(info.type));
    out.append(">  ").append(range_text(info));
    if (!info.unit.empty()) out.append(" ").append(info.unit);
    out.append("; default ").append(detail::defaults_text(info));
    if (info.live) out.append("; live");
    out.append("\n      ").append(info.help).append("\n");
    if (!info.when.empty()) out.append("      when: ").append(info.when).append("\n");
  }
  return out;
}

std::string Options::markdown_table() const {
  std::string out =
      "| option | type | default | range | live | meaning | when to turn it |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const Value& value : values_) {
    const OptionInfo& info = *value.info;
    out.append("| `").append(info.key).append("` | ").append(to_string(info.type)).append(" | ");
    out.append(detail::defaults_text(info)).append(" | ").append(range_text(info));
    if (!info.unit.empty()) out.append(" ").append(info.unit);
    out.append(" | ").append(info.live ? "yes" : "no").append(" | ").append(info.help);
    out.append(" | ").append(info.when).append(" |\n");
  }
  return out;
}

std::string Options::values_text() const {
  std::string out;
  for (const Value& value : values_) {
    out.append(value.info->key).append(" = ");
    out.append(value.info->type == OptionType::text ? detail::quoted(value.text) : value.text);
    out.append("  # ").append(value.origin.text()).append("\n");
  }
  return out;
}

std::string_view to_string(OptionSource source) noexcept {
  switch (source) {
    case OptionSource::fallback: return "default";
    case OptionSource::profile: return "profile";
    case OptionSource::code: return "code";
    case OptionSource::file: return "file";
    case OptionSource::environment: return "environment";
    case OptionSource::flag: return "flag";
    case OptionSource::lock: return "locked";
  }
  return "unknown";
}

std::string OptionOrigin::text() const {
  if (name.empty()) return std::string(to_string(source));
  std::string out;
  if (source == OptionSource::profile) out.append("profile ");
  out.append(name);
  if (line != 0) out.append(":").append(std::to_string(line));
  if (line != 0 && column != 0) out.append(":").append(std::to_string(column));
  return out;
}

}  // namespace stet
