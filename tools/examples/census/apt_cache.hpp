// tools/examples/census/apt_cache.hpp - `apt-cache dumpavail` as a child process with a pipe.
//
// Threads    Any.
// Ownership  The caller closes the descriptor and waits for the child.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include <stet/runtime/result.hpp>

namespace census {

struct AptCache {
  int descriptor = -1;  // The end of the pipe to read.
  pid_t child = -1;
};

// Errors: io, with the reason.
[[nodiscard]] stet::Result<AptCache> spawn_apt_cache();

// Waits for the child. Empty: it ended well; else how it failed, as a sentence's second half.
[[nodiscard]] std::string wait_for_child(pid_t child);

// About how many bytes apt-cache will print, from the size of its package lists; 0: no idea.
[[nodiscard]] std::uint64_t apt_cache_bytes_estimated() noexcept;

}  // namespace census
