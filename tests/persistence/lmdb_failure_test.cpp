// tests/persistence/lmdb_failure_test.cpp
// Goal    A full disk is a clean error: reads go on, erasing goes through, writes resume when there
//         is room, and nothing ends the process.
// Method  A limit on file sizes in a forked child (needs no rights), and a small tmpfs (needs
//         root).
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "support/temp_dir.hpp"

namespace stet::detail {
namespace {

using test::TempDir;

// Runs `body` in a child and says how it ended: a signal would be the finding.
testing::AssertionResult in_child(const std::function<std::string()>& body) {
  int ends[2];
  if (::pipe(ends) != 0) return testing::AssertionFailure() << "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    const std::string wrong = body();
    [[maybe_unused]] const ssize_t written = ::write(ends[1], wrong.data(), wrong.size());
    std::_Exit(wrong.empty() ? 0 : 1);
  }
  ::close(ends[1]);
  std::string wrong;
  char buffer[512];
  for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof(buffer))) > 0;) {
    wrong.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status == 0) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << (WIFSIGNALED(status) ? "killed by signal " + std::to_string(WTERMSIG(status)) : wrong);
}

std::string key_of(int n) { return "/record/" + std::to_string(100000 + n); }

// Fills the store until it is refused, erases, and fills again. What is wrong, or empty.
// `make_room` and `take_room` change the world outside.
std::string fill_erase_resume(Engine& engine, const std::function<void()>& make_room,
                              std::size_t value_bytes) {
  const std::string value(value_bytes, 'v');
  const auto put = [&](int n) {
    return engine.commit({{Operation::put(key_of(n), value)}},
                         n % 2 == 0 ? Flush::full : Flush::process);
  };
  int stored = 0;
  Error full;
  for (; stored < 100000; ++stored) {
    auto done = put(stored);
    if (done) continue;
    full = done.error();
    break;
  }
  if (full.code != Errc::disk_full) return "not disk_full but " + full.message();
  if (engine.poisoned()) return "poisoned by a full disk";
  if (stored < 10) return "full after " + std::to_string(stored) + " records";

  // All that was acknowledged is there, and only that.
  {
    auto view = engine.view();
    if (!view) return "no view on a full disk: " + view.error().message();
    auto cursor = (*view)->scan("/", {});
    int found = 0;
    while ((*cursor)->next().value()) {
      if ((*cursor)->key() != key_of(found) || (*cursor)->value() != value)
        return "a record is wrong";
      ++found;
    }
    if (found != stored) return std::to_string(found) + " of " + std::to_string(stored);
  }
  // It stays full, and stays clean.
  for (int i = 0; i < 3; ++i) {
    const auto again = put(stored);
    if (again || again.error().code != Errc::disk_full) return "the second refusal differs";
  }
  // What frees goes through, and its room can be used: part of it, as pages split in halves and
  // some room is kept for the next erase.
  for (int n = 0; n < stored / 2; ++n) {
    const auto erased = engine.commit({{Operation::erase(key_of(n))}}, Flush::full);
    if (!erased) return "an erase failed: " + erased.error().message();
  }
  for (int n = 0; n < stored / 8; ++n) {
    const auto done = put(n);
    if (!done) return "no write after an erase: " + done.error().message();
  }
  make_room();
  for (int n = stored; n < stored + 50; ++n) {
    const auto done = put(n);
    if (!done) return "writes did not resume: " + done.error().message();
  }
  return {};
}

class FullDisk : public testing::TestWithParam<std::size_t> {};

TEST_P(FullDisk, ALimitOnFileSizesIsACleanError) {
  const TempDir directory = TempDir::in_memory();  // Thousands of flushes.
  EXPECT_TRUE(in_child([&]() -> std::string {
    ::signal(SIGXFSZ, SIG_IGN);
    auto engine = open_lmdb_engine({.directory = directory / "store"});
    if (!engine) return engine.error().message();
    // Not a multiple of a page, so that a write can end in the middle of one.
    rlimit limit{2'000'100, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return "no limit";
    return fill_erase_resume(
        **engine,
        [] {
          const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
          ::setrlimit(RLIMIT_FSIZE, &none);
        },
        GetParam());
  }));
}

class SmallDisk {
 public:
  SmallDisk() : mounted_(::mount("stet-test", path().c_str(), "tmpfs", 0, "size=4m") == 0) {}
  ~SmallDisk() {
    if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }

 private:
  const TempDir directory_;
  const bool mounted_;
};

TEST_P(FullDisk, AFullFileSystemIsACleanError) {
  const SmallDisk disk;
  if (!disk.mounted()) GTEST_SKIP() << "SKIPPED: mounting a small tmpfs needs root";
  EXPECT_TRUE(in_child([&]() -> std::string {
    auto engine = open_lmdb_engine({.directory = disk.path() / "store"});
    if (!engine) return engine.error().message();
    // Half of it belongs to somebody else, who goes away later.
    std::ofstream(disk.path() / "other") << std::string(2'000'000, 'x');
    return fill_erase_resume(
        **engine, [&] { std::filesystem::remove(disk.path() / "other"); }, GetParam());
  }));
}

// Single pages; runs of pages written at once, which come back short; values on overflow pages.
INSTANTIATE_TEST_SUITE_P(ValueBytes, FullDisk, testing::Values(300, 1500, 30'000),
                         [](const auto& value) { return std::to_string(value.param); });

TEST(FullDiskAtCreation, LeavesNothingHalfMade) {
  const TempDir directory;
  EXPECT_TRUE(in_child([&]() -> std::string {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{10'000, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return "no limit";
    const auto engine = open_lmdb_engine({.directory = directory / "store"});
    if (engine) return "it was created on a full disk";
    if (engine.error().code != Errc::disk_full) return "not disk_full: " + engine.error().message();
    return {};
  }));
  EXPECT_FALSE(std::filesystem::exists(directory / "store" / "1"));
  EXPECT_FALSE(std::filesystem::exists(directory / "store" / "creating"));
  EXPECT_TRUE(open_lmdb_engine({.directory = directory / "store"}));
}

}  // namespace
}  // namespace stet::detail
