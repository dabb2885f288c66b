// persistence/src/memory_engine.hpp - an engine in memory, for tests and stores that need no disk.
//
// A MemoryDisk plays the disk: it outlives its engine, can lose power, and can be full. As with
// LMDB a commit with Flush::process becomes durable with the next commit or flush, so at most the
// last commit is ever at stake.
//
// Threads    MemoryDisk: any. The engine: as engine.hpp says.
// Progress   Everything takes the disk's mutex for as long as it works; a commit while a view is
//            open copies the whole map once.
// Ownership  Engine and views keep their disk alive.
// Bounds     `bytes_max` for keys and values together; over it a commit that adds is disk_full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stet/runtime/result.hpp>

#include "engine.hpp"

namespace stet::detail {

class MemoryDisk {
 public:
  using Map = std::map<std::string, std::string, std::less<>>;

  explicit MemoryDisk(std::size_t bytes_max = std::numeric_limits<std::size_t>::max())
      : map_(std::make_shared<Map>()), bytes_max_(bytes_max) {}

  enum class NotYetDurable : std::uint8_t { lost, kept };
  // As if the machine had stopped here: an engine still open is dead (`closed`), and the last
  // commit, if it is not yet durable, is lost, or kept: a real disk may do either.
  void lose_power(NotYetDurable last_commit = NotYetDurable::lost);

  // What a successor of its engine finds of the last commit, if that is not yet durable.
  void set_successor_finds(NotYetDurable last_commit);

  // Fill it up, or make room.
  void set_bytes_max(std::size_t bytes_max);
  [[nodiscard]] std::size_t used_bytes() const;
  [[nodiscard]] std::size_t views() const;  // Open now.

 private:
  friend class MemoryEngine;
  friend class MemoryView;

  // One change, kept so that it can be taken back without an allocation.
  struct Change {
    std::string key;                    // Created or replaced here, where `erased` is empty.
    std::optional<std::string> before;  // Replaced: the value that stood there.
    Map::node_type erased;
  };
  using Undo = std::vector<Change>;  // Newest last.

  // Throws bad_alloc; `undo` then holds what was done so far.
  void apply(const Operation& operation, Undo& undo);
  void put(std::string_view key, std::string_view value, Undo& undo);
  void erase(Map::iterator record, Undo& undo);
  void take_back(Undo& undo) noexcept;
  void own_map();  // Before a change: views keep the old map.

  mutable std::mutex mutex_;
  std::shared_ptr<Map> map_;
  std::size_t bytes_max_;
  std::size_t used_bytes_ = 0;
  CommitNumber committed_ = 0;
  CommitNumber durable_ = 0;
  Undo not_yet_durable_;
  std::size_t views_ = 0;
  std::uint64_t incarnation_ = 0;  // Raised when power is lost.
  NotYetDurable successor_finds_ = NotYetDurable::kept;
  std::size_t engines_ = 0;  // One, or while it is succeeded two.
};

// Errors: already_open, where an engine of this disk is open.
[[nodiscard]] Result<std::unique_ptr<Engine>> make_memory_engine(std::shared_ptr<MemoryDisk> disk);
// One on a disk of its own.
[[nodiscard]] std::unique_ptr<Engine> make_memory_engine();

}  // namespace stet::detail
