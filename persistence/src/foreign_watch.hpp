// persistence/src/foreign_watch.hpp - who of other processes reads for too long.
//
// LMDB says which transaction a reader shows, not since when. But one that is older than the last
// commit was begun before that commit; so its age counts from when it was first seen to be behind.
//
// Threads    One: the reader's.
// Bounds     Engine::foreign_readers_max for each of the engine's environments.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include <stet/runtime/result.hpp>

#include "engine.hpp"

namespace stet::detail {

class ForeignWatch {
 public:
  explicit ForeignWatch(std::chrono::nanoseconds age_max) noexcept : age_max_(age_max) {}

  // What the engine says now. True: there is something else to tell than after the last call.
  [[nodiscard]] bool update(const std::vector<ForeignReader>& readers,
                            std::chrono::nanoseconds now);
  // Who is over the age, the oldest; nullopt: nobody.
  [[nodiscard]] std::optional<Error> alarm() const;
  // Somebody is behind, perhaps not for long yet.
  [[nodiscard]] bool is_watching() const noexcept { return !seen_.empty(); }

 private:
  struct Seen {
    ForeignReader reader;
    std::chrono::nanoseconds since{0};
  };
  const std::chrono::nanoseconds age_max_;
  std::vector<Seen> seen_;
  std::optional<Seen> told_;
  std::chrono::nanoseconds now_{0};
};

}  // namespace stet::detail
