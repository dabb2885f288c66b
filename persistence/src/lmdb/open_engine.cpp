// persistence/src/lmdb/open_engine.cpp - opening a store directory.
#include <algorithm>
#include <string>
#include <utility>

#include "../crash_point.hpp"
#include "../owner_lock.hpp"
#include "direct_engine.hpp"
#include "environment.hpp"
#include "errors.hpp"
#include "generation.hpp"
#include "journal_engine.hpp"
#include "lmdb_engine.hpp"
#include "meta_record.hpp"
#include "open_generation.hpp"
#include "transaction.hpp"

namespace stet::detail {
namespace {

// Reads and checks the meta record of an environment that was just opened.
Result<MetaRecord> read_meta(const std::shared_ptr<Environment>& environment,
                             std::uint64_t generation) {
  ReadTransaction transaction(environment);
  std::string_view bytes;
  int code = transaction.begin();
  if (code == 0) code = transaction.get(meta_key, bytes);
  if (code == MDB_NOTFOUND) {
    return Error(Errc::corrupt, environment->directory().string() +
                                    " has no meta record: it is not a store, or a damaged one");
  }
  if (code != 0) return lmdb_error(code, "open", environment->directory());
  Result<MetaRecord> meta = decode_meta(bytes);
  if (meta && meta->generation != generation) {
    return Error(Errc::corrupt, "the folder says generation " + std::to_string(generation) +
                                    ", the files in it say " + std::to_string(meta->generation) +
                                    ": they were mixed up; restore the store from a copy");
  }
  return meta;
}

// nullopt: it has none, and is a store in direct mode.
Result<std::optional<CommitNumber>> read_mark(const std::shared_ptr<Environment>& environment) {
  ReadTransaction transaction(environment);
  std::string_view bytes;
  int code = transaction.begin();
  if (code == 0) code = transaction.get(mark_key, bytes);
  if (code == MDB_NOTFOUND) return std::optional<CommitNumber>();
  if (code != 0) return lmdb_error(code, "open", environment->directory());
  const Result<CommitNumber> mark = decode_number(bytes);
  if (!mark) return mark.error();
  return std::optional(*mark);
}

struct Opened {
  std::shared_ptr<Environment> environment;
  MetaRecord meta;
};

Result<Opened> open_one(const std::filesystem::path& place, std::uint64_t generation,
                        const LmdbOptions& options, std::size_t map_bytes_max,
                        const std::shared_ptr<const OwnerLock>& owner) {
  // LMDB would make an empty file where the data is missing, and all would look well.
  std::error_code error;
  const std::uintmax_t data_bytes = std::filesystem::file_size(place / "data.mdb", error);
  if (error || data_bytes == 0) {
    return Error(Errc::corrupt,
                 place.string() + " has lost its data.mdb: restore the store from a copy",
                 error.value());
  }
  Result<std::shared_ptr<Environment>> environment =
      Environment::open({.directory = place,
                         .map_bytes = std::min(options.map_bytes, map_bytes_max),
                         .readers_max = options.readers_max,
                         .grow_wait = options.grow_wait},
                        owner);
  if (!environment) return std::move(environment).error();
  const Result<MetaRecord> meta = read_meta(*environment, generation);
  if (!meta) return meta.error();
  return Opened{std::move(environment).value(), *meta};
}

}  // namespace

Result<std::unique_ptr<LmdbEngine>> open_generation(const LmdbOptions& options,
                                                    std::uint64_t generation,
                                                    const std::shared_ptr<const OwnerLock>& owner) {
  const std::filesystem::path& directory = options.directory;
  Result<Opened> state = open_one(state_path(directory, generation), generation, options,
                                  options.map_bytes_max, owner);
  if (!state) return std::move(state).error();
  // What the store is, it says itself; the option is for new ones.
  const Result<std::optional<CommitNumber>> mark = read_mark(state->environment);
  if (!mark) return mark.error();
  const std::filesystem::path journal_directory = journal_path(directory, generation);
  Opened journal;
  if (mark->has_value()) {
    Result<Opened> opened =
        open_one(journal_directory, generation, options, journal_map_bytes_max(options), owner);
    if (!opened) return std::move(opened).error();
    journal = std::move(opened).value();
    if (journal.meta != state->meta) {
      return Error(Errc::corrupt, journal_directory.string() + " is not the journal of " +
                                      state->environment->directory().string() +
                                      ", they are of different stores: restore both from one copy");
    }
  } else if (std::error_code error; std::filesystem::exists(journal_directory, error)) {
    return Error(Errc::corrupt, journal_directory.string() + " is a journal, and " +
                                    state->environment->directory().string() +
                                    " is of a store without one: restore both from one copy");
  }

  STET_CRASH_POINT("lmdb.open.before_flush");
  // What a killed process wrote may be in the page cache only, and so may the rename that made it.
  int code = state->environment->sync();
  if (code == 0 && journal.environment) {
    STET_CRASH_POINT("journal.open.before_flush");
    code = journal.environment->sync();
  }
  if (code != 0) return lmdb_error(code, "flush", directory);
  if (Result<void> flushed = flush_directory(directory); !flushed) {
    return std::move(flushed).error();
  }
  sweep_generations(directory, generation);
  STET_CRASH_POINT("lmdb.open.after");
  if (journal.environment) {
    return make_journal_engine(std::move(state->environment), std::move(journal.environment),
                               options, state->meta, **mark);
  }
  return make_direct_engine(std::move(state->environment), options, state->meta);
}

Result<std::unique_ptr<LmdbEngine>> open_lmdb_engine(const LmdbOptions& options) {
  if (options.directory.empty()) {
    return Error(Errc::invalid_argument, "the store needs the name of a directory");
  }
  const std::filesystem::path& directory = options.directory;
  if (Result<void> made = make_directory(directory); !made) return std::move(made).error();
  Result<std::unique_ptr<OwnerLock>> lock =
      OwnerLock::acquire(directory, options.trust_file_system);
  if (!lock) return std::move(lock).error();
  const std::shared_ptr<const OwnerLock> owner = std::move(lock).value();

  Result<std::optional<std::uint64_t>> highest = highest_generation(directory);
  if (!highest) return std::move(highest).error();
  if (!highest->has_value()) {
    if (Result<void> made = create_first_generation(directory, options.mode); !made) {
      return std::move(made).error();
    }
  }
  return open_generation(options, highest->value_or(1), owner);
}

}  // namespace stet::detail
