// tests/powercut/store_writer.cpp - four actors, one store, one ledger.
#include "store_writer.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <stet/persistence/data_store.hpp>
#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/store.hpp>
#include <stet/runtime/actor.hpp>
#include <stet/runtime/system.hpp>

#include "note.hpp"
#include "persistence/src/planted_fault.hpp"
#include "store_workload.hpp"

namespace stet::test {
namespace {

using namespace std::chrono_literals;

// Numbers of all writers: a note must not fall behind one that was made before it.
class Ledger {
 public:
  void begin_at(std::uint64_t there) {
    issued_ = acked_ = there;
    if (there != 0) note(EventKind::note_acked, there);
    if (there != 0) note(EventKind::note_issued, there);
  }
  void issue(unsigned writer, std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    issued_ = with_count(issued_, writer, number);
    note(EventKind::note_issued, issued_);
  }
  void acknowledge(unsigned writer, std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    // An answer to a later one may come first, and covers what was sent before.
    acked_ = max_of_each(acked_, with_count(0, writer, number));
    note(EventKind::note_acked, acked_);
  }
  [[nodiscard]] std::uint64_t acked() {
    const std::lock_guard lock(mutex_);
    return acked_;
  }
  std::atomic<bool> failed{false};

 private:
  std::mutex mutex_;
  std::uint64_t issued_ = 0;
  std::uint64_t acked_ = 0;
};

struct Write {};
struct Await {
  std::uint64_t number;
};

class Writer : public Actor<Writer> {
 public:
  Writer(DataStore data, Ledger& ledger, std::uint64_t seed, unsigned writer, std::uint64_t there,
         std::uint64_t batches)
      : data_(std::move(data)),
        ledger_(&ledger),
        seed_(seed),
        writer_(writer),
        number_(there),
        last_(there + batches) {}

  void handle(Write) {
    if (number_ == last_) return;
    const StoreBatch batch(seed_, writer_, ++number_);
    ledger_->issue(writer_, number_);
    if (batch.is_turn) {
      // One change, sent at the turn's end; asked about in the next one.
      bool is_fine = true;
      for (const std::string& key : batch.erased) is_fine &= data_.base(key).erase(0s).has_value();
      for (const auto& [key, value] : batch.puts) {
        is_fine &= data_.base(key).write(value, 0s).has_value();
      }
      if (!is_fine) ledger_->failed = true;
      self().send<Await>(number_);
      return;
    }
    InsertBatch message;
    for (const auto& [key, value] : batch.puts) message.records.push_back({key, value});
    expect(data_.link()->insert_batch.ask(std::move(message)), number_);
  }
  void handle(Await m) { expect(data_.link()->flush.ask(), m.number); }

 private:
  template <class A>
  void expect(A question, std::uint64_t number) {
    std::move(question).then(*this, [this, number](const Result<Ack>& done) {
      if (!done) {
        ledger_->failed = true;
        return;
      }
      ledger_->acknowledge(writer_, number);
      self().send<Write>();
    });
  }

  const DataStore data_;
  Ledger* const ledger_;
  const std::uint64_t seed_;
  const unsigned writer_;
  std::uint64_t number_;  // The last that was begun.
  const std::uint64_t last_;
};

// One System with a store, in which each writer writes so many batches.
std::string session(const std::string& directory, StoreMode mode, std::uint64_t seed,
                    std::uint64_t batches) {
  Ledger ledger;
  System system({.workers = 1});
  const auto store = Store::open(
      system, {.engine = EngineChoice::lmdb(directory), .mode = mode, .journal_bytes = 8'000});
  if (!store) return store.error().message();
  const DataStore data{*store};
  std::array<std::uint64_t, counters> first{};
  std::uint64_t there = 0;
  std::uint64_t wanted = 0;
  for (unsigned writer = 0; writer < counters; ++writer) {
    const auto head = data.base(writer_head(writer)).read(10s);
    if (!head) return head.error().message();
    first[writer] = *head ? std::stoull(**head) : 0;
    there = with_count(there, writer, first[writer]);
    wanted = with_count(wanted, writer, first[writer] + batches);
  }
  ledger.begin_at(there);
  for (unsigned writer = 0; writer < counters; ++writer) {
    const auto actor = system.spawn<Writer>(data, ledger, seed, writer, first[writer], batches);
    for (int on_their_way = 0; on_their_way < 3; ++on_their_way) actor.send<Write>();
  }
  // Bounded by who runs this program.
  while (ledger.acked() != wanted && !ledger.failed) std::this_thread::sleep_for(1ms);
  if (ledger.failed) return "a write was refused";
  const Result<void> ended = system.shutdown(10s);
  return ended ? std::string() : ended.error().message();
}

}  // namespace

std::string write_through_store(const std::string& directory, std::string_view mode,
                                std::uint64_t seed, std::uint64_t batches) {
  if (mode.ends_with("-early")) detail::plant_fault(detail::Fault::ack_early);
  const StoreMode how = mode.starts_with("store-journal") ? StoreMode::journal : StoreMode::direct;
  const std::uint64_t first = (batches + 1) / 2;
  std::string wrong = session(directory, how, seed, first);
  // What was acknowledged must also outlive a restart in the middle.
  if (wrong.empty() && batches > first) wrong = session(directory, how, seed, batches - first);
  return wrong;
}

}  // namespace stet::test
