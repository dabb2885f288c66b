// persistence/src/care/copy_store.cpp - the files, then a look at what came of them.
#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <stet/persistence/store_care.hpp>

#include "../lmdb/errors.hpp"
#include "../lmdb/generation.hpp"
#include "contained.hpp"
#include "copy_generation.hpp"
#include "problem_message.hpp"
#include "staging.hpp"
#include "store_check.hpp"

namespace stet {
namespace detail {
namespace {

namespace fs = std::filesystem;

// While it runs a host may move to a new generation, and delete the one that is copied.
constexpr int attempts_max = 3;

Result<void> copy_some_generation(const fs::path& store, const fs::path& staging, bool compact) {
  for (int attempt = 1;; ++attempt) {
    const Result<StorePlace> place = find_store(store);
    if (!place) return place.error();
    const fs::path folder =
        StorePlace{staging, place->generation, place->has_journal}.state().parent_path();
    Result<void> done = copy_generation(*place, folder, compact);
    if (done) done = flush_directory(staging);
    if (done || done.error().native != ENOENT || attempt == attempts_max) return done;
    std::error_code error;
    fs::remove_all(folder, error);
    if (error) return system_error(error.value(), "delete what was half copied", staging);
  }
}

Result<VerifyReport> check_copy(const fs::path& staging) {
  const Result<StorePlace> place = find_store(staging);
  if (!place) return place.error();
  StoreProblem first;
  Result<VerifyReport> report = check_store(*place, [&first](const StoreProblem& problem) {
    first = problem;
    return false;
  });
  if (report && report->problems > 0) {
    return Error(Errc::corrupt, "the store is damaged and was not copied: " + first.file + ": " +
                                    first.text +
                                    "; verify names all of it, salvage saves the rest");
  }
  return report;
}

// What is there of a store's files, in bytes; those that are not count nothing.
std::uint64_t bytes_of_files(const fs::path& folder) {
  std::uint64_t sum = 0;
  for (const char* environment : {"journal", "state"}) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(folder / environment / "data.mdb", error);
    if (!error) sum += bytes;
  }
  return sum;
}

}  // namespace
}  // namespace detail

Result<VerifyReport> copy_store(const std::filesystem::path& store,
                                const std::filesystem::path& target, const CopyOptions& options) {
  using namespace detail;
  const Result<StorePlace> place = find_store(store);
  if (!place) return place.error();
  Result<Staging> begun = Staging::begin(target);
  if (!begun) return std::move(begun).error();
  Staging staging = std::move(begun).value();

  VerifyReport report;
  const ChildWork work = [&](ToParent& parent) -> Result<void> {
    if (Result<void> done = copy_some_generation(store, staging.path(), options.compact); !done) {
      return done;
    }
    const Result<VerifyReport> checked = check_copy(staging.path());
    if (!checked) return checked.error();
    parent.send(tag_report, encode_report(*checked));
    return {};
  };
  ParentHooks hooks{.on_message = [&report](char tag, std::string_view bytes) {
    if (tag == tag_report) decode_report(bytes, report);
    return true;
  }};
  const std::uint64_t of = bytes_of_files(place->state().parent_path());
  if (options.on_progress) {
    const std::filesystem::path folder =
        StorePlace{staging.path(), place->generation}.state().parent_path();
    hooks.on_tick = [&options, folder, of] {
      const std::uint64_t bytes = bytes_of_files(folder);
      return options.on_progress({.bytes = bytes, .of = std::max(of, bytes)});
    };
  }
  const ChildEnd end = run_contained(limits_for(*place), work, hooks);
  if (end.how == ChildEnd::How::stopped) return stopped_by_caller();
  if (!end.result) return end.result.error();
  if (Result<void> named = staging.give_name(); !named) return std::move(named).error();
  return report;
}

}  // namespace stet
