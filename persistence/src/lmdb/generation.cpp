// persistence/src/lmdb/generation.cpp - finding, creating and deleting generations.
#include "generation.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../crash_point.hpp"
#include "../unique_fd.hpp"
#include "environment.hpp"
#include "errors.hpp"
#include "failed_commit.hpp"
#include "meta_record.hpp"
#include "transaction.hpp"

namespace stet::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view creating_name = "creating";
// Enough for two meta pages and one record; the real map is chosen when the store is opened.
constexpr std::size_t creation_map_bytes = std::size_t{1} << 20;

std::optional<std::uint64_t> parse_generation(std::string_view name) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size() || number == 0) return std::nullopt;
  // One spelling a number: "01" is somebody else's.
  if (std::to_string(number) != name) return std::nullopt;
  return number;
}

// What is in a directory. Not by std::filesystem's iterator: libstdc++'s ends the process where it
// finds no memory.
Result<std::vector<std::string>> names_in(const fs::path& directory) {
  const auto close = [](DIR* opened) { ::closedir(opened); };
  const std::unique_ptr<DIR, decltype(close)> opened(::opendir(directory.c_str()), close);
  std::vector<std::string> names;
  errno = opened ? 0 : errno;
  while (opened && errno == 0) {
    const dirent* const entry = ::readdir(opened.get());
    if (entry == nullptr) break;
    if (const std::string_view name = entry->d_name; name != "." && name != "..") {
      names.emplace_back(name);
    }
    errno = 0;
  }
  if (errno != 0) return system_error(errno, "list the store", directory);
  return names;
}

Result<void> make_one_directory(const fs::path& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) {
    const fs::path parent = directory.parent_path();
    return flush_directory(parent.empty() ? fs::path(".") : parent);
  }
  const int code = errno;
  if (code == EEXIST) return {};  // What it is, the owner lock finds out.
  if (code == ENOTDIR) {
    return Error(Errc::invalid_argument,
                 directory.string() + " lies below a file: name a directory for the store", code);
  }
  return system_error(code, "make the directory", directory);
}

// An environment of a new generation: opened, given its meta record, flushed, closed. A name, where
// there is one, gets the number 0.
Result<void> create_environment(const fs::path& state, const MetaRecord& meta,
                                std::string_view number_key) {
  Result<std::shared_ptr<Environment>> environment =
      Environment::open({.directory = state,
                         .map_bytes = creation_map_bytes,
                         .readers_max = 1,
                         .grow_wait = std::chrono::milliseconds(0)},
                        nullptr);
  if (!environment) return std::move(environment).error();
  STET_CRASH_POINT("lmdb.create.environment");
  WriteTransaction transaction(**environment);
  int code = transaction.begin();
  if (code == 0) code = transaction.put(meta_key, encode_meta(meta));
  if (code == 0 && !number_key.empty()) code = transaction.put(number_key, encode_number(0));
  if (code == 0) code = transaction.commit();
  // The meta pages of a new file were written without a flush.
  if (code == 0) code = (*environment)->sync();
  // Whatever failed is thrown away; only the advice depends on the cause.
  if (code == EIO && judge_failed_fill(**environment, code, 0) == Outcome::no_room) code = ENOSPC;
  if (code != 0) return lmdb_error(code, "create the store", state);
  return {};
}

}  // namespace

Result<void> make_directory(const fs::path& directory) {
  std::error_code error;
  fs::path absolute = fs::absolute(directory, error).lexically_normal();
  if (error) return system_error(error.value(), "find the directory", directory);
  if (!absolute.has_filename()) absolute = absolute.parent_path();  // It ended in a slash.
  std::vector<fs::path> missing;
  for (fs::path path = absolute; !fs::exists(path, error); path = path.parent_path()) {
    if (error) break;
    missing.push_back(path);
    if (!path.has_relative_path()) break;
  }
  for (auto path = missing.rbegin(); path != missing.rend(); ++path) {
    if (Result<void> made = make_one_directory(*path); !made) return made;
  }
  return {};
}

Result<void> flush_directory(const fs::path& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return system_error(errno, "flush the directory", directory);
  return {};
}

fs::path state_path(const fs::path& directory, std::uint64_t generation) {
  return directory / std::to_string(generation) / "state";
}

fs::path journal_path(const fs::path& directory, std::uint64_t generation) {
  return directory / std::to_string(generation) / "journal";
}

fs::path creating_path(const fs::path& directory) { return directory / creating_name; }

Result<std::optional<std::uint64_t>> highest_generation(const fs::path& directory) {
  const Result<std::vector<std::string>> names = names_in(directory);
  if (!names) return names.error();
  std::error_code error;
  std::optional<std::uint64_t> highest;
  std::string stranger;
  for (const std::string& name : *names) {
    const auto number = parse_generation(name);
    if (number && fs::is_directory(directory / name, error)) {
      highest = std::max(highest.value_or(0), *number);
    } else if (name != "owner" && name != creating_name && name != "lost+found" && name[0] != '.') {
      stranger = name;
    }
  }
  if (!highest && !stranger.empty()) {
    return Error(Errc::invalid_argument, directory.string() + " holds '" + stranger +
                                             "' and no store: name an empty or a new directory");
  }
  return highest;
}

Result<void> create_first_generation(const fs::path& directory, StoreMode mode) {
  STET_CRASH_POINT("lmdb.create.before");
  constexpr std::uint64_t generation = 1;
  const fs::path creating = creating_path(directory);
  const fs::path state = creating / "state";
  const fs::path journal = creating / "journal";
  const bool has_journal = mode == StoreMode::journal;
  Result<std::array<std::byte, 16>> id = make_store_id();
  if (!id) return std::move(id).error();
  const MetaRecord meta{.generation = generation, .store_id = *id};
  std::error_code error;
  fs::remove_all(creating, error);
  if (error) return system_error(error.value(), "delete an unfinished store", creating);

  Result<void> done = make_one_directory(creating);
  if (done) done = make_one_directory(state);
  if (done) done = create_environment(state, meta, has_journal ? mark_key : std::string_view());
  if (done) done = flush_directory(state);
  if (done && has_journal) {
    STET_CRASH_POINT("journal.create.state");
    done = make_one_directory(journal);
    if (done) done = create_environment(journal, meta, cut_key);
    if (done) done = flush_directory(journal);
  }
  if (done) done = flush_directory(creating);
  if (done) {
    STET_CRASH_POINT("lmdb.create.before_rename");
    const fs::path final_path = directory / std::to_string(generation);
    if (::rename(creating.c_str(), final_path.c_str()) != 0) {
      done = system_error(errno, "create the store", final_path);
    }
  }
  if (!done) {
    fs::remove_all(creating, error);  // Else the next open does.
    return done;
  }
  STET_CRASH_POINT("lmdb.create.after_rename");
  done = flush_directory(directory);
  STET_CRASH_POINT("lmdb.create.after");
  return done;
}

void sweep_generations(const fs::path& directory, std::uint64_t keep) {
  STET_CRASH_POINT("lmdb.open.before_sweep");
  const Result<std::vector<std::string>> names = names_in(directory);
  if (!names) return;  // The next open tries again.
  std::error_code ignored;
  for (const std::string& name : *names) {
    const fs::path path = directory / name;
    const auto number = parse_generation(name);
    // Only what looks like a generation of ours, whatever else a number may name here.
    const bool ours = number && *number < keep && fs::exists(path / "state" / "data.mdb", ignored);
    if (ours || name == creating_name) fs::remove_all(path, ignored);
  }
}

}  // namespace stet::detail
