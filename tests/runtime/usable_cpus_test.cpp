// tests/runtime/usable_cpus_test.cpp
// Goal    No more workers than the affinity mask and the cgroup's quota allow, and at least one.
// Method  A thread narrows its own mask. Quotas of version 1 and 2 in a folder that looks like the
//         mounted file systems.
#include "runtime/src/usable_cpus.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "runtime/samples.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::usable_cpus_test {

TEST(UsableCpus, LieBetweenOneAndTheHardware) {
  EXPECT_GE(detail::usable_cpus(), 1U);
  EXPECT_LE(detail::usable_cpus(), std::max(std::thread::hardware_concurrency(), 1U));
}

TEST(UsableCpus, FollowTheAffinityMask) {
  unsigned counted = 0;
  unsigned workers = 0;
  std::thread([&] {
    cpu_set_t set;
    CPU_ZERO(&set);
    ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &set)) ++cpu;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    ASSERT_EQ(sched_setaffinity(0, sizeof set, &set), 0);
    counted = detail::usable_cpus();
    const System system;
    workers = system.workers();
  }).join();
  EXPECT_EQ(counted, 1U);
  EXPECT_EQ(workers, 1U);
}

TEST(UsableCpus, AreTheWorkersOfASystemThatLeavesTheirNumberOpen) {
  const System system;
  EXPECT_EQ(system.workers(), detail::usable_cpus());
}

class Quota : public ::testing::Test {
 protected:
  void put(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = directory_.path().string() + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  [[nodiscard]] unsigned cpus(std::string_view membership) const {
    return detail::cgroup_cpus(membership, directory_.path().string());
  }

 private:
  const TempDir directory_;
};

TEST_F(Quota, IsNoneWhereNothingIsMounted) {
  EXPECT_EQ(cpus("0::/\n"), 0U);
  EXPECT_EQ(cpus(""), 0U);
  EXPECT_EQ(cpus("nonsense\n0\n::\n0::relative"), 0U);
}

TEST_F(Quota, OfVersionTwoIsRoundedUp) {
  put("/cpu.max", "150000 100000\n");
  EXPECT_EQ(cpus("0::/\n"), 2U);
  put("/cpu.max", "50000 100000\n");
  EXPECT_EQ(cpus("0::/\n"), 1U);
  put("/cpu.max", "max 100000\n");
  EXPECT_EQ(cpus("0::/\n"), 0U);
  put("/cpu.max", "");
  EXPECT_EQ(cpus("0::/\n"), 0U);
}

TEST_F(Quota, OfVersionTwoIsTheLeastOnTheWayUp) {
  put("/a/cpu.max", "300000 100000\n");
  put("/a/b/cpu.max", "max 100000\n");
  put("/a/b/c/cpu.max", "800000 100000\n");
  EXPECT_EQ(cpus("0::/a/b/c\n"), 3U);
  put("/cpu.max", "200000 100000\n");
  EXPECT_EQ(cpus("0::/a/b/c\n"), 2U);
  put("/a/b/c/cpu.max", "100000 100000\n");
  EXPECT_EQ(cpus("0::/a/b/c\n"), 1U);
}

TEST_F(Quota, OfVersionOneIsTheLeastOnTheWayUp) {
  put("/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  put("/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  put("/cpu,cpuacct/slice/job/cpu.cfs_quota_us", "400000\n");
  put("/cpu,cpuacct/slice/job/cpu.cfs_period_us", "100000\n");
  const char* const membership =
      "5:memory:/slice/job\n4:cpu,cpuacct:/slice/job\n3:cpuset:/\n1:name=systemd:/slice/job\n";
  EXPECT_EQ(cpus(membership), 4U);
  put("/cpu,cpuacct/slice/cpu.cfs_quota_us", "250000\n");
  put("/cpu,cpuacct/slice/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpus(membership), 3U);
}

TEST_F(Quota, OfVersionOneIsFoundInAContainerThatSeesItsHostsPath) {
  put("/cpu/cpu.cfs_quota_us", "200000\n");
  put("/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpus("4:cpu,cpuacct:/docker/0123456789\n"), 2U);
  EXPECT_EQ(cpus(""), 2U) << "without a word on what it belongs to";
}

TEST_F(Quota, IsTheLeastOfBothVersions) {
  put("/cpu.max", "300000 100000\n");
  put("/cpu/cpu.cfs_quota_us", "200000\n");
  put("/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpus("4:cpu:/\n0::/\n"), 2U);
}

TEST_F(Quota, OfAGroupOfAnotherControllerDoesNotCount) {
  put("/cpuset/cpu.cfs_quota_us", "100000\n");
  put("/cpuset/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpus("4:cpuset,cpuacct:/\n10::/none\n"), 0U);
}

}  // namespace stet::test::usable_cpus_test
