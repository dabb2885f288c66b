// persistence/src/lmdb/successor.cpp - copied and checked by a child, renamed and opened here.
#include "successor.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "../care/contained.hpp"
#include "../care/copy_generation.hpp"
#include "../care/store_check.hpp"
#include "../crash_point.hpp"
#include "../planted_fault.hpp"
#include "environment.hpp"
#include "errors.hpp"
#include "generation.hpp"
#include "journal_log.hpp"
#include "meta_record.hpp"
#include "open_generation.hpp"
#include "transaction.hpp"

namespace stet::detail {
namespace {

namespace fs = std::filesystem;

constexpr char tag_number = 'n';

// Of a copy, to look at it and to change one record.
Result<std::shared_ptr<Environment>> open_copy(const fs::path& directory) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(directory / "data.mdb", error);
  if (error) return system_error(error.value(), "open the copy", directory);
  constexpr std::size_t room = std::size_t{16} << 20;
  return Environment::open({.directory = directory,
                            .map_bytes = static_cast<std::size_t>(bytes) + room,
                            .readers_max = 8,
                            .grow_wait = std::chrono::milliseconds(0)},
                           nullptr);
}

Result<void> check_copy(const StorePlace& copy) {
  if (is_planted(Fault::unverified_copy)) return {};
  StoreProblem first;
  const Result<VerifyReport> report = check_store(
      copy,
      [&first](const StoreProblem& problem) {
        first = problem;
        return false;
      },
      CheckedValues::any);
  if (!report) return report.error();
  if (report->problems == 0) return {};
  return Error(Errc::corrupt,
               "what can be read of the store is damaged, it was not reopened: " + first.file +
                   ": " + first.text + "; stop, and restore it from a copy or salvage it");
}

// The last commit in a journal and the state it goes with.
Result<CommitNumber> last_commit(const std::shared_ptr<Environment>& state,
                                 std::shared_ptr<Environment> journal, const StoreId& store) {
  ReadTransaction transaction(state);
  std::string_view bytes;
  int code = transaction.begin();
  if (code == 0) code = transaction.get(mark_key, bytes);
  if (code != 0) return lmdb_error(code, "look at the copy", state->directory());
  const Result<CommitNumber> mark = decode_number(bytes);
  if (!mark) return mark;
  JournalLog log(std::move(journal), store);
  const EntryVisit nothing = [](CommitNumber, std::span<const Operation>, std::size_t) {
    return Result<void>();
  };
  if (Result<void> read = log.replay(*mark, nothing); !read) return read.error();
  return std::max({*mark, log.last(), log.cut()});
}

Result<void> write_meta(Environment& environment, const MetaRecord& meta) {
  environment.set_flush_meta(true);
  WriteTransaction transaction(environment);
  int code = transaction.begin();
  if (code == 0) code = transaction.put(meta_key, encode_meta(meta));
  if (code == 0) code = transaction.commit();
  if (code != 0) return lmdb_error(code, "name the copy", environment.directory());
  return {};
}

// In the child: everything up to the copy's new name. What it holds.
Result<CommitNumber> make_copy(const StorePlace& from, const StorePlace& copy,
                               const MetaRecord& meta, CommitNumber at_least) {
  Result<void> done = copy_generation(from, copy.state().parent_path(), false);
  if (done) done = check_copy(copy);
  if (!done) return done.error();
  const Result<std::shared_ptr<Environment>> state = open_copy(copy.state());
  if (!state) return state.error();
  // In direct mode a commit's number is its transaction's.
  CommitNumber holds = (*state)->info_inside().last_transaction;
  if (copy.has_journal) {
    const Result<std::shared_ptr<Environment>> journal = open_copy(copy.journal());
    if (!journal) return journal.error();
    const Result<CommitNumber> last = last_commit(*state, *journal, meta.store_id);
    if (!last) return last.error();
    holds = *last;
    done = write_meta(**journal, meta);
  }
  if (holds < at_least && !is_planted(Fault::older_copy)) {
    return Error(Errc::corrupt, "what can be read of the store ends with commit " +
                                    std::to_string(holds) + ", but " + std::to_string(at_least) +
                                    " was acknowledged: restore the store from a copy");
  }
  if (done) done = write_meta(**state, meta);
  if (!done) return done.error();
  return holds;
}

Result<CommitNumber> make_copy_contained(const StorePlace& from, const StorePlace& copy,
                                         const MetaRecord& meta, CommitNumber at_least) {
  std::string answer;
  const ChildWork work = [&](ToParent& parent) -> Result<void> {
    const Result<CommitNumber> holds = make_copy(from, copy, meta, at_least);
    if (!holds) return holds.error();
    parent.send(tag_number, encode_number(*holds));
    return {};
  };
  const ParentHooks hooks{.on_message = [&answer](char tag, std::string_view bytes) {
    if (tag == tag_number) answer = bytes;
    return true;
  }};
  ChildEnd end = run_contained(limits_for(from), work, hooks);
  if (!end.result) return std::move(end.result).error();
  return decode_number(answer);
}

}  // namespace

Result<Successor> make_lmdb_successor(const LmdbOptions& options, const StoreIdentity& identity,
                                      const std::shared_ptr<const OwnerLock>& owner,
                                      CommitNumber at_least) {
  STET_CRASH_POINT("reopen.begin");
  const fs::path& directory = options.directory;
  // An attempt that failed late may have left one beside the engine's own.
  const Result<std::optional<std::uint64_t>> highest = highest_generation(directory);
  if (!highest) return highest.error();
  const std::uint64_t generation = std::max(highest->value_or(0), identity.generation) + 1;

  std::error_code error;
  StorePlace from{directory, identity.generation};
  // An attempt that failed even later has deleted the engine's own; its copy was as good.
  if (!fs::exists(from.state(), error)) from.generation = highest->value_or(identity.generation);
  from.has_journal = fs::exists(from.journal(), error);
  const StorePlace copy{creating_path(directory), from.generation, from.has_journal};
  fs::remove_all(copy.directory, error);
  if (!error) fs::create_directory(copy.directory, error);
  if (error) return system_error(error.value(), "make room for the copy", directory);
  const MetaRecord meta{.generation = generation, .store_id = identity.id};
  const Result<CommitNumber> holds = make_copy_contained(from, copy, meta, at_least);
  STET_CRASH_POINT("reopen.copied");
  Result<void> done = holds ? Result<void>() : holds.error();
  const fs::path folder = state_path(directory, generation).parent_path();
  if (done && ::rename(copy.state().parent_path().c_str(), folder.c_str()) != 0) {
    done = system_error(errno, "name the copy", folder);
  }
  STET_CRASH_POINT("reopen.renamed");
  fs::remove_all(copy.directory, error);  // Else the next open does.
  if (done) done = flush_directory(directory);
  if (!done) return std::move(done).error();
  STET_CRASH_POINT("reopen.before_open");
  Result<std::unique_ptr<LmdbEngine>> engine = open_generation(options, generation, owner);
  STET_CRASH_POINT("reopen.after");
  if (!engine) return std::move(engine).error();
  return Successor{std::move(engine).value(), *holds};
}

}  // namespace stet::detail
