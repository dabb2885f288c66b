// runtime/src/config/config.cpp - every source in its turn, every error in one list.
#include <stet/config/config.hpp>

#include <algorithm>
#include <utility>

#include "toml_file.hpp"

namespace stet {
namespace {

constexpr std::string_view environment_prefix = "STET_";

char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

class Reader {
 public:
  explicit Reader(const Options& options) : options_(options) {}

  void file(const std::filesystem::path& path) {
    detail::TomlFile toml = detail::read_toml_file(path);
    std::move(toml.findings.begin(), toml.findings.end(), std::back_inserter(findings_));
    for (detail::TomlEntry& entry : toml.entries) {
      const OptionInfo* row = options_.row(entry.key);
      const detail::Place place = row != nullptr ? entry.value_place : entry.key_place;
      OptionOrigin origin{OptionSource::file, path.string(), place.line, place.column};
      if (row != nullptr && !may_stand_bare(*row, entry.kind)) {
        report(std::move(origin), entry.key, entry.text, not_a_value(*row, entry));
      } else {
        set(entry.key, entry.text, std::move(origin));
      }
    }
  }

  void environment(const char* const* names) {
    for (; *names != nullptr; ++names) {
      const std::string_view line(*names);
      const std::size_t equals = line.find('=');
      if (equals == std::string_view::npos || !is_ours(line.substr(0, equals))) continue;
      const std::string_view name = line.substr(0, equals);
      set(key_of(name), line.substr(equals + 1), {OptionSource::environment, std::string(name)});
    }
  }

  void flags(std::span<const char* const> arguments) {
    for (const std::string_view argument : arguments) {
      Result<bool> done = options_.parse_flag(argument);
      if (done) continue;
      const std::string_view rest = argument.substr(Options::flag_prefix.size());
      const std::size_t equals = std::min(rest.find('='), rest.size());
      report({OptionSource::flag,
              std::string(argument.substr(0, argument.size() - rest.size() + equals))},
             rest.substr(0, equals), equals < rest.size() ? rest.substr(equals + 1) : "",
             std::move(done).error());
    }
  }

  [[nodiscard]] Options& options() noexcept { return options_; }
  [[nodiscard]] std::vector<ConfigFinding>& findings() noexcept { return findings_; }

 private:
  void set(std::string_view key, std::string_view value, OptionOrigin origin) {
    Result<void> done = options_.set(key, value, origin);
    if (!done) report(std::move(origin), key, value, std::move(done).error());
  }

  void report(OptionOrigin origin, std::string_view key, std::string_view value, Error error) {
    ConfigFinding finding{std::move(origin), std::string(key), std::string(value), {}, {},
                          std::move(error)};
    const OptionInfo* row = options_.row(key);
    if (row == nullptr) {
      row = options_.nearest(key);
      if (row != nullptr) finding.nearest = row->key;
    }
    if (row != nullptr) finding.range = range_text(*row);
    findings_.push_back(std::move(finding));
  }

  // A number where a text is expected is more likely a mistake than a text.
  static bool may_stand_bare(const OptionInfo& row, detail::TomlKind kind) noexcept {
    if (kind == detail::TomlKind::string) return true;
    return kind != detail::TomlKind::other && row.type != OptionType::text;
  }

  static Error not_a_value(const OptionInfo& row, const detail::TomlEntry& entry) {
    std::string why(row.key);
    why.append(": ").append(entry.text).append(" is no value for a ").append(to_string(row.type));
    why.append("; write it as a string; allowed: ").append(range_text(row));
    return Error(Errc::invalid_argument, std::move(why));
  }

  // STET_RUNTIME_... where some key begins with "runtime."
  [[nodiscard]] bool is_ours(std::string_view name) const {
    if (!name.starts_with(environment_prefix)) return false;
    const std::vector<const OptionInfo*> rows = options_.rows();
    return std::any_of(rows.begin(), rows.end(), [&](const OptionInfo* row) {
      const std::string_view section = row->key.substr(0, row->key.find('.') + 1);
      return name.starts_with(environment_name(section));
    });
  }

  // The key that the name stands for; one that looks like it where there is none.
  [[nodiscard]] std::string key_of(std::string_view name) const {
    for (const OptionInfo* row : options_.rows()) {
      if (environment_name(row->key) == name) return std::string(row->key);
    }
    std::string key;
    for (const char c : name.substr(environment_prefix.size())) {
      key += c == '_' && key.find('.') == std::string::npos ? '.' : lower(c);
    }
    return key;
  }

  Options options_;  // A copy: with findings the caller's stays as it was.
  std::vector<ConfigFinding> findings_;
};

}  // namespace

std::vector<ConfigFinding> read_config(Options& options, const ConfigSources& sources) {
  Reader reader(options);
  if (!sources.file.empty()) reader.file(sources.file);
  if (sources.environment != nullptr) reader.environment(sources.environment);
  reader.flags(sources.flags);
  if (reader.findings().empty()) options = std::move(reader.options());
  return std::move(reader.findings());
}

std::string environment_name(std::string_view key) {
  std::string name(environment_prefix);
  for (const char c : key) name += c == '.' ? '_' : upper(c);
  return name;
}

std::string ConfigFinding::message() const {
  // A flag's own text is the key.
  if (origin.source == OptionSource::flag) return error.text;
  return origin.text() + ": " + error.text;
}

}  // namespace stet
