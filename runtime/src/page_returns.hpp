// runtime/src/page_returns.hpp - how blocks that others freed come home to their page's heap.
//
// Who frees a run of blocks of a page of another heap links them onto that page; whoever links the
// first announces the page to the heap. The heap takes announced pages, and from each all it has.
//
// Threads    give_back(): any. take_returned(), take_remote(): the heap's thread.
// Progress   give_back(): lock-free. The others: wait-free.
// Invariant  A page is announced exactly once between its first remote block and take_remote(). So
//            when all blocks of a page are home, nobody else is about to touch it.
// Bounds     None: memory is what limits it; every block is linked once.
#pragma once

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

// Page needs `Atomic<Block*> remote`, `Page* returned_next`; Block needs `Block* next`. A template
// for the models.
template <class Page, class Block>
class BasicReturns {
 public:
  // Blocks of one page, linked from first to last.
  void give_back(Page& page, Block* first, Block* last) noexcept {
    // relaxed: a first guess.
    Block* top = page.remote.load(std::memory_order_relaxed);
    do {
      last->next = top;
      // acq_rel: release pairs with take_remote(): who gets the blocks sees their links, and all that
      // was done with them; acquire, too: who links the first block again writes the page's link
      // below after the owner has read it. relaxed on failure: only compared. No ABA: only the owner
      // removes, all.
    } while (!page.remote.compare_exchange_weak(top, first, std::memory_order_acq_rel,
                                                std::memory_order_relaxed));
    if (top != nullptr) return;  // Announced by whoever came first.
    // relaxed: a first guess.
    Page* announced = returned_.load(std::memory_order_relaxed);
    do {
      page.returned_next = announced;
      // release: pairs with take_returned(). relaxed on failure: only compared.
    } while (!returned_.compare_exchange_weak(announced, &page, std::memory_order_release,
                                              std::memory_order_relaxed));
  }

  // Pages with blocks to take, linked by returned_next. Read that link before take_remote(): then
  // the page may be announced again.
  [[nodiscard]] Page* take_returned() noexcept {
    // relaxed: saves the exchange when there is none.
    if (returned_.load(std::memory_order_relaxed) == nullptr) return nullptr;
    // acquire: pairs with give_back().
    return returned_.exchange(nullptr, std::memory_order_acquire);
  }
  [[nodiscard]] static Block* take_remote(Page& page) noexcept {
    // acq_rel: pairs with give_back(), both ways: the page's link has been read before.
    return page.remote.exchange(nullptr, std::memory_order_acq_rel);
  }

 private:
  Atomic<Page*> returned_{nullptr};
};

}  // namespace stet::detail
