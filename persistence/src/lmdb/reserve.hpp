// persistence/src/lmdb/reserve.hpp - room on the disk that puts leave untouched.
//
// LMDB copies pages even to erase, so on a disk without a free block nothing could be erased any
// more. The data file therefore keeps some room allocated behind its last page. A batch that puts
// is refused when that room cannot be had; one that only erases may use it. It also turns a full
// disk into a clean refusal before LMDB has written anything.
//
// A part of the whole disk may be left to others, too (keep_free): a commit that would grow the file into
// it is refused in the same way. Folds may take half of it: what is in the journal had been accepted.
//
// Threads    The writing thread.
// Bounds     256 KiB, 64 pages: an erase copies about five. Allocated a mebibyte ahead, so a few
//            system calls for each that the file grows, none otherwise.
// Failure    A file system that cannot allocate ahead goes without; failed_commit.hpp still tells a
//            full disk from a broken one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "environment.hpp"

namespace stet::detail {

class Reserve {
 public:
  static constexpr std::uint64_t bytes = std::uint64_t{256} << 10;

  // Leave so many bytes of the file system to others, but at most a twentieth of it. Before anything else.
  void keep_free(std::uint64_t disk_bytes) noexcept { keep_free_ = disk_bytes; }

  // Before a batch that puts. 0, or ENOSPC, EDQUOT or EFBIG: no room. `used_bytes`: up to the last
  // page in use.
  [[nodiscard]] int ensure(int fd, std::uint64_t used_bytes) noexcept;
  // The same for a commit of so many bytes of keys and values, which may also find room in pages that
  // are free inside the file. One that only erases goes through.
  [[nodiscard]] int make_room(const Environment& environment, bool puts,
                              std::size_t batch_bytes) noexcept;
  // What was allocated may have been used: look again before the next batch.
  void forget() noexcept { allocated_to_ = 0; }

 private:
  // Nothing depends on it: a failure only means that it is slower.
  void write_ahead(int fd, std::uint64_t used_bytes, std::size_t batch_bytes) noexcept;

  [[nodiscard]] bool leaves_enough(int fd, std::uint64_t taken) const noexcept;

  std::uint64_t keep_free_ = 0;
  std::uint64_t allocated_to_ = 0;
  std::uint64_t written_to_ = 0;
  bool supported_ = true;
  enum class Zeros : std::uint8_t { unknown, help, useless };
  Zeros zeros_ = Zeros::unknown;
};

}  // namespace stet::detail
