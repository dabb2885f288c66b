// runtime/src/block_heap.hpp - the pages of one thread's blocks.
//
// Threads    returns.give_back(): any. The rest: the one thread that uses the heap. It is handed on,
//            with all its pages, when that thread ends.
#pragma once

#include <cstddef>
#include <cstdint>

#include <stet/runtime/detail/block_cache.hpp>

#include "page_returns.hpp"

namespace stet::detail {

class BlockHeap {
 public:
  // Idle pages of one size that a heap keeps for itself.
  static constexpr std::uint32_t idle_pages_max = 64;

  // A page at least half of whose blocks are free; they are the caller's, and the page's bitmap is
  // to be emptied. nullptr: a page is needed.
  [[nodiscard]] BlockPage* take(std::size_t index) noexcept;
  // A page all of whose blocks are free.
  void add(BlockPage& page) noexcept;

  // The page's free_count has come to event_at. A page that is to leave this heap, or nullptr.
  [[nodiscard]] BlockPage* on_event(BlockPage& page) noexcept;
  // A page that is wholly free leaves; nullptr: there is none. A walk over the usable pages.
  [[nodiscard]] BlockPage* shed(std::size_t index) noexcept;
  // Takes home what others have freed. Pages that are to leave: through `leave(BlockPage&)`.
  template <class Leave>
  void collect(Leave&& leave) noexcept {
    BlockPage* page = returns.take_returned();
    while (page != nullptr) {
      BlockPage* const rest = page->returned_next;
      FreeBlock* block = decltype(returns)::take_remote(*page);
      while (block != nullptr) {
        FreeBlock* const after = block->next;
        page->set_free(block);
        block = after;
        if (++page->free_count == page->event_at) {
          if (BlockPage* const gone = on_event(*page)) leave(*gone);
        }
      }
      page = rest;
    }
  }

  BasicReturns<BlockPage, FreeBlock> returns;

 private:
  struct Class {
    BlockPage* usable = nullptr;  // At least half free, those that became so last first.
    std::uint32_t idle = 0;       // How many of them are wholly free.
  };
  static void unlist(BlockPage& page) noexcept;

  Class classes_[BlockCache::classes];
};

}  // namespace stet::detail
