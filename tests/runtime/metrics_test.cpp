// tests/runtime/metrics_test.cpp
// Goal    Metrics count by type of actor, also while actors move between threads; levels change
//         while it runs; the text is what Prometheus reads.
// Method  Stepped systems with virtual time, where each number is known; a pool under load whose
//         sums must come out even; a small parser of the text format.
#include <gtest/gtest.h>

#include <stet/runtime/metrics.hpp>

#include <atomic>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <stet/runtime/timer.hpp>

#include "runtime/samples.hpp"
#include "support/scale.hpp"

namespace stet::test::metrics_test {

ActorMetrics of(const MetricsReport& report, std::string_view type) {
  for (const ActorMetrics& actor : report.actors) {
    if (actor.type.ends_with(type)) return actor;
  }
  return {};
}

TEST(Histogram, HasNarrowBucketsWithoutGaps) {
  std::uint64_t last = 0;
  for (std::size_t bucket = 0; bucket < Histogram::buckets; ++bucket) {
    const std::uint64_t bound = Histogram::bound_of(bucket);
    ASSERT_GT(bound, last);
    ASSERT_EQ(Histogram::bucket_of(last), bucket);
    ASSERT_EQ(Histogram::bucket_of(bound - 1), bucket);
    if (last >= 8) {
      ASSERT_LE((bound - last) * 8, last);
    }
    last = bound;
  }
  EXPECT_EQ(Histogram::bucket_of(UINT64_MAX), Histogram::buckets - 1);
}

TEST(Histogram, GivesQuantilesAndCountsBelowBounds) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0ns);
  for (std::uint64_t value = 1; value <= 1000; ++value) {
    histogram.add(Histogram::bucket_of(value), 1);
    histogram.add_sum(value);
  }
  EXPECT_EQ(histogram.count(), 1000U);
  EXPECT_EQ(histogram.sum(), 500'500ns);
  EXPECT_EQ(histogram.count_below(512), 511U);
  EXPECT_NEAR(static_cast<double>(histogram.quantile(0.5).count()), 500, 63);
  EXPECT_NEAR(static_cast<double>(histogram.quantile(0.99).count()), 990, 124);
}

TEST(Metrics, CountsByTypeWhatHappensToMessages) {
  Letters letters;
  SystemOptions options = stepped();
  options.dead_letters = letters.handler();
  System system(options);
  Metrics metrics(system);
  metrics.set_level(MetricsLevel::counters);
  auto first = system.spawn<Counter>();
  auto second = system.spawn<Counter>();
  for (int i = 0; i < 3; ++i) first.send<Add>(1);
  second.send<Add>(1);
  second.send<Throw>();
  second.send<Add>(1);  // To the dead letters: its actor is gone by then.
  EXPECT_EQ(of(metrics.read(), "").depth, 6U) << "nobody has handled any of this kind yet";
  system.run_until_idle();
  const ActorMetrics counted = of(metrics.read(), "Counter");
  EXPECT_EQ(counted.alive, 1U);
  EXPECT_EQ(counted.messages, 5U);
  EXPECT_EQ(counted.failures, 1U);
  EXPECT_EQ(counted.dead_letters, 1U);
  EXPECT_EQ(counted.depth, 0U);
  EXPECT_EQ(counted.waiting.count(), 0U) << "not at this level";
  first.send<Add>(1);
  EXPECT_EQ(of(metrics.read(), "Counter").depth, 1U);
  EXPECT_EQ(letters.all().size(), 1U);
}

// Takes virtual time by moving the clock as its message says.
struct Take {
  std::chrono::nanoseconds time;
};
class Slow : public Actor<Slow> {
 public:
  explicit Slow(System& system) : system_(system) {}
  void handle(Take message) { system_.advance(message.time); }

 private:
  System& system_;
};

TEST(Metrics, MeasuresHowLongMessagesWaitAndAreHandled) {
  System system(stepped());
  Metrics metrics(system);
  metrics.set_level(MetricsLevel::histograms);
  auto slow = system.spawn<Slow>(system);
  slow.send<Take>(3ms);
  system.advance(1s);
  system.run_until_idle();
  const ActorMetrics counted = of(metrics.read(), "Slow");
  EXPECT_EQ(counted.waiting.count(), 1U);
  EXPECT_EQ(counted.waiting.sum(), 1s);
  EXPECT_EQ(counted.handling.count(), 1U);
  EXPECT_EQ(counted.handling.sum(), 3ms);
}

TEST(Metrics, ATimersMessageWaitsOnlyFromItsTimeOn) {
  System system(stepped());
  Metrics metrics(system);
  metrics.set_level(MetricsLevel::histograms);
  auto counter = system.spawn<Counter>();
  static_cast<void>(send_after<Add>(counter, 10s, 1));
  system.advance(10s);
  EXPECT_EQ(of(metrics.read(), "").depth, 1U);
  system.advance(1ms);
  system.run_until_idle();
  const ActorMetrics counted = of(metrics.read(), "Counter");
  EXPECT_EQ(counted.waiting.sum(), 1ms);
  EXPECT_EQ(counted.depth, 0U);
}

TEST(Metrics, TheLevelChangesWhileItRuns) {
  System system(stepped());
  Metrics metrics(system);
  auto counter = system.spawn<Counter>();
  EXPECT_TRUE(metrics.read().actors.empty());
  counter.send<Add>(1);
  metrics.set_level(MetricsLevel::counters);
  EXPECT_EQ(Metrics(system).level(), MetricsLevel::counters) << "one for the System";
  counter.send<Add>(1);
  system.run_until_idle();
  EXPECT_EQ(of(metrics.read(), "Counter").messages, 2U);
  counter.send<Add>(1);
  metrics.set_level(MetricsLevel::histograms);
  counter.send<Add>(1);
  system.run_until_idle();
  EXPECT_EQ(of(metrics.read(), "Counter").waiting.count(), 1U)
      << "of the one before nobody knows when it was sent";
  counter.send<Add>(1);  // Sent while it is watched, handled while it is not.
  metrics.set_level(MetricsLevel::off);
  counter.send<Add>(1);  // The other way round.
  EXPECT_TRUE(metrics.read().actors.empty());
  system.step();
  metrics.set_level(MetricsLevel::counters);
  system.run_until_idle();
  const ActorMetrics counted = of(metrics.read(), "Counter");
  EXPECT_EQ(counted.messages, 5U);
  EXPECT_EQ(counted.depth, 0U);
  counter.send<Add>(1);
  EXPECT_EQ(of(metrics.read(), "Counter").depth, 1U);
}

TEST(Metrics, WhatIsRefusedOrNeverSentDoesNotWait) {
  System system(stepped());
  Metrics metrics(system);
  metrics.set_level(MetricsLevel::counters);
  auto counter = system.spawn<Counter>();
  counter.stop();
  { const auto dropped = counter.ask<Read>(); }
  system.run_until_idle();
  Add add{1};
  EXPECT_FALSE(counter.try_send(add));
  EXPECT_FALSE(counter.ask<Read>().get(1s));
  for (const ActorMetrics& actor : metrics.read().actors) EXPECT_EQ(actor.depth, 0U);
}

TEST(Metrics, NothingIsLostBetweenThreads) {
  const std::uint64_t messages = scaled(20'000);
  System system(with_workers(2));
  Metrics metrics(system);
  metrics.set_level(MetricsLevel::histograms);
  std::vector<Address<Counter>> counters;
  for (int i = 0; i < 8; ++i) counters.push_back(system.spawn<Counter>());
  std::atomic<bool> reading{true};
  std::thread reader([&] {
    while (reading) static_cast<void>(metrics.prometheus());
  });
  std::vector<std::thread> senders;
  for (int i = 0; i < 2; ++i) {
    senders.emplace_back([&] {
      for (std::uint64_t n = 0; n < messages; ++n) counters[n % 8].send<Add>(1);
    });
  }
  for (std::thread& sender : senders) sender.join();
  std::int64_t sum = 0;
  for (const auto& counter : counters) sum += counter.ask<Read>().get(patience).value();
  reading = false;
  reader.join();
  EXPECT_EQ(sum, static_cast<std::int64_t>(2 * messages));
  // The last turn's end may still be under way.
  EXPECT_TRUE(eventually([&] {
    return of(metrics.read(), "Counter").handling.count() == 2 * messages + counters.size();
  }));
  const ActorMetrics counted = of(metrics.read(), "Counter");
  EXPECT_EQ(counted.messages, 2 * messages + counters.size());
  EXPECT_EQ(counted.waiting.count(), 2 * messages + counters.size());
  EXPECT_EQ(counted.depth, 0U);
  EXPECT_EQ(counted.alive, counters.size());
}

TEST(Metrics, ThreadsBeyondTheNumberedOnesAreCountedToo) {
  System system(with_workers(1));
  Metrics metrics(system);
  metrics.set_level(MetricsLevel::counters);
  auto counter = system.spawn<Counter>();
  std::atomic<int> ready{0};
  std::vector<std::thread> all;
  constexpr int threads = 200;  // There are 127 numbers.
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      counter.send<Add>(1);
      ++ready;
      while (ready < threads) std::this_thread::sleep_for(1ms);  // All hold their numbers at once.
      for (int n = 0; n < 50; ++n) counter.send<Add>(1);
    });
  }
  for (std::thread& thread : all) thread.join();
  EXPECT_EQ(counter.ask<Read>().get(patience).value(), threads * 51);
  EXPECT_TRUE(eventually([&] {
    const ActorMetrics counted = of(metrics.read(), "Counter");
    return counted.messages == threads * 51 + 1 && counted.depth == 0;
  }));
}

// A parser of the text format, strict about what it knows.
struct Parsed {
  std::map<std::string, std::string> types;                  // Family to type.
  std::vector<std::pair<std::string, std::string>> samples;  // "name{labels}" and value.
  std::string error;
};

bool is_name(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

Parsed parse(const std::string& text) {
  Parsed out;
  std::istringstream lines(text);
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    if (line.starts_with("# ")) {
      std::string hash, what, name, rest;
      words >> hash >> what >> name >> rest;
      if (!is_name(name) || (what != "HELP" && what != "TYPE")) out.error = line;
      if (what == "TYPE" && !out.types.emplace(name, rest).second) out.error = "twice: " + line;
      family = name;
      continue;
    }
    // The value is behind the last space: labels may hold spaces.
    const std::size_t space = line.rfind(' ');
    const std::string key = line.substr(0, space);
    const std::string name = key.substr(0, key.find('{'));
    if (!is_name(name) || !name.starts_with(family)) out.error = line;
    for (const auto& before : out.samples) {
      if (before.first == key) out.error = "twice: " + key;
    }
    std::size_t used = 0;
    const std::string value = line.substr(space + 1);
    static_cast<void>(std::stod(value, &used));
    if (used != value.size()) out.error = line;
    out.samples.emplace_back(key, value);
  }
  if (text.empty() || text.back() != '\n') out.error = "the last line is not ended";
  return out;
}

std::string value_of(const Parsed& parsed, const std::string& key) {
  for (const auto& sample : parsed.samples) {
    if (sample.first == key) return sample.second;
  }
  return "(none)";
}

TEST(Prometheus, ReadsWhatIsWritten) {
  System system(stepped());
  Metrics metrics(system);
  metrics.set_level(MetricsLevel::histograms);
  auto slow = system.spawn<Slow>(system);
  slow.send<Take>(3ms);
  slow.send<Take>(1s);
  system.run_until_idle();
  const Parsed parsed = parse(metrics.prometheus());
  EXPECT_EQ(parsed.error, "");
  const std::string type = "type=\"stet::test::metrics_test::Slow\"";
  EXPECT_EQ(parsed.types.at("stet_actor_handling_seconds"), "histogram");
  EXPECT_EQ(parsed.types.at("stet_actor_messages_total"), "counter");
  EXPECT_EQ(parsed.types.at("stet_actors"), "gauge");
  EXPECT_EQ(value_of(parsed, "stet_actors{" + type + "}"), "1");
  EXPECT_EQ(value_of(parsed, "stet_actor_messages_total{" + type + "}"), "2");
  EXPECT_EQ(value_of(parsed, "stet_worker_messages_total{worker=\"0\"}"), "2");
  const std::string handling = "stet_actor_handling_seconds";
  EXPECT_EQ(value_of(parsed, handling + "_count{" + type + "}"), "2");
  EXPECT_EQ(value_of(parsed, handling + "_sum{" + type + "}"), "1.003");
  EXPECT_EQ(value_of(parsed, handling + "_bucket{" + type + ",le=\"0.001048576\"}"), "0");
  EXPECT_EQ(value_of(parsed, handling + "_bucket{" + type + ",le=\"0.004194304\"}"), "1");
  EXPECT_EQ(value_of(parsed, handling + "_bucket{" + type + ",le=\"+Inf\"}"), "2");
}

TEST(Prometheus, EscapesLabels) {
  MetricsReport report;
  report.level = MetricsLevel::counters;
  report.actors.emplace_back().type = "A<'\\', '\"', '\n'>";
  const Parsed parsed = parse(to_prometheus(report));
  EXPECT_EQ(parsed.error, "");
  EXPECT_EQ(value_of(parsed, R"(stet_actors{type="A<'\\', '\"', '\n'>"})"), "0");
}

TEST(Prometheus, WithoutALevelThereAreTheWorkersCounters) {
  System system(with_workers(2));
  const Parsed parsed = parse(Metrics(system).prometheus());
  EXPECT_EQ(parsed.error, "");
  EXPECT_NE(value_of(parsed, "stet_worker_visits_total{worker=\"1\"}"), "(none)");
  EXPECT_EQ(value_of(parsed, "stet_system_actors"), "0");
}

}  // namespace stet::test::metrics_test
