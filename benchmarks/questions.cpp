// benchmarks/questions.cpp - the list of questions and the list of targets.
#include "questions.hpp"

#include <utility>

namespace stet::bench {

std::vector<Question> all_questions() {
  std::vector<Question> all = {
      ping_pong(), ring(),       fan_in(1),     fan_in(2),       fan_in(4),  fan_in(8),
      spawn(),     idle_bytes(), wake(),        idle_switches(), ask_host(), mailbox(),
      durable(1),  durable(100), durable(1000), encode(),        decode(),   package_census()};
  for (Question& question : savina_set()) all.push_back(std::move(question));
  for (const unsigned batch_records : {100U, 1000U}) all.push_back(journal(batch_records));
  all.push_back(journal_hot());
  all.push_back(ascending());
  for (Question& question : acknowledgements()) all.push_back(std::move(question));
  for (const unsigned count : {8U, 100U}) all.push_back(writers(count));
  all.push_back(lone());
  all.push_back(flushes());
  all.push_back(flushes_with_folds());
  all.push_back(store_cpu());
  all.push_back(open_scan());
  all.push_back(serving());
  for (const unsigned millions : {1U, 10U}) all.push_back(memory(millions));
  for (const unsigned mebibytes : {64U, 256U}) all.push_back(large(mebibytes));
  all.push_back(ask_actor());
  all.push_back(queued_bytes());
  all.push_back(freed_elsewhere());
  all.push_back(observing());
  all.push_back(timers());
  for (const std::uint64_t actors : growth_sizes) all.push_back(growth(actors));
  for (const unsigned count : worker_counts()) all.push_back(workers(count));
  return all;
}

std::vector<Target> all_targets() {
  using enum Target::Bound;
  std::vector<Target> targets = {{"ping_pong", "stet", "caf", at_least, 5.0},
                                 {"idle_bytes", "stet", "", at_most, 256.0},
                                 {"census", "stet", "", at_most, 10.0}};
  // A second worker may cost the counter of a fan-in at most 5 %.
  for (const char* question : {"fan_in_1", "fan_in_2", "fan_in_4", "fan_in_8"}) {
    targets.push_back({question, "stet", "stet_1w", at_least, 0.95});
  }
  for (Target& target : speed_targets()) targets.push_back(std::move(target));
  for (Target& target : store_targets()) targets.push_back(std::move(target));
  return targets;
}

}  // namespace stet::bench
