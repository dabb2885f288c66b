// tools/examples/census/input.hpp - where the census reads from: apt-cache, a file, a pipe.
//
// Bytes can be read a second time: a regular file is rewound, anything else is copied to an
// unlinked temporary file while it is read, from keep() to forget().
//
// Threads    One.
// Ownership  Owns the descriptor, the temporary file and the apt-cache process; an unfinished
//            apt-cache is ended and waited for on destruction.
// Errors     open(): not_found, invalid_argument (a directory), io. read(): io, also when apt-cache
//            fails after it has printed something: what came may be incomplete.
// Bounds     The copy is as long as what was read since keep(); on disk, never in memory.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <stet/runtime/result.hpp>

namespace census {

class Input {
 public:
  // "": what `apt-cache dumpavail` prints, or /var/lib/dpkg/status where it prints nothing.
  // "-": standard input. Else a path.
  [[nodiscard]] static stet::Result<Input> open(std::string_view source);
  // What open("") falls back to; `reason` becomes part of notice().
  [[nodiscard]] static stet::Result<Input> open_status(std::string_view reason);
  // Takes the descriptor; for tests, and for open().
  [[nodiscard]] static Input from_descriptor(int descriptor, std::string name);

  Input(Input&& other) noexcept;
  Input& operator=(Input&& other) noexcept;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input();

  // Fills the front of `into`, at least one byte; 0 is the end of input.
  [[nodiscard]] stet::Result<std::size_t> read(std::span<char> into);

  // Called before each read of the source, and every `pulse_interval` while that has nothing to
  // read. Its error becomes read()'s. {}: nobody.
  void set_pulse(std::function<stet::Result<void>()> pulse) { pulse_ = std::move(pulse); }
  static constexpr std::chrono::milliseconds pulse_interval{200};

  // From now on rewind() works. Requires: nothing was read yet. Errors: io, disk_full.
  [[nodiscard]] stet::Result<void> keep();
  // The next read() begins at the first byte again. Requires: keep(), not forget().
  [[nodiscard]] stet::Result<void> rewind();
  // Nobody will rewind: what is read from now on is not copied any more.
  void forget() noexcept;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  // One sentence for the user, empty if there is nothing to say.
  [[nodiscard]] const std::string& notice() const noexcept { return notice_; }
  // True: apt-cache is being read, and open_status() may stand in when read() fails.
  [[nodiscard]] bool is_apt_cache() const noexcept { return from_apt_cache_; }
  // The length of all input, for an estimate of the time left; 0: unknown.
  [[nodiscard]] std::uint64_t bytes_estimated() const noexcept { return bytes_estimated_; }

 private:
  Input() = default;

  void close() noexcept;
  [[nodiscard]] stet::Result<std::size_t> read_source(std::span<char> into);
  [[nodiscard]] stet::Result<void> copy(std::span<const char> bytes);
  [[nodiscard]] stet::Result<void> wait();
  [[nodiscard]] stet::Result<void> reap();

  int descriptor_ = -1;
  int copy_descriptor_ = -1;
  pid_t child_ = -1;
  bool regular_ = false;
  bool copying_ = false;
  bool from_apt_cache_ = false;
  std::int64_t start_ = 0;            // Where a regular file stood when we got it.
  std::uint64_t copied_bytes_ = 0;    // In the temporary file.
  std::uint64_t replayed_bytes_ = 0;  // Of those, given out again since the last rewind().
  std::uint64_t bytes_estimated_ = 0;
  std::string head_;  // apt-cache's first bytes: read by open() to see that there are any.
  std::string name_;
  std::string notice_;
  std::function<stet::Result<void>()> pulse_;
};

}  // namespace census
