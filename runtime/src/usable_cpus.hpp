// runtime/src/usable_cpus.hpp - how many CPUs this process may really use.
#pragma once

#include <string>
#include <string_view>

namespace stet::detail {

// The affinity mask's count, lowered to the cgroup's CPU quota (version 2 and 1, rounded up); at
// least 1. Reads the quotas of the process's own cgroup and of those around it, and nothing else.
[[nodiscard]] unsigned usable_cpus() noexcept;

// The affinity mask's count alone; reads no file.
[[nodiscard]] unsigned allowed_cpus() noexcept;

// The least quota for a process with this /proc/self/cgroup, in CPUs rounded up; 0: there is none.
// `mount`: where the cgroup file systems are. Throws std::bad_alloc.
[[nodiscard]] unsigned cgroup_cpus(std::string_view membership, const std::string& mount);

}  // namespace stet::detail
