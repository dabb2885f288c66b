// tests/powercut/store_workload.hpp - what several actors write to one store, and what must be left.
//
// Each writer has a scope of its own. Its batch n is a function of seed, writer and n alone; it puts n
// at the writer's head and into each record. Every third one is a turn's change, which also erases;
// the others are InsertBatches.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "counters.hpp"
#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "support/seed.hpp"

namespace stet::test {

inline std::string writer_scope(unsigned writer) { return "//w" + std::to_string(writer); }
inline std::string writer_head(unsigned writer) { return writer_scope(writer) + "/head"; }

struct StoreBatch {
  static constexpr std::uint64_t slots = 30;

  StoreBatch(std::uint64_t seed, unsigned writer, std::uint64_t number) : is_turn(number % 3 == 0) {
    std::mt19937_64 random(Seed(seed).derive(number * counters + writer).value());
    const std::size_t count = 1 + random() % 6;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string key =
          writer_scope(writer) + "/slot/" + std::to_string(10 + random() % slots);
      if (is_turn && random() % 3 == 0) {
        puts.erase(key);
        erased.push_back(key);
        continue;
      }
      const std::size_t size = random() % 40 == 0 ? 5000 : random() % 500;
      std::string value = std::to_string(number) + "|";
      while (value.size() < size) value += std::to_string(random());
      puts[key] = std::move(value);
    }
    puts[writer_head(writer)] = std::to_string(number);
  }

  bool is_turn;
  std::vector<std::string> erased;  // Before the puts.
  std::map<std::string, std::string> puts;
};

// As check_image(): what is wrong with what a power cut left, in a sentence. The numbers are packed.
inline std::string check_store_image(const std::filesystem::path& directory, std::uint64_t seed,
                                     std::uint64_t acked, std::uint64_t issued) {
  for (int round = 0; round < 2; ++round) {
    const std::string when = round == 0 ? "after the crash: " : "a batch later: ";
    auto engine = detail::open_lmdb_engine(
        {.directory = directory,
         .journal = {.bytes_max = 8'000, .fold_idle = std::chrono::milliseconds(0)}});
    if (!engine) return when + "the store does not open: " + engine.error().message();
    const auto view = (*engine)->view();
    if (!view) return when + "no view: " + view.error().message();
    std::map<std::string, std::string> expected;
    std::uint64_t found = 0;
    for (unsigned writer = 0; writer < counters; ++writer) {
      const auto head = (*view)->get(writer_head(writer));
      if (!head) return when + "a head cannot be read: " + head.error().message();
      const std::uint64_t there = *head ? std::stoull(std::string(**head)) : 0;
      const std::uint64_t promised = count_of(acked, writer);
      if (there < promised || there > count_of(issued, writer)) {
        return when + "writer " + std::to_string(writer) + " ends with " + std::to_string(there) +
               ", acknowledged was " + std::to_string(promised) + " of " +
               std::to_string(count_of(issued, writer));
      }
      found = with_count(found, writer, there);
      for (std::uint64_t n = 1; n <= there; ++n) {
        const StoreBatch batch(seed, writer, n);
        for (const std::string& key : batch.erased) expected.erase(key);
        for (const auto& [key, value] : batch.puts) expected[key] = value;
      }
    }
    const auto cursor = (*view)->scan("//", "//~");
    if (!cursor) return when + "no scan: " + cursor.error().message();
    auto at = expected.begin();
    for (;;) {
      const auto more = (*cursor)->next();
      if (!more) return when + "a record cannot be read: " + more.error().message();
      if (!*more) break;
      if (at == expected.end() || (*cursor)->key() != at->first ||
          (*cursor)->value() != at->second) {
        return when + "the record " + std::string((*cursor)->key()) + " is wrong";
      }
      ++at;
    }
    if (at != expected.end()) return when + at->first + " is missing";
    if (round == 1) break;
    // A damaged free list shows when its pages are used again.
    const std::uint64_t next = count_of(found, 0) + 1;
    const StoreBatch batch(seed, 0, next);
    std::vector<detail::Operation> operations;
    for (const std::string& key : batch.erased) {
      if (!batch.puts.contains(key)) operations.push_back(detail::Operation::erase(key));
    }
    for (const auto& [key, value] : batch.puts) {
      operations.push_back(detail::Operation::put(key, value));
    }
    if (const auto done = (*engine)->commit(operations, detail::Flush::full); !done) {
      return "no further commit: " + done.error().message();
    }
    acked = issued = with_count(found, 0, next);
  }
  return {};
}

}  // namespace stet::test
