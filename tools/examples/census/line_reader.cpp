// tools/examples/census/line_reader.cpp - finds line ends, hashes what has been consumed.
#include "line_reader.hpp"

#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace census {
namespace {

// Room for the longest line, its CR and LF, and reads of a good size behind it.
constexpr std::size_t buffer_bytes = LineReader::line_bytes_max + 2 + std::size_t{256} * 1024;

}  // namespace

struct LineReader::Hash {
  XXH3_state_t state;
};

LineReader::LineReader(Input& input)
    : input_(&input), hash_(std::make_unique<Hash>()), buffer_(buffer_bytes) {
  XXH3_64bits_reset(&hash_->state);
}

LineReader::~LineReader() = default;

stet::Result<bool> LineReader::next(Line& line) {
  std::size_t searched = 0;  // Bytes after begin_ known to hold no LF.
  for (;;) {                 // Each round reads at least one byte, finds a line, or ends.
    const char* const first = buffer_.data() + begin_;
    const std::size_t present = end_ - begin_;
    const void* const found = std::memchr(first + searched, '\n', present - searched);
    if (found != nullptr) {
      std::size_t length = static_cast<std::size_t>(static_cast<const char*>(found) - first);
      consume(length + 1);
      if (length > 0 && first[length - 1] == '\r') --length;
      line = {std::string_view(first, length), ++lines_, length > line_bytes_max};
      if (line.too_long) line.text = {};
      return true;
    }
    searched = present;
    // One byte over the limit may still be the CR that is dropped.
    if (present > line_bytes_max + 1) return skip_long_line(line);
    stet::Result<bool> filled = fill();
    if (!filled) return filled;
    if (*filled) continue;
    if (present == 0) return false;
    consume(present);
    line = {std::string_view(buffer_.data() + begin_ - present, present), ++lines_,
            present > line_bytes_max};
    if (line.too_long) line.text = {};
    return true;
  }
}

stet::Result<bool> LineReader::skip_long_line(Line& line) {
  line = {{}, ++lines_, true};
  for (;;) {  // Each round consumes what is there: bounded by the input.
    const char* const first = buffer_.data() + begin_;
    const std::size_t present = end_ - begin_;
    if (const void* const found = std::memchr(first, '\n', present)) {
      consume(static_cast<std::size_t>(static_cast<const char*>(found) - first) + 1);
      return true;
    }
    consume(present);
    stet::Result<bool> filled = fill();
    if (!filled) return filled;
    if (!*filled) {
      return true;
    }
  }
}

// True: there is at least one more byte behind end_. Moves what is not consumed to the front.
stet::Result<bool> LineReader::fill() {
  if (ended_) return false;
  hash_consumed();
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = hashed_ = 0;
  }
  const stet::Result<std::size_t> count = input_->read(std::span(buffer_).subspan(end_));
  if (!count) return count.error();
  end_ += *count;
  ended_ = *count == 0;
  return !ended_;
}

void LineReader::consume(std::size_t count) noexcept {
  begin_ += count;
  consumed_bytes_ += count;
}

void LineReader::hash_consumed() {
  XXH3_64bits_update(&hash_->state, buffer_.data() + hashed_, begin_ - hashed_);
  hashed_ = begin_;
}

Position LineReader::position() {
  hash_consumed();
  return {consumed_bytes_, XXH3_64bits_digest(&hash_->state)};
}

bool is_separator(const Line& line) noexcept {
  return !line.too_long && line.text.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace census
