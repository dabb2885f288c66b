// tools/examples/census/stanza_parser.cpp - gathers the fields that are read, then evaluates them.
#include "stanza_parser.hpp"

#include <algorithm>
#include <optional>

#include "grammar.hpp"

namespace census {
namespace {

// In the order of StanzaParser::Field.
constexpr std::array<std::string_view, 5> field_names{"package", "section", "installed-size",
                                                      "pre-depends", "depends"};

// FNV-1a over the name in lower case. A collision costs a wrong report, never a wrong count.
std::uint64_t name_hash(std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) {
    // Only printable ASCII comes here; this bit makes letters small and keeps the rest apart
    // enough.
    hash ^= static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

}  // namespace

StanzaParser::StanzaParser(LineReader& reader, Reports& reports, const Counts& start)
    : reader_(&reader), reports_(&reports), counts_(start) {}

stet::Result<bool> StanzaParser::next(Stanza& stanza) {
  clear();
  bool any_line = false;  // A stanza has begun; bad lines begin one too.
  for (;;) {              // Each round consumes a line: bounded by the input.
    Line line;
    stet::Result<bool> more = reader_->next(line);
    if (!more) return more;
    if (*more && !is_separator(line)) {
      any_line = true;
      take(line);
      continue;
    }
    if (any_line && finish(stanza)) return true;
    if (!*more) return false;
    if (any_line) clear();
    any_line = false;
  }
}

void StanzaParser::clear() {
  for (Value& value : values_) {
    value.present = false;
    value.text.clear();
  }
  current_ = no_field;
  seen_.clear();
}

void StanzaParser::take(const Line& line) {
  if (line.too_long) {
    bad_line(line, "longer than 1 MiB");
    return;
  }
  const char first = line.text.front();
  if (first != ' ' && first != '\t') {
    take_field(line);
    return;
  }
  if (current_ == no_field) {
    bad_line(line, "continues nothing");
    return;
  }
  if (current_ == unread) return;
  values_[static_cast<std::size_t>(current_)].text.append(1, '\n').append(line.text);
}

void StanzaParser::take_field(const Line& line) {
  const std::size_t colon = line.text.find(':');
  if (colon == std::string_view::npos) {
    bad_line(line, "no colon");
    return;
  }
  const std::string_view name = line.text.substr(0, colon);
  if (!is_field_name(name)) {
    bad_line(line, "bad field name");
    return;
  }
  note_repetition(line, name);
  const auto known = std::find_if(field_names.begin(), field_names.end(), [&](std::string_view n) {
    return equals_ignoring_case(n, name);
  });
  if (known == field_names.end()) {
    current_ = unread;
    return;
  }
  current_ = static_cast<int>(known - field_names.begin());
  Value& value = values_[static_cast<std::size_t>(current_)];
  value.present = true;
  value.line_number = line.number;
  value.text.assign(line.text.substr(colon + 1));  // The last one wins.
}

// A bad line's continuations are skipped with it, and are not bad lines themselves.
void StanzaParser::bad_line(const Line& line, std::string_view what) {
  current_ = unread;
  ++counts_.bad_lines;
  reports_->add(line.number, what, line.text);
}

void StanzaParser::note_repetition(const Line& line, std::string_view name) {
  // Names past this many are not remembered: a bound on memory and time, at the cost of a report.
  constexpr std::size_t names_max = 512;
  const std::uint64_t hash = name_hash(name);
  if (std::find(seen_.begin(), seen_.end(), hash) != seen_.end()) {
    ++counts_.repeated_fields;
    reports_->add(line.number, "a field given twice, the last one counts", name);
  } else if (seen_.size() < names_max) {
    seen_.push_back(hash);
  }
}

// False: a bad stanza.
bool StanzaParser::finish(Stanza& stanza) {
  const std::string_view name = trimmed(values_[package_field].text);
  if (!is_package_name(name)) {
    ++counts_.bad_stanzas;
    const std::uint64_t line =
        values_[package_field].present ? values_[package_field].line_number : 0;
    if (line != 0) {
      reports_->add(line, "a stanza with a bad package name", name);
    } else {
      reports_->add(reader_->lines(), "a stanza without a package name ends here");
    }
    return false;
  }
  names_.clear();
  add_dependencies(values_[pre_depends_field]);
  add_dependencies(values_[depends_field]);
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());

  stanza.number = ++counts_.stanzas;
  counts_.edges += names_.size();
  stanza.name = name;
  stanza.has_section = values_[section_field].present;
  stanza.section = trimmed(values_[section_field].text).substr(0, section_bytes_max);
  stanza.installed_size_kib = size_of(values_[size_field]);
  stanza.dependencies = names_;
  return true;
}

void StanzaParser::add_dependencies(const Value& value) {
  if (!value.present) return;
  std::string_view rest = value.text;
  for (;;) {  // Each round consumes a separator or ends.
    const std::size_t end = rest.find_first_of(",|");
    const std::string_view alternative = trimmed(rest.substr(0, end));
    if (const std::string_view name = alternative_name(alternative); !name.empty()) {
      names_.push_back(name);
    } else if (!alternative.empty()) {
      ++counts_.bad_alternatives;
      reports_->add(value.line_number, "a bad alternative", alternative);
    }
    if (end == std::string_view::npos) return;
    rest.remove_prefix(end + 1);
  }
}

std::uint64_t StanzaParser::size_of(const Value& value) {
  if (!value.present) return 0;
  const std::string_view text = trimmed(value.text);
  if (const std::optional<std::uint64_t> kib = installed_size(text)) return *kib;
  ++counts_.bad_sizes;
  reports_->add(value.line_number, "an installed size that is no number, taken as 0", text);
  return 0;
}

}  // namespace census
