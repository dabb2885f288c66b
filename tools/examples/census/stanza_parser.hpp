// tools/examples/census/stanza_parser.hpp - lines become stanzas with names and dependencies.
//
// The grammar, with what counts as bad, stands in README.md of this folder.
//
// Threads    One.
// Ownership  Refers to reader and reports, which outlive it. A Stanza's views are valid until the
//            next call of next().
// Errors     next(): those of LineReader::next(); nothing in the input is an error, it is counted.
// Bounds     Memory grows with the five fields that are read of one stanza, and with nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "line_reader.hpp"
#include "reports.hpp"

namespace census {

// What has been seen of the input so far; a checkpoint holds it.
struct Counts {
  std::uint64_t stanzas = 0;
  std::uint64_t edges = 0;  // Messages: for each stanza, its different dependency names.
  std::uint64_t bad_lines = 0;
  std::uint64_t bad_stanzas = 0;
  std::uint64_t bad_alternatives = 0;
  std::uint64_t repeated_fields = 0;  // Reported, not bad.
  std::uint64_t bad_sizes = 0;        // Reported, counted as 0.
  friend bool operator==(const Counts&, const Counts&) = default;
};

struct Stanza {
  std::uint64_t number = 0;  // From 1; bad stanzas have none.
  std::string_view name;
  bool has_section = false;
  std::string_view section;
  std::uint64_t installed_size_kib = 0;
  std::span<const std::string_view> dependencies;  // Each name once, ordered by bytes.
};

class StanzaParser {
 public:
  // A longer section is cut: it is kept in every state of its package.
  static constexpr std::size_t section_bytes_max = 256;

  // `start`: the counts that belong to what `reader` has consumed already.
  StanzaParser(LineReader& reader, Reports& reports, const Counts& start = {});

  // The next good stanza; false at the end of input. The reader then stands at a stanza's end.
  [[nodiscard]] stet::Result<bool> next(Stanza& stanza);

  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

 private:
  enum Field : int {
    package_field,
    section_field,
    size_field,
    pre_depends_field,
    depends_field,
    field_count
  };
  static constexpr int no_field = -1;  // Nothing to continue yet.
  static constexpr int unread = -2;    // Its continuations mean nothing to us, or are skipped.

  struct Value {
    bool present = false;
    std::uint64_t line_number = 0;
    std::string text;  // Continuations behind a line feed each; not trimmed.
  };

  void clear();
  void take(const Line& line);
  void take_field(const Line& line);
  void bad_line(const Line& line, std::string_view what);
  void note_repetition(const Line& line, std::string_view name);
  [[nodiscard]] bool finish(Stanza& stanza);
  void add_dependencies(const Value& value);
  [[nodiscard]] std::uint64_t size_of(const Value& value);

  LineReader* reader_;
  Reports* reports_;
  Counts counts_;
  std::array<Value, field_count> values_;
  int current_ = no_field;
  std::vector<std::uint64_t> seen_;  // Hashes of the stanza's field names, for the report.
  std::vector<std::string_view> names_;
};

}  // namespace census
