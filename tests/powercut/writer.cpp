// tests/powercut/writer.cpp - commits seeded batches and says what it promises about them.
//
//   powercut_writer DIR MODE SEED BATCHES
//
// What is there already stays, is promised at once, and is followed by so many batches more.
//
// Modes   full       full commits, acknowledged at their return
//         pipelined  one flush a commit, acknowledged when durable_number() says so
//         early      control: one flush a commit, acknowledged at its return
//         nosync     control: LMDB without any flush, acknowledged at the commit's return
//         swallow    control: full commits by an engine that keeps failures to itself
//         journal-…  full, pipelined or early, of a store in journal mode that folds all the time, and
//                    erases so little at once that ranges are pending all the time
//         store-…    several actors and the store between them: see store_writer.hpp
//         journal-mark-apart, journal-cut-early, journal-pending-apart, journal-put-inside
//                    control: pipelined, by an engine that breaks a rule (planted_fault.hpp)
// Exit    0 done, 1 an error (in a sentence on stderr), 2 usage. With a fault planned in the
//         recorder it also prints "acked N outcome CODE retried CODE" and exits 0; CODE is "none"
//         if no error came up.
#include <lmdb.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "note.hpp"
#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "persistence/src/planted_fault.hpp"
#include "store_writer.hpp"
#include "swallowing_engine.hpp"
#include "workload.hpp"

namespace stet::test {
namespace {

int fail(const std::string& why) {
  std::fprintf(stderr, "powercut_writer: %s\n", why.c_str());
  return 1;
}

// Null: `error` says why.
std::unique_ptr<detail::Engine> open_engine(const std::string& directory, std::string_view mode,
                                            std::string& error) {
  const bool has_journal = mode.starts_with("journal-");
  if (mode == "journal-mark-apart") detail::plant_fault(detail::Fault::mark_apart);
  if (mode == "journal-cut-early") detail::plant_fault(detail::Fault::cut_early);
  if (mode == "journal-pending-apart") detail::plant_fault(detail::Fault::pending_apart);
  if (mode == "journal-put-inside") detail::plant_fault(detail::Fault::put_inside);
  auto engine =
      detail::open_lmdb_engine({.directory = directory,
                                .mode = has_journal ? StoreMode::journal : StoreMode::direct,
                                .journal = {.bytes_max = 8'000,
                                            .fold_idle = std::chrono::milliseconds(1),
                                            .erased_records_max = 2,
                                            .pending_ranges_max = 6}});
  if (!engine) {
    error = engine.error().message();
    return nullptr;
  }
  if (mode == "swallow") return std::make_unique<SwallowingEngine>(std::move(engine).value());
  return std::move(engine).value();
}

// An error; where it was planned, what the engine says now and whether it takes the batch again.
int report_failure(detail::Engine& engine, const WorkloadBatch& batch, std::uint64_t acked,
                   const Error& error) {
  if (std::getenv("STET_RECORD_FAULT") == nullptr) return fail(error.message());
  const auto retried = engine.commit(batch.operations(), detail::Flush::full);
  std::printf("acked %llu outcome %s retried %s\n", static_cast<unsigned long long>(acked),
              std::string(to_string(error.code)).c_str(),
              retried ? "ok" : std::string(to_string(retried.error().code)).c_str());
  return 0;
}

// 0 where it cannot be read: the check will say so.
std::uint64_t batches_in(detail::Engine& engine) {
  const auto view = engine.view();
  if (!view) return 0;
  const auto head = (*view)->get("/head");
  return head && *head ? std::stoull(std::string(**head)) : 0;
}

int write_batches(const std::string& directory, std::string_view store_mode, std::uint64_t seed,
                  std::uint64_t batches) {
  std::string_view mode = store_mode;
  if (mode.starts_with("journal-")) mode.remove_prefix(8);
  if (mode != "full" && mode != "early" && mode != "swallow") mode = "pipelined";
  std::string error;
  std::unique_ptr<detail::Engine> engine = open_engine(directory, store_mode, error);
  if (engine == nullptr) return fail(error);
  const std::uint64_t there = batches_in(*engine);
  const detail::CommitNumber base = engine->committed_number() - there;
  if (there > 0) note(EventKind::note_acked, there);  // Who opens a store has been told of it.
  std::mt19937_64 random(seed);
  const bool has_fault = std::getenv("STET_RECORD_FAULT") != nullptr;
  std::uint64_t acked = there;
  for (std::uint64_t n = there + 1; n <= there + batches; ++n) {
    note(EventKind::note_issued, n);
    const WorkloadBatch batch(seed, n);
    const bool full = mode == "full" || mode == "swallow";
    const auto flush = full ? detail::Flush::full : detail::Flush::process;
    const auto number = engine->commit(batch.operations(), flush);
    if (!number) return report_failure(*engine, batch, acked, number.error());
    if (mode == "pipelined" && random() % 8 == 0) {
      if (const auto flushed = engine->flush(); !flushed) {
        return report_failure(*engine, batch, acked, flushed.error());
      }
    }
    // Each batch is one commit: the engine's numbers and ours run side by side.
    const std::uint64_t durable = mode == "early" ? n : engine->durable_number() - base;
    if (durable > acked) note(EventKind::note_acked, acked = durable);
    // What was acknowledged must also outlive a restart in the middle. Not where a call is to fail:
    // that it is one of a commit, and not of an opening, is up to the test.
    if (mode != "early" && mode != "swallow" && n % 60 == 0 && !has_fault) {
      engine.reset();
      engine = open_engine(directory, store_mode, error);
      if (engine == nullptr) return fail(error);
      if (engine->committed_number() != base + n) return fail("a restart lost a commit");
    }
  }
  if (has_fault) {
    std::printf("acked %llu outcome none retried none\n", static_cast<unsigned long long>(acked));
  }
  return 0;
}

// LMDB by hand: our engine has no such mode.
int write_without_flushes(const std::string& directory, std::uint64_t seed, std::uint64_t batches) {
  if (auto engine = detail::open_lmdb_engine({.directory = directory}); !engine) {
    return fail(engine.error().message());
  }
  MDB_env* environment = nullptr;
  MDB_dbi records = 0;
  const std::string state = directory + "/1/state";
  if (mdb_env_create(&environment) != 0 || mdb_env_set_mapsize(environment, 1U << 30U) != 0 ||
      mdb_env_open(environment, state.c_str(), MDB_NOTLS | MDB_NOSYNC, 0600) != 0) {
    return fail("the control cannot open its environment");
  }
  const auto val = [](std::string_view bytes) {
    return MDB_val{bytes.size(), const_cast<char*>(bytes.data())};
  };
  for (std::uint64_t n = 1; n <= batches; ++n) {
    note(EventKind::note_issued, n);
    const WorkloadBatch batch(seed, n);
    MDB_txn* transaction = nullptr;
    if (mdb_txn_begin(environment, nullptr, 0, &transaction) != 0 ||
        mdb_dbi_open(transaction, nullptr, 0, &records) != 0) {
      return fail("the control cannot begin");
    }
    for (const detail::Operation& operation : batch.operations()) {
      MDB_val key = val(operation.key);
      MDB_val value = val(operation.value);
      if (operation.kind == detail::Operation::Kind::put) {
        if (mdb_put(transaction, records, &key, &value, 0) != 0) return fail("the control's put");
      } else if (operation.kind == detail::Operation::Kind::erase) {
        mdb_del(transaction, records, &key, nullptr);
      } else {
        for (std::uint64_t i = 0; i < WorkloadBatch::slots; ++i) {
          const std::string slot = WorkloadBatch::slot(i);
          MDB_val each = val(slot);
          if (slot >= operation.key && slot < operation.value) {
            mdb_del(transaction, records, &each, nullptr);
          }
        }
      }
    }
    if (mdb_txn_commit(transaction) != 0) return fail("the control cannot commit");
    note(EventKind::note_acked, n);
  }
  mdb_env_close(environment);
  return 0;
}

}  // namespace
}  // namespace stet::test

int main(int count, char** arguments) {
  if (count != 5) {
    std::fprintf(stderr, "usage: powercut_writer DIR MODE SEED BATCHES (see writer.cpp)\n");
    return 2;
  }
  const std::string directory = arguments[1];
  const std::string_view mode = arguments[2];
  const std::uint64_t seed = std::strtoull(arguments[3], nullptr, 10);
  const std::uint64_t batches = std::strtoull(arguments[4], nullptr, 10);
  if (mode.starts_with("store-")) {
    const std::string wrong = stet::test::write_through_store(directory, mode, seed, batches);
    return wrong.empty() ? 0 : stet::test::fail(wrong);
  }
  return mode == "nosync" ? stet::test::write_without_flushes(directory, seed, batches)
                          : stet::test::write_batches(directory, mode, seed, batches);
}
