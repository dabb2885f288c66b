// persistence/src/care/staging.hpp - a new directory that appears whole, by one rename, or not at all.
//
// It grows beside its place, as .<name>.making-XXXXXX, and gets its name when all in it is flushed.
// Only a process that is killed leaves it behind.
//
// Threads    One.
// Ownership  Deletes what did not get its name.
// Errors     already_exists: the place is taken, by anything but an empty directory.
//            invalid_argument, io, disk_full.
#pragma once

#include <filesystem>

#include <stet/runtime/result.hpp>

namespace stet::detail {

class Staging {
 public:
  [[nodiscard]] static Result<Staging> begin(const std::filesystem::path& target);
  ~Staging();
  Staging(Staging&& other) noexcept;
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  Staging& operator=(Staging&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  // Requires: what is in it has been flushed.
  [[nodiscard]] Result<void> give_name();

 private:
  Staging(std::filesystem::path path, std::filesystem::path target) noexcept;

  std::filesystem::path path_;  // Empty: nothing to delete.
  std::filesystem::path target_;
};

}  // namespace stet::detail
