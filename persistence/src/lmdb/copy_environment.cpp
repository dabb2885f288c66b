// persistence/src/lmdb/copy_environment.cpp - one file of 0600, written and flushed.
#include "copy_environment.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <unistd.h>

#include <cerrno>

#include "../unique_fd.hpp"
#include "errors.hpp"
#include "foreign_environment.hpp"
#include "generation.hpp"

namespace stet::detail {

namespace {

// A host that grows its map after it was opened here is met again with the larger one.
constexpr int map_attempts_max = 20;

int copy_into(int file, const std::filesystem::path& from, unsigned flags) {
  for (int attempt = 1;; ++attempt) {
    ForeignEnvironment environment(from);
    int code = environment.open();
    if (code == 0) code = mdb_env_copyfd2(environment.handle(), file, flags);
    if (code != MDB_MAP_RESIZED || attempt == map_attempts_max) return code;
    if (::ftruncate(file, 0) != 0 || ::lseek(file, 0, SEEK_SET) != 0) return errno;
  }
}

}  // namespace

Result<void> copy_environment(const std::filesystem::path& from, const std::filesystem::path& to,
                              bool compact) {
  const UniqueFd file(::open((to / "data.mdb").c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return system_error(errno, "copy", to);
  const unsigned flags = compact ? unsigned{MDB_CP_COMPACT} : 0u;
  if (const int code = copy_into(file.get(), from, flags); code != 0) {
    // What the system says is mostly about what is written, the rest about what is read.
    return lmdb_error(code, "copy", code > 0 && code != ENOENT ? to : from);
  }
  if (::fsync(file.get()) != 0) return system_error(errno, "flush the copy", to);
  return flush_directory(to);
}

}  // namespace stet::detail
