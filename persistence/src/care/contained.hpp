// persistence/src/care/contained.hpp - work in a child process, which may die of it.
//
// Files that nobody vouches for are read there: LMDB maps them, and a page that is damaged or gone
// ends the process that touches it. The child has a copy of the caller's memory, none of its files,
// default signals, and limits; it ends with the caller, and with the work.
//
//   ChildEnd end = run_contained(limits, [&](ToParent& parent) -> Result<void> {...}, hooks);
//
// Threads    Any; of a process with other threads too: fork() runs its pthread_atfork handlers. The
//            work must not touch what other threads may hold: no host object, no inherited file.
// Progress   Blocks until the child has ended.
// Ownership  What the work changes in memory changes in the child. It answers by messages.
// Errors     In ChildEnd. A process that waits for all its children may take away the exit status:
//            then it is not known which signal ended the child, but that it died is.
// Bounds     Memory: private memory beyond what the caller has. Processor time: of the child. A
//            message has message_bytes_max, longer ones are cut.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>

#include <stet/runtime/result.hpp>

namespace stet::detail {

struct ChildLimits {
  // Not address space: maps of files are no memory, and a host may have a terabyte of them.
  std::size_t memory_bytes = std::size_t{1} << 30;
  std::chrono::seconds processor{600};
};

class ToParent {
 public:
  static constexpr std::size_t message_bytes_max = std::size_t{64} << 10;

  explicit ToParent(int fd) noexcept : fd_(fd) {}
  // False: nobody listens any more. The tag is told apart by who receives it; not 0 and not 1.
  bool send(char tag, std::string_view bytes) noexcept;

 private:
  int fd_;
};

using ChildWork = std::function<Result<void>(ToParent& parent)>;

struct ParentHooks {
  // False: enough; the child is ended.
  std::function<bool(char tag, std::string_view bytes)> on_message = {};
  // Called a few times a second.
  std::function<bool()> on_tick = {};
};

struct ChildEnd {
  enum class How : std::uint8_t {
    returned,  // `result` is the work's.
    died,      // By `signal`, 0: not known; `result` says it in words, as corrupt.
    stopped,   // A hook said so.
    never_ran  // `result` says why.
  };
  How how = How::never_ran;
  int signal = 0;
  Result<void> result;
};

[[nodiscard]] ChildEnd run_contained(const ChildLimits& limits, const ChildWork& work,
                                     const ParentHooks& hooks);

}  // namespace stet::detail
