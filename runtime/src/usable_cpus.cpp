// runtime/src/usable_cpus.cpp - affinity mask and cgroup quota.
#include "usable_cpus.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

namespace stet::detail {
namespace {

// The start of a small file; empty when it cannot be read.
std::string read_small(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  char buffer[4096];
  const ssize_t bytes = ::read(file, buffer, sizeof buffer);
  ::close(file);
  return bytes > 0 ? std::string(buffer, static_cast<std::size_t>(bytes)) : std::string();
}

// CPUs allowed by "quota period" in microseconds, rounded up; 0: no limit.
unsigned from_quota(long long quota, long long period) noexcept {
  if (quota <= 0 || period <= 0) return 0;
  return static_cast<unsigned>((quota + period - 1) / period);
}

unsigned quota_v2(const std::string& directory) {
  const std::string text = read_small(directory + "/cpu.max");  // "max 100000" or "150000 100000"
  if (text.empty() || text.compare(0, 3, "max") == 0) return 0;
  char* rest = nullptr;
  const long long quota = std::strtoll(text.c_str(), &rest, 10);
  return from_quota(quota, std::strtoll(rest, nullptr, 10));
}

unsigned quota_v1(const std::string& directory) {
  const std::string quota = read_small(directory + "/cpu.cfs_quota_us");
  const std::string period = read_small(directory + "/cpu.cfs_period_us");
  if (quota.empty() || period.empty()) return 0;
  return from_quota(std::strtoll(quota.c_str(), nullptr, 10),
                    std::strtoll(period.c_str(), nullptr, 10));
}

// The least limit of a group and those around it: a parent's quota binds too. Bounded by the depth of
// the path. In a container the path may be that of the host, whose upper part is not there; the
// container's own group is then the mount itself.
template <class Quota>
unsigned least_on_the_way(const std::string& mount, std::string path, Quota&& quota) {
  unsigned least = 0;
  for (;;) {
    if (const unsigned cpus = quota(mount + path); cpus != 0) {
      least = least == 0 ? cpus : std::min(least, cpus);
    }
    if (path.size() <= 1) return least;
    path.resize(std::max<std::size_t>(path.find_last_of('/'), 1));
  }
}

// Is "cpu" among "cpu,cpuacct"?
bool names_cpu(std::string_view controllers) {
  while (!controllers.empty()) {
    const auto comma = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, comma) == "cpu") return true;
    controllers.remove_prefix(std::min(comma + 1, controllers.size()));
  }
  return false;
}

}  // namespace

unsigned cgroup_cpus(std::string_view membership, const std::string& mount) {
  unsigned least = 0;
  const auto limit = [&](unsigned cpus) {
    if (cpus != 0) least = least == 0 ? cpus : std::min(least, cpus);
  };
  bool has_cpu_v1 = false;
  // Lines "number:controllers:path"; version 2 is number 0 with no controllers.
  while (!membership.empty()) {
    const auto end = std::min(membership.find('\n'), membership.size());
    const std::string_view line = membership.substr(0, end);
    membership.remove_prefix(std::min(end + 1, membership.size()));
    const auto first = line.find(':');
    const auto second = first == line.npos ? first : line.find(':', first + 1);
    if (second == line.npos || line.substr(second + 1, 1) != "/") continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string path(line.substr(second + 1));
    if (line.substr(0, first) == "0" && controllers.empty()) {
      limit(least_on_the_way(mount, path, quota_v2));
    } else if (names_cpu(controllers)) {
      has_cpu_v1 = true;
      // Mounted under the name of all its controllers, with a link for each; so one of the two.
      limit(least_on_the_way(mount + "/cpu", path, quota_v1));
      limit(least_on_the_way(mount + "/" + std::string(controllers), path, quota_v1));
    }
  }
  if (!has_cpu_v1) limit(quota_v1(mount + "/cpu"));
  return least;
}

unsigned allowed_cpus() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
  }
  const long online = ::sysconf(_SC_NPROCESSORS_ONLN);  // More than a cpu_set_t holds.
  return online > 0 ? static_cast<unsigned>(online) : 1;
}

unsigned usable_cpus() noexcept {
  unsigned cpus = allowed_cpus();
  try {
    const std::string membership = read_small("/proc/self/cgroup");
    if (const unsigned quota = cgroup_cpus(membership, "/sys/fs/cgroup"); quota != 0)
      cpus = std::min(cpus, quota);
  } catch (...) {
    // No memory to read the quota: the mask alone is a safe answer.
  }
  return std::max(cpus, 1U);
}

}  // namespace stet::detail
