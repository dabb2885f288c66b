// benchmarks/persistence/stet_writers.cpp - many small writers, and one that never waits.
#include "stet_writers.hpp"

#include <atomic>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/store.hpp>
#include <stet/persistence/store_messages.hpp>
#include <stet/runtime/actor.hpp>

#include "../support/clock.hpp"
#include "../support/flush_count.hpp"
#include "../support/stet_system.hpp"

namespace stet::bench {
namespace {

constexpr std::uint64_t keys = 1'000'000;

std::string key_of(std::uint64_t index) {
  const std::string digits = std::to_string(index);
  return "//bench/" + std::string(8 - digits.size(), '0') + digits;
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(0x9E3779B97F4A7C15ULL * (seed + 7)) {}
  std::uint64_t below(std::uint64_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % bound;
  }

 private:
  std::uint64_t state_;
};

struct Begin {};
struct Stop {};

struct Tally {
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<std::uint64_t> failed{0};
};

// Writes a record; when it is safe, the next one.
class OneAtATime : public Actor<OneAtATime> {
 public:
  OneAtATime(std::shared_ptr<detail::StoreLink> link, Tally& tally, std::uint64_t seed,
             std::vector<std::uint64_t>* times)
      : link_(std::move(link)), tally_(&tally), random_(seed), times_(times) {}
  void handle(Begin) { write(); }
  void handle(Stop) { stopped_ = true; }

 private:
  void write() {
    const std::uint64_t begin = times_ == nullptr ? 0 : now_ns();
    link_->insert.ask(key_of(random_.below(keys)), std::string(100, 'v'), Durability::durable)
        .then(*this, [this, begin](const Result<Ack>& done) {
          // relaxed: counts, read after the actors have ended.
          (done ? tally_->acknowledged : tally_->failed).fetch_add(1, std::memory_order_relaxed);
          if (times_ != nullptr) times_->push_back(now_ns() - begin);
          if (done && !stopped_) self().send<Begin>();
        });
  }

  std::shared_ptr<detail::StoreLink> link_;
  Tally* tally_;
  Random random_;
  std::vector<std::uint64_t>* times_;
  bool stopped_ = false;
};

// Keeps several batches on their way, so that one is always ready.
class Pump : public Actor<Pump> {
 public:
  static constexpr unsigned window = 8;
  Pump(std::shared_ptr<detail::StoreLink> link, Tally& tally, std::uint64_t batches,
       unsigned batch_records)
      : link_(std::move(link)), tally_(&tally), left_(batches), batch_records_(batch_records) {}
  void handle(Begin) {
    for (unsigned i = 0; i < window; ++i) send_one();
  }

 private:
  void send_one() {
    if (left_ == 0) return;
    --left_;
    InsertBatch message;
    message.records.reserve(batch_records_);
    // Scattered, and none twice: the store would merge them, and take the next batch in as well.
    constexpr std::uint64_t step = 7'919;
    const std::uint64_t first = random_.below(keys);
    for (unsigned i = 0; i < batch_records_; ++i) {
      message.records.push_back({key_of((first + i * step) % keys), std::string(100, 'v')});
    }
    message.durability = Durability::durable;
    link_->insert_batch.ask(std::move(message)).then(*this, [this](const Result<Ack>& done) {
      (done ? tally_->acknowledged : tally_->failed).fetch_add(1, std::memory_order_relaxed);
      (done ? tally_->acknowledged : tally_->failed).notify_one();
      send_one();
    });
  }

  std::shared_ptr<detail::StoreLink> link_;
  Tally* tally_;
  std::uint64_t left_;
  unsigned batch_records_;
  Random random_{1};
};

Result<Store> open_store(System& system, const Setting& setting, StoreMode mode,
                         unsigned batch_records = 0) {
  StoreOptions options;
  options.engine = EngineChoice::lmdb(setting.directory / "store");
  options.mode = mode;
  options.program = "stet-bench";
  if (batch_records != 0) options.batch_records = batch_records;
  return Store::open(system, std::move(options));
}

// CPU of this process's threads with that name, in ns: the store's, and its reader's, which idles. 0:
// there is none, or the kernel does not say.
std::uint64_t thread_cpu_ns(std::string_view name) {
  std::uint64_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string comm;
    std::ifstream(task.path() / "comm") >> comm;
    std::uint64_t ns = 0;
    if (comm == name && std::ifstream(task.path() / "schedstat") >> ns) sum += ns;
  }
  return sum;
}

}  // namespace

Result<Measurement> stet_writers(unsigned count, StoreMode mode, const Setting& setting) {
  Tally tally;
  std::vector<std::uint64_t> times;
  double seconds = 0;
  {
    System system(with_workers(1));
    Result<Store> store = open_store(system, setting, mode);
    if (!store) return store.error();
    std::vector<Address<OneAtATime>> actors;
    for (unsigned i = 0; i < count; ++i) {
      actors.push_back(
          system.spawn<OneAtATime>(store->link(), tally, i, count == 1 ? &times : nullptr));
    }
    const std::uint64_t begin = now_ns();
    for (const auto& actor : actors) actor.send<Begin>();
    std::this_thread::sleep_for(std::chrono::duration<double>(setting.seconds(2.0)));
    const std::uint64_t acknowledged = tally.acknowledged.load(std::memory_order_relaxed);
    seconds = static_cast<double>(now_ns() - begin) * 1e-9;
    for (const auto& actor : actors) actor.send<Stop>();
    if (Result<void> ended = end(system); !ended) return ended.error();
    if (tally.failed != 0 || acknowledged == 0) {
      return Error(Errc::corrupt, "a write was not acknowledged");
    }
    if (count == 1) {
      return Measurement{static_cast<double>(percentile(times, 0.5)) / 1e3,
                         {{"p99_us", static_cast<double>(percentile(times, 0.99)) / 1e3}}};
    }
    return Measurement{static_cast<double>(acknowledged) / seconds};
  }
}

Result<PumpResult> stet_pump(std::uint64_t batches, unsigned batch_records,
                             const Setting& setting) {
  Tally tally;
  PumpResult result{.batches = batches, .records = batches * batch_records};
  System system(with_workers(1));
  Result<Store> store = open_store(system, setting, StoreMode::journal, batch_records);
  if (!store) return store.error();
  const std::uint64_t flushes_before = flushes_so_far();
  const std::uint64_t cpu_before = thread_cpu_ns("stet-own");
  const std::uint64_t commits_before = store->stats().commits;
  system.spawn<Pump>(store->link(), tally, batches, batch_records).send<Begin>();
  for (std::uint64_t seen = 0; seen < batches && tally.failed == 0;) {
    tally.acknowledged.wait(seen);
    seen = tally.acknowledged.load();
  }
  result.flushes = flushes_so_far() - flushes_before;
  result.store_thread_ns = thread_cpu_ns("stet-own") - cpu_before;
  // One batch of the pump is one of the store.
  if (store->stats().commits - commits_before != batches) {
    return Error(Errc::corrupt, std::to_string(store->stats().commits - commits_before) +
                                    " commits for " + std::to_string(batches) + " batches");
  }
  if (Result<void> ended = end(system); !ended) return ended.error();
  if (tally.failed != 0) return Error(Errc::corrupt, "a batch was not acknowledged");
  return result;
}

}  // namespace stet::bench
