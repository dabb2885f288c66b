// benchmarks/baseline/durable_store.cpp - random puts in batches, and what must be there
// afterwards.
#include "durable_store.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "../support/clock.hpp"

namespace stet::bench {
namespace {

constexpr std::size_t value_bytes = 100;
constexpr std::uint64_t prefill_batch = 10'000;
constexpr std::uint64_t compared_max = 100'000;
constexpr std::uint64_t seed = 0x5DEECE66DULL;  // The same keys for everybody, in every run.

// Writes records and remembers the last version of each.
class Job {
 public:
  Job(DurableStore& store, std::uint64_t records) : store_(store), versions_(records, 0) {}

  [[nodiscard]] std::uint64_t records() const { return versions_.size(); }

  void add(std::uint64_t index) {
    ++versions_[index];
    text_.push_back({key_of(index), value_of(index, versions_[index])});
  }
  void add_behind() {
    versions_.push_back(0);
    add(versions_.size() - 1);
  }
  void add_random(std::uint64_t below) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    add(state_ % below);
  }
  [[nodiscard]] Result<void> put() {
    batch_.clear();
    for (const Text& record : text_) batch_.push_back({record.key, record.value});
    Result<void> done = store_.put(batch_);
    text_.clear();
    return done;
  }
  // Every record, or as many as are worth the time, holds what was written to it last.
  [[nodiscard]] Result<void> verify() {
    const std::uint64_t step = versions_.size() / compared_max + 1;
    for (std::uint64_t index = 0; index < versions_.size(); index += step) {
      const std::string key = key_of(index);
      Result<std::string> found = store_.get(key);
      if (!found) return found.error();
      if (*found != value_of(index, versions_[index])) {
        return Error(Errc::corrupt, key + " is not what was written last");
      }
    }
    return {};
  }

 private:
  struct Text {
    std::string key;
    std::string value;
  };

  // "//bench/00012345"
  static std::string key_of(std::uint64_t index) {
    const std::string digits = std::to_string(index);
    return "//bench/" + std::string(8 - digits.size(), '0') + digits;
  }
  static std::string value_of(std::uint64_t index, std::uint64_t version) {
    std::string value = std::to_string(index) + '.' + std::to_string(version) + '.';
    value.resize(value_bytes, 'v');
    return value;
  }

  DurableStore& store_;
  std::vector<std::uint64_t> versions_;
  std::vector<Text> text_{};
  std::vector<DurableRecord> batch_{};
  std::uint64_t state_ = seed;
};

Result<void> prefill(Job& job) {
  for (std::uint64_t index = 0; index < job.records(); ++index) {
    job.add(index);
    if ((index + 1) % prefill_batch != 0 && index + 1 != job.records()) continue;
    if (Result<void> done = job.put(); !done) return done;
  }
  return {};
}

}  // namespace

Result<Measurement> measure_durable(DurableStore& store, const Setting& setting,
                                    const DurableJob& plan, DurableFigure figure) {
  Job job(store, setting.count(plan.records_present));
  if (Result<void> done = prefill(job); !done) return done.error();

  const std::uint64_t records = job.records();
  const auto limit_ns = static_cast<std::uint64_t>(setting.seconds(plan.seconds) * 1e9);
  std::vector<std::uint64_t> batch_ns;
  std::uint64_t spent_ns = 0;  // In put() alone: making the records is not the store's work.
  std::uint64_t puts = 0;
  while (spent_ns < limit_ns && puts < plan.puts_max) {
    for (std::uint64_t i = 0; i < plan.batch_records; ++i) {
      if (plan.ascending) {
        job.add_behind();
      } else {
        job.add_random(plan.hot_records > 0 ? std::min(plan.hot_records, records) : records);
      }
    }
    const std::uint64_t begin = now_ns();
    if (Result<void> done = job.put(); !done) return done.error();
    batch_ns.push_back(now_ns() - begin);
    spent_ns += batch_ns.back();
    puts += plan.batch_records;
  }
  if (Result<void> done = store.reopen(); !done) return done.error();
  if (Result<void> done = job.verify(); !done) return done.error();
  const double rate = 1e9 * static_cast<double>(puts) / static_cast<double>(spent_ns);
  std::vector<std::pair<std::string, double>> figures = {
      {"puts_a_second", rate},
      {"p50_us", static_cast<double>(percentile(batch_ns, 0.5)) / 1e3},
      {"p99_us", static_cast<double>(percentile(batch_ns, 0.99)) / 1e3},
      {"longest_us", static_cast<double>(percentile(batch_ns, 1.0)) / 1e3}};
  const auto chosen = figures.begin() + static_cast<std::ptrdiff_t>(figure);
  Measurement measured{chosen->second};
  figures.erase(chosen);
  measured.details = std::move(figures);
  return measured;
}

}  // namespace stet::bench
