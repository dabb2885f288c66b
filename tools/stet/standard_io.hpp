// tools/stet/standard_io.hpp - lines out and in, and the signals that end them.
//
// A command that reads a store must end its view whatever happens, or its slot keeps pages from the
// host. So SIGINT, SIGTERM and a closed pipe do not kill: they make the next call say stop.
//
// Threads    One.
// Bounds     64 KiB are gathered before they are written; a line read has input_line_bytes_max.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <stet/runtime/result.hpp>

namespace stet::tool {

// A record's bounds as JSON and as hex.
inline constexpr std::size_t input_line_bytes_max = std::size_t{256} << 20;

// Before anything else.
void install_signals();
// Should reading a damaged file lead LMDB astray, a sentence is said and the exit code is a
// finding's.
void expect_damaged_files();
[[nodiscard]] bool is_interrupted() noexcept;
// Ends the process as the signal that interrupted it would have, if one did.
void end_if_interrupted();

class Output {
 public:
  // False: stop; interrupted, nobody reads any more, or failed.
  [[nodiscard]] bool write_line(std::string_view line);
  // Writes what is left. The exit code: `otherwise`, also where nobody reads any more; after
  // another error that of the environment, which is said on stderr.
  [[nodiscard]] int finish(int otherwise);

 private:
  bool flush();

  std::string waiting_;
  int failure_ = 0;  // An errno.
};

class LineInput {
 public:
  // Does not own the descriptor.
  explicit LineInput(int fd) noexcept : fd_(fd) {}
  // nullopt: the end. A last line without its end is a line. Errors: io (also interrupted),
  // too_large.
  [[nodiscard]] Result<std::optional<std::string>> next();

 private:
  int fd_;
  std::string waiting_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace stet::tool
