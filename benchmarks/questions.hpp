// benchmarks/questions.hpp - every question, one function and one file each.
//
// Threads    Any; the functions only describe what is to be run.
#pragma once

#include <cstdint>
#include <vector>

#include "support/subject.hpp"

namespace stet::bench {

// runtime/
[[nodiscard]] Question ping_pong();
[[nodiscard]] Question ring();
[[nodiscard]] Question fan_in(unsigned producers);
[[nodiscard]] Question spawn();
[[nodiscard]] Question idle_bytes();
[[nodiscard]] Question idle_switches();
[[nodiscard]] Question wake();
[[nodiscard]] Question ask_host();
[[nodiscard]] Question ask_actor();
[[nodiscard]] Question mailbox();
[[nodiscard]] Question queued_bytes();
[[nodiscard]] Question freed_elsewhere();
[[nodiscard]] Question observing();
[[nodiscard]] Question timers();

// savina/
[[nodiscard]] std::vector<Question> savina_set();
[[nodiscard]] Question growth(std::uint64_t actors);
inline constexpr std::uint64_t growth_sizes[] = {10, 100, 1'000, 10'000, 100'000, 1'000'000};
// One, two, four, ... up to what this machine has, at most 16.
[[nodiscard]] Question workers(unsigned count);
[[nodiscard]] std::vector<unsigned> worker_counts();
[[nodiscard]] std::vector<Target> speed_targets();

// persistence/
[[nodiscard]] Question durable(unsigned batch_records);
[[nodiscard]] Question journal(unsigned batch_records);
[[nodiscard]] Question journal_hot();
[[nodiscard]] Question ascending();
[[nodiscard]] Question large(unsigned journal_mebibytes);
[[nodiscard]] std::vector<Question> acknowledgements();
[[nodiscard]] Question writers(unsigned count);
[[nodiscard]] Question lone();
[[nodiscard]] Question flushes();
[[nodiscard]] Question flushes_with_folds();
[[nodiscard]] Question store_cpu();
[[nodiscard]] Question open_scan();
[[nodiscard]] Question serving();
[[nodiscard]] Question memory(unsigned million_records);
[[nodiscard]] Question encode();
[[nodiscard]] Question decode();
[[nodiscard]] Question package_census();
[[nodiscard]] std::vector<Target> store_targets();

// All of them, in the order of the report, and what was promised about them.
[[nodiscard]] std::vector<Question> all_questions();
[[nodiscard]] std::vector<Target> all_targets();

}  // namespace stet::bench
