// tools/stet/store_load.cpp - `stet store load`: a new store of a dump, all or nothing.
//
// It grows in a directory beside, .<name>.loading-XXXXXX, and gets its name by one rename when all
// of it has been checked and flushed. Only a load that is killed leaves that directory behind.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "persistence/src/lmdb/generation.hpp"
#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "persistence/src/lmdb/lmdb_reader.hpp"
#include "persistence/src/unique_fd.hpp"
#include "record_line.hpp"
#include "standard_io.hpp"
#include "store_commands.hpp"

namespace stet::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t batch_bytes_max = std::size_t{4} << 20;

Error system_failure(const std::string& doing, int code) {
  return Error(Errc::io, "cannot " + doing + ": " + std::generic_category().message(code), code);
}

Error taken(const fs::path& directory) {
  const Result<std::optional<pid_t>> holder = detail::store_holder(directory);
  const std::string name = directory.string();
  const std::string advice = ": load makes a new store, name a directory that is not there";
  if (holder && holder->has_value()) {
    const std::string process =
        **holder > 0 ? "process " + std::to_string(**holder) : "another process";
    return Error(Errc::already_open, "the store in " + name + " is open in " + process + advice);
  }
  return Error(Errc::already_exists, name + " is there already and not empty" + advice);
}

// An empty directory may be there.
Result<void> check_free(const fs::path& directory) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(directory, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (error) return system_failure("look at " + directory.string(), error.value());
  if (!fs::is_directory(status)) {
    return Error(Errc::already_exists, directory.string() + " is there and is no directory");
  }
  const bool is_empty = fs::is_empty(directory, error);
  if (error) return system_failure("look into " + directory.string(), error.value());
  return is_empty ? Result<void>() : taken(directory);
}

// Collects records and commits them in groups; flushes at the end.
class Loader {
 public:
  explicit Loader(detail::Engine& engine) : engine_(engine) {}

  Result<void> add(std::pair<std::string, std::string> record) {
    bytes_ += record.first.size() + record.second.size();
    records_.push_back(std::move(record));
    return bytes_ < batch_bytes_max ? Result<void>() : commit();
  }
  Result<void> finish() {
    if (Result<void> done = commit(); !done) return done;
    return engine_.flush();
  }

 private:
  Result<void> commit() {
    std::vector<detail::Operation> operations;
    operations.reserve(records_.size());
    for (const auto& [key, value] : records_) {
      operations.push_back(detail::Operation::put(key, value));
    }
    // A power cut before the end costs nothing that was promised.
    const auto done = engine_.commit(operations, detail::Flush::process);
    if (!done) return done.error();
    records_.clear();
    bytes_ = 0;
    return {};
  }

  detail::Engine& engine_;
  std::vector<std::pair<std::string, std::string>> records_;
  std::size_t bytes_ = 0;
};

Error wrong_input(std::uint64_t line, const std::string& why) {
  return Error(Errc::invalid_argument, "line " + std::to_string(line) + " of the dump: " + why);
}

Result<std::uint64_t> load_lines(LineInput& input, Loader& loader) {
  std::uint64_t number = 1;
  std::string last;
  auto head = input.next();
  if (!head) return std::move(head).error();
  if (!head->has_value() || **head != dump_head) {
    return wrong_input(number, "it is not what stet store dump begins with");
  }
  for (std::uint64_t records = 0;; ++records) {
    ++number;
    const auto line = input.next();
    if (!line) return wrong_input(number, line.error().text);
    if (!line->has_value()) return wrong_input(number, "it is missing: the dump is cut short");
    if (**line == "{\"records\":" + std::to_string(records) + "}") {
      const auto behind = input.next();
      if (!behind) return wrong_input(number + 1, behind.error().text);
      if (behind->has_value()) return wrong_input(number + 1, "it follows the end");
      return records;
    }
    if ((*line)->starts_with("{\"records\":")) {
      return wrong_input(number, "it counts other than the " + std::to_string(records) +
                                     " records before it: some are missing or too many");
    }
    auto record = parse_record_line(**line);
    if (!record) return wrong_input(number, record.error().text);
    if (record->first <= last) {
      return wrong_input(number, "its key does not follow that of the line before");
    }
    last = record->first;
    if (Result<void> added = loader.add(std::move(record).value()); !added) {
      return std::move(added).error();
    }
  }
}

Result<std::uint64_t> load_into(const fs::path& directory, LineInput& input) {
  const auto engine = detail::open_lmdb_engine({.directory = directory});
  if (!engine) return engine.error();
  Loader loader(**engine);
  Result<std::uint64_t> records = load_lines(input, loader);
  if (records) {
    if (Result<void> done = loader.finish(); !done) return std::move(done).error();
  }
  return records;
}

Result<void> give_name(const fs::path& from, const fs::path& to) {
  // A directory takes the place of an empty one only, so nothing is lost to whoever was faster.
  if (::rename(from.c_str(), to.c_str()) != 0) {
    const int code = errno;
    if (code == EEXIST || code == ENOTEMPTY) return taken(to);
    return system_failure("name the new store " + to.string(), code);
  }
  return detail::flush_directory(to.parent_path());
}

Result<std::uint64_t> load(const fs::path& directory, int input_fd) {
  if (Result<void> is_free = check_free(directory); !is_free) return std::move(is_free).error();
  std::string beside =
      (directory.parent_path() / ("." + directory.filename().string() + ".loading-XXXXXX"))
          .string();
  if (::mkdtemp(beside.data()) == nullptr) return system_failure("make " + beside, errno);
  LineInput input(input_fd);
  Result<std::uint64_t> records = load_into(beside, input);
  if (records && !is_interrupted()) {
    if (Result<void> named = give_name(beside, directory); named)
      return records;
    else
      records = std::move(named).error();
  }
  std::error_code ignored;  // A leftover is a nuisance; the reason was another.
  fs::remove_all(beside, ignored);
  return records;
}

}  // namespace

int store_load(const CommandLine& line) {
  std::error_code error;
  fs::path directory = fs::absolute(line.directory, error).lexically_normal();
  if (error) return complain(system_failure("find the directory", error.value()));
  if (!directory.has_filename()) directory = directory.parent_path();  // It ended in a slash.

  detail::UniqueFd file;
  if (line.input != "-") {
    file = detail::UniqueFd(::open(line.input.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return complain(system_failure("open " + line.input, errno));
  }
  const Result<std::uint64_t> records = load(directory, file ? file.get() : STDIN_FILENO);
  if (!records) {
    // Whatever is wrong with the input is no finding about a store.
    (void)complain(records.error());
    return exit_environment;
  }
  std::cerr << "stet: " << *records << " records loaded into " << directory.string() << '\n';
  return exit_fine;
}

}  // namespace stet::tool
