// persistence/src/care/copy_generation.cpp - journal, then state.
#include "copy_generation.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "../lmdb/copy_environment.hpp"
#include "../lmdb/errors.hpp"
#include "../lmdb/generation.hpp"

namespace stet::detail {
namespace {

Result<void> make_new_directory(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) return {};
  return system_error(errno, "make the directory", directory);
}

}  // namespace

// The journal first: the state, copied later, then has all that was cut from it meanwhile. Its mark
// may be ahead of the copied journal's last entry; an engine that opens the copy expects that.
Result<void> copy_generation(const StorePlace& from, const std::filesystem::path& folder,
                             bool compact) {
  Result<void> done = make_new_directory(folder);
  if (done && from.has_journal) {
    done = make_new_directory(folder / "journal");
    if (done) done = copy_environment(from.journal(), folder / "journal", compact);
  }
  if (done) done = make_new_directory(folder / "state");
  if (done) done = copy_environment(from.state(), folder / "state", compact);
  if (done) done = flush_directory(folder);
  return done;
}

}  // namespace stet::detail
