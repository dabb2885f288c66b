// runtime/src/block_pool.hpp - the pages of one System, and the heaps that no thread uses now.
//
// Threads    Any.
// Progress   Lock-free while there are idle pages; a new chunk takes a lock and asks the allocator,
//            for 64 KiB at first and up to 1 MiB later.
// Ownership  All chunks live until the pool goes: a block's memory stays readable, and stays of its
//            kind, as long as the System's core lives.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include <stet/runtime/detail/block_cache.hpp>
#include <stet/runtime/detail/cell.hpp>

#include "block_heap.hpp"
#include "shared_queue.hpp"

namespace stet::detail {

class BlockPool {
 public:
  // The allocator touches a page of the system's before and behind an aligned chunk: an eighth of a
  // small one. So chunks grow, up to a bound.
  [[nodiscard]] static constexpr std::size_t chunk_bytes(std::size_t chunks_before) noexcept {
    return std::size_t{64 * 1024} << std::min<std::size_t>(chunks_before, 4);
  }

  BlockPool() = default;
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // A heap for a thread that begins: one that a thread left behind, with its pages, or a new one.
  // Throws std::bad_alloc.
  [[nodiscard]] BlockHeap& adopt();
  void abandon(BlockHeap& heap) noexcept;

  // A page for blocks of that size, all of them free. Throws std::bad_alloc.
  [[nodiscard]] BlockPage& take_page(std::size_t index);
  void give(BlockPage& page) noexcept;

  // Calls visit(Cell&) for every cell that is in use, with a reference held during the call. Cells
  // that come or go meanwhile may be left out.
  template <class Visit>
  void for_each_cell(Visit&& visit) {
    std::vector<BlockPage*> pages;
    {
      const std::lock_guard lock(mutex_);
      pages = cell_pages_;
    }
    for (BlockPage* const page : pages) {
      const std::size_t bytes = BlockCache::block_bytes(page->index);
      auto* const memory = reinterpret_cast<std::byte*>(page) + sizeof(BlockPage);
      for (std::size_t at = 0; at < page->capacity; ++at) {
        auto* const cell = reinterpret_cast<Cell*>(memory + at * bytes);
        if (!try_retain(*cell)) continue;
        visit(*cell);
        release(cell);
      }
    }
  }

  // Counts one more address of a cell, if there is any: of memory that is, or was, a cell of this
  // pool. False: it is free. Which actor it is must be looked at afterwards. Lock-free.
  [[nodiscard]] static bool try_retain(Cell& cell) noexcept;

 private:
  [[nodiscard]] BlockPage& new_page(std::size_t index);

  std::array<SharedQueue<BlockPage*>, BlockCache::classes> idle_;
  SharedQueue<BlockHeap*> abandoned_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::byte*> chunks_;
  std::vector<std::byte*> unused_;  // Pages of the last chunk.
  std::vector<BlockPage*> cell_pages_;
  std::vector<std::unique_ptr<BlockHeap>> heaps_;  // All there are.
};

}  // namespace stet::detail
