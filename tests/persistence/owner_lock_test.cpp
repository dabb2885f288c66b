// tests/persistence/owner_lock_test.cpp
// Goal    A store directory has one owner: one object in one process, named to whoever comes
//         second.
// Method  Second paths, second processes, forked children; every refusal is read for its advice.
#include "persistence/src/owner_lock.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <string>

#include "support/temp_dir.hpp"

namespace stet::detail {
namespace {

using test::TempDir;

// The exit code of `body`, run in a forked child.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) std::_Exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool contains(const Error& error, const std::string& what) {
  return error.text.find(what) != std::string::npos;
}

TEST(OwnerLock, IsTakenAndGivenBack) {
  const TempDir directory;
  for (int i = 0; i < 3; ++i) {
    const auto lock = OwnerLock::acquire(directory.path());
    ASSERT_TRUE(lock);
    EXPECT_TRUE((*lock)->is_owner_process());
  }
}

TEST(OwnerLock, TheFileIsPrivateAndNamesThePid) {
  const TempDir directory;
  const auto lock = OwnerLock::acquire(directory.path());
  ASSERT_TRUE(lock);
  struct stat status {};
  ASSERT_EQ(::stat((directory / "owner").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  std::ifstream file(directory / "owner");
  pid_t pid = 0;
  file >> pid;
  EXPECT_EQ(pid, ::getpid());
}

TEST(OwnerLock, ASecondOneInThisProcessIsRefusedByAnyPath) {
  const TempDir directory;
  const auto lock = OwnerLock::acquire(directory.path());
  ASSERT_TRUE(lock);
  const std::string link = directory.path().string() + "-link";
  ASSERT_EQ(::symlink(directory.path().c_str(), link.c_str()), 0);
  for (const std::string& path :
       {directory.path().string(), directory.path().string() + "/.", link}) {
    const auto second = OwnerLock::acquire(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), Errc::already_open);
    EXPECT_TRUE(contains(second.error(), "in this process")) << second.error().text;
  }
  ::unlink(link.c_str());
  // The refused ones did not drop the lock of the first, as a lock of the process would have been.
  EXPECT_EQ(in_child([&] { return OwnerLock::acquire(directory.path()) ? 0 : 1; }), 1);
}

TEST(OwnerLock, ASecondProcessIsToldWhichOneHoldsIt) {
  const TempDir directory;
  const auto lock = OwnerLock::acquire(directory.path());
  ASSERT_TRUE(lock);
  const std::string pid = std::to_string(::getpid());
  EXPECT_EQ(in_child([&] {
              const auto second = OwnerLock::acquire(directory.path());
              if (second || second.error().code != Errc::already_open) return 1;
              return contains(second.error(), "process " + pid) ? 0 : 2;
            }),
            0);
}

TEST(OwnerLock, IsFreeAsSoonAsItsProcessWasKilled) {
  const TempDir directory;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = OwnerLock::acquire(directory.path());
    const char fine = lock ? 'y' : 'n';
    [[maybe_unused]] const ssize_t written = ::write(ends[1], &fine, 1);
    for (;;) ::pause();
  }
  char fine = 'n';
  ASSERT_EQ(::read(ends[0], &fine, 1), 1);
  EXPECT_EQ(fine, 'y');
  EXPECT_FALSE(OwnerLock::acquire(directory.path()));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(OwnerLock::acquire(directory.path()));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(OwnerLock, AForkedChildIsNotTheOwnerAndGivesNothingBack) {
  const TempDir directory;
  auto lock = OwnerLock::acquire(directory.path());
  ASSERT_TRUE(lock);
  EXPECT_EQ(in_child([&] {
              const bool owner = (*lock)->is_owner_process();
              lock.value().reset();
              return owner ? 1 : 0;
            }),
            0);
  EXPECT_EQ(in_child([&] { return OwnerLock::acquire(directory.path()) ? 1 : 0; }), 0);
}

TEST(OwnerLock, AChildThatOutlivesTheOwnerIsNamedAsTheReason) {
  const TempDir directory;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  pid_t owner = ::fork();
  if (owner == 0) {
    const auto lock = OwnerLock::acquire(directory.path());
    const pid_t grandchild = ::fork();
    if (grandchild == 0) {
      for (;;) ::pause();
    }
    [[maybe_unused]] const ssize_t written = ::write(ends[1], &grandchild, sizeof(grandchild));
    std::_Exit(0);
  }
  pid_t grandchild = 0;
  ASSERT_EQ(::read(ends[0], &grandchild, sizeof(grandchild)), ssize_t{sizeof(grandchild)});
  ::waitpid(owner, nullptr, 0);
  const auto refused = OwnerLock::acquire(directory.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::already_open);
  EXPECT_TRUE(contains(refused.error(), "forked from " + std::to_string(owner)))
      << refused.error().text;
  ::kill(grandchild, SIGKILL);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(OwnerLock, WhatIsNoDirectoryIsRefused) {
  const TempDir directory;
  std::ofstream(directory / "file") << "x";
  EXPECT_EQ(OwnerLock::acquire(directory / "file").error(), Errc::invalid_argument);
  EXPECT_EQ(OwnerLock::acquire(directory / "none").error(), Errc::not_found);
}

TEST(OwnerLock, ADirectoryItMayNotWriteToIsRefused) {
  const TempDir directory;
  ASSERT_EQ(::chmod(directory.path().c_str(), 0555), 0);
  EXPECT_EQ(in_child([&] {
              // Root may write anywhere.
              if (::getuid() == 0 && ::setuid(65534) != 0) return 3;
              const auto refused = OwnerLock::acquire(directory.path());
              if (refused || refused.error().code != Errc::io) return 1;
              return contains(refused.error(), "may write") ? 0 : 2;
            }),
            0);
  ::chmod(directory.path().c_str(), 0755);
}

TEST(OwnerLock, NetworkFileSystemsAreKnown) {
  EXPECT_EQ(network_file_system(0x6969), "NFS");
  EXPECT_EQ(network_file_system(0xff534d42), "CIFS");
  EXPECT_EQ(network_file_system(0x65735546), "FUSE");
  EXPECT_EQ(network_file_system(0xef53), "") << "ext4";
  EXPECT_EQ(network_file_system(0x58465342), "") << "xfs";
  EXPECT_EQ(network_file_system(0x9123683e), "") << "btrfs";
  EXPECT_EQ(network_file_system(0x01021994), "") << "tmpfs";
}

}  // namespace
}  // namespace stet::detail
