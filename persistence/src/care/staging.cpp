// persistence/src/care/staging.cpp - made beside, flushed, renamed.
#include "staging.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>

#include "../lmdb/errors.hpp"
#include "../lmdb/generation.hpp"

namespace stet::detail {
namespace {

namespace fs = std::filesystem;

Error place_taken(const fs::path& target) {
  return Error(Errc::already_exists,
               target.string() + " is there already: name a directory that is not there");
}

Result<void> check_place(const fs::path& target) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (error) return system_error(error.value(), "look for room", target);
  if (!fs::is_directory(status)) return place_taken(target);
  const bool is_empty = fs::is_empty(target, error);
  if (error) return system_error(error.value(), "look for room", target);
  return is_empty ? Result<void>() : place_taken(target);
}

}  // namespace

Staging::Staging(fs::path path, fs::path target) noexcept
    : path_(std::move(path)), target_(std::move(target)) {}

Staging::Staging(Staging&& other) noexcept
    : path_(std::exchange(other.path_, {})), target_(std::move(other.target_)) {}

Staging::~Staging() {
  if (path_.empty()) return;
  std::error_code ignored;  // A leftover is a nuisance; the reason was another.
  fs::remove_all(path_, ignored);
}

Result<Staging> Staging::begin(const fs::path& target) {
  std::error_code error;
  fs::path place = fs::absolute(target, error).lexically_normal();
  if (error || target.empty()) {
    return Error(Errc::invalid_argument, "the new store needs the name of a directory");
  }
  if (!place.has_filename()) place = place.parent_path();  // It ended in a slash.
  if (Result<void> is_free = check_place(place); !is_free) return std::move(is_free).error();
  std::string beside =
      (place.parent_path() / ("." + place.filename().string() + ".making-XXXXXX")).string();
  if (::mkdtemp(beside.data()) == nullptr) return system_error(errno, "make the store", place);
  return Staging(std::move(beside), std::move(place));
}

Result<void> Staging::give_name() {
  // A directory takes the place of an empty one only, so nothing is lost to whoever was faster.
  if (::rename(path_.c_str(), target_.c_str()) != 0) {
    const int code = errno;
    if (code == EEXIST || code == ENOTEMPTY || code == ENOTDIR) return place_taken(target_);
    return system_error(code, "name the new store", target_);
  }
  path_.clear();
  return flush_directory(target_.parent_path());
}

}  // namespace stet::detail
