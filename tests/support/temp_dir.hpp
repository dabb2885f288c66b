// tests/support/temp_dir.hpp - a directory of a test's own, gone when the test is.
//
// It lies below $TMPDIR, else /tmp: a disk, or whatever the host calls one. A test that wants
// memory asks for TempDir::in_memory(), which takes /dev/shm where that can be written.
//
// Threads    One.
// Ownership  Removes the directory and all below it on destruction, also in a failed test; a test
//            program that is killed leaves it behind, named stet-test-*.
// Errors     No directory can be made: the test program ends with a sentence.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace stet::test {

class TempDir {
 public:
  TempDir() : TempDir(parent_from_environment()) {}
  TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  TempDir& operator=(TempDir&&) = delete;

  ~TempDir() {
    if (path_.empty()) return;
    std::error_code ignored;  // A leftover is a nuisance, not a failure of what was tested.
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] static TempDir in_memory() {
    if (::access("/dev/shm", W_OK | X_OK) == 0) return TempDir("/dev/shm");
    return {};
  }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const {
    return path_ / name;
  }

 private:
  explicit TempDir(const std::string& parent) {
    std::string name = parent + "/stet-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      std::fprintf(stderr, "no temporary directory in %s: %s\n", parent.c_str(),
                   std::strerror(errno));
      std::exit(2);
    }
    path_ = std::move(name);
  }

  static std::string parent_from_environment() {
    const char* parent = std::getenv("TMPDIR");
    return parent == nullptr || *parent == '\0' ? "/tmp" : parent;
  }

  std::filesystem::path path_;
};

}  // namespace stet::test
