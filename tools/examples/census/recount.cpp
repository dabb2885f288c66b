// tools/examples/census/recount.cpp - --verify's plain loop, and the comparison.
#include "recount.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "line_reader.hpp"

namespace census {
namespace {

constexpr std::string_view alphanumeric =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view name_bytes =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-";

std::string strip(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\n") + 1 - first);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// What a stanza's five fields add to the census.
void evaluate(std::map<std::string, std::string>& fields, Recount& result) {
  const std::string name = strip(fields["package"]);
  if (name.empty() || alphanumeric.find(name[0]) == std::string::npos ||
      name.find_first_not_of(name_bytes) != std::string::npos) {
    ++result.bad_stanzas;
    return;
  }
  ++result.stanzas;
  PackageTotals& own = result.packages[name];
  ++own.stanzas;
  if (fields.count("section") != 0) own.section = strip(fields["section"]).substr(0, 256);

  std::uint64_t kib = 0;
  const std::string size = strip(fields["installed-size"]);
  if (!size.empty() && size.size() <= 15 && size.find_first_not_of("0123456789") == size.npos) {
    kib = std::stoull(size);
  }

  std::set<std::string> names;
  for (const std::string& field : {fields["depends"], fields["pre-depends"]}) {
    for (const std::string& group : split(field, ',')) {
      for (const std::string& raw : split(group, '|')) {
        const std::string alternative = strip(raw);
        if (alternative.empty()) continue;
        const std::string found = alternative.substr(0, alternative.find_first_of(" \t\n:([<"));
        if (found.empty() || alphanumeric.find(found[0]) == std::string::npos ||
            found.find_first_not_of(name_bytes) != std::string::npos) {
          ++result.bad_alternatives;
        } else {
          names.insert(found);
        }
      }
    }
  }
  result.edges += names.size();
  for (const std::string& dependency : names) {
    PackageTotals& totals = result.packages[dependency];
    ++totals.dependants;
    const std::uint64_t room = UINT64_MAX - totals.dependants_kib;
    totals.dependants_kib += kib < room ? kib : room;
  }
}

std::string describe(const PackageTotals& totals) {
  return std::to_string(totals.stanzas) + " stanzas, " + std::to_string(totals.dependants) +
         " dependants, " + std::to_string(totals.dependants_kib) + " KiB, section of " +
         std::to_string(totals.section.size()) + " bytes";
}

}  // namespace

stet::Result<Recount> recount(Input& input) {
  const std::set<std::string> read{"package", "section", "installed-size", "depends",
                                   "pre-depends"};
  LineReader reader(input);
  Recount result;
  std::map<std::string, std::string> fields;  // Of the stanza in hand, names in lower case.
  std::string open;                           // The field that a continuation adds to; "": none.
  bool any_field_or_bad_line = false;
  bool any_line = false;
  for (;;) {
    Line line;
    const stet::Result<bool> more = reader.next(line);
    if (!more) return more.error();
    const std::string text(line.text);
    const bool blank = !line.too_long && text.find_first_not_of(" \t") == std::string::npos;
    if (!*more || blank) {
      if (any_line) evaluate(fields, result);
      if (!*more) return result;
      fields.clear();
      open.clear();
      any_line = any_field_or_bad_line = false;
      continue;
    }
    any_line = true;
    if (!line.too_long && (text[0] == ' ' || text[0] == '\t') && any_field_or_bad_line) {
      if (!open.empty()) fields[open] += "\n" + text;
      continue;
    }
    any_field_or_bad_line = true;
    std::string name = text.substr(0, text.find(':'));
    bool good = !line.too_long && text.find(':') != std::string::npos && !name.empty() &&
                name[0] != '#' && name[0] != '-';
    for (char& c : name) {
      if (c < '!' || c > '~') good = false;
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    open.clear();
    if (!good) {
      ++result.bad_lines;
    } else if (read.count(name) != 0) {
      open = name;
      fields[name] = text.substr(text.find(':') + 1);
    }
  }
}

std::uint64_t count_differences(const Packages& counted, const Packages& recounted,
                                std::FILE* out) {
  constexpr std::uint64_t described_max = 10;
  std::uint64_t differences = 0;
  const auto differs = [&](const std::string& name, const PackageTotals* left,
                           const PackageTotals* right) {
    if (++differences > described_max || out == nullptr) return;
    std::fprintf(out, "%.100s: counted %s; recounted %s\n", name.c_str(),
                 left != nullptr ? describe(*left).c_str() : "nothing",
                 right != nullptr ? describe(*right).c_str() : "nothing");
  };
  for (const auto& [name, totals] : counted) {
    const auto other = recounted.find(name);
    if (other == recounted.end()) {
      differs(name, &totals, nullptr);
    } else if (!(other->second == totals)) {
      differs(name, &totals, &other->second);
    }
  }
  for (const auto& [name, totals] : recounted) {
    if (counted.find(name) == counted.end()) differs(name, nullptr, &totals);
  }
  return differences;
}

}  // namespace census
