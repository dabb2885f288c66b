// tools/examples/census/line_reader.hpp - the census's input as lines, in bounded memory.
//
// The only part that counting and --verify share. A line ends at LF or at the end of input; one CR
// before the LF is dropped. Empty input has no line. Any byte may occur in a line, NUL too.
//
// Threads    One.
// Ownership  Refers to the Input, which outlives it. A line's text is a view into the buffer, valid
//            until the next call of next().
// Errors     next(): those of Input::read(). After the end, next() says so again.
// Bounds     A line may have line_bytes_max bytes, without its LF and that CR. A longer one is
//            skipped whole and reported as such, without text; the buffer never grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "input.hpp"

namespace census {

struct Line {
  std::string_view text;
  std::uint64_t number = 0;  // From 1.
  bool too_long = false;     // Then text is empty.
};

// How much of the input was consumed, and which bytes they were.
struct Position {
  std::uint64_t bytes = 0;
  std::uint64_t xxh3 = 0;  // XXH3-64, seed 0.
  friend bool operator==(const Position&, const Position&) = default;
};

class LineReader {
 public:
  static constexpr std::size_t line_bytes_max = std::size_t{1} << 20;

  explicit LineReader(Input& input);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // False: the end of input.
  [[nodiscard]] stet::Result<bool> next(Line& line);

  // Bytes of all lines given so far, with their line ends.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return consumed_bytes_; }
  // The same with the hash. Hashes what was consumed since the last call: cheap, not free.
  [[nodiscard]] Position position();
  // Lines given so far.
  [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }

 private:
  struct Hash;

  [[nodiscard]] stet::Result<bool> fill();
  [[nodiscard]] stet::Result<bool> skip_long_line(Line& line);
  void consume(std::size_t count) noexcept;
  void hash_consumed();

  Input* input_;
  std::unique_ptr<Hash> hash_;
  std::vector<char> buffer_;
  std::size_t hashed_ = 0;  // buffer_[hashed_, begin_): consumed, not hashed yet.
  std::size_t begin_ = 0;   // buffer_[begin_, end_): read, not consumed.
  std::size_t end_ = 0;     //
  std::uint64_t consumed_bytes_ = 0;
  std::uint64_t lines_ = 0;
  bool ended_ = false;  // The Input has said so; a terminal might change its mind.
};

// An empty line or one of blanks and tabs only: it ends a stanza.
[[nodiscard]] bool is_separator(const Line& line) noexcept;

}  // namespace census
