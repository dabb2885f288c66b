// runtime/src/block_heap.cpp - which page next, and when a page leaves.
#include "block_heap.hpp"

namespace stet::detail {

BlockPage* BlockHeap::take(std::size_t index) noexcept {
  Class& here = classes_[index];
  BlockPage* const page = here.usable;
  if (page == nullptr) return nullptr;
  unlist(*page);
  if (page->free_count == page->capacity) --here.idle;
  page->free_count = 0;
  page->event_at = page->capacity / 2;
  return page;
}

void BlockHeap::add(BlockPage& page) noexcept {
  page.heap = this;
  // As if its last block had just been freed.
  static_cast<void>(on_event(page));
  ++classes_[page.index].idle;
}

BlockPage* BlockHeap::on_event(BlockPage& page) noexcept {
  Class& here = classes_[page.index];
  if (page.back == nullptr) {
    page.next = here.usable;
    page.back = &here.usable;
    if (page.next != nullptr) page.next->back = &page.next;
    here.usable = &page;
    page.event_at = page.capacity;
    return nullptr;
  }
  if (here.idle < idle_pages_max) {
    ++here.idle;
    return nullptr;
  }
  unlist(page);
  return &page;
}

BlockPage* BlockHeap::shed(std::size_t index) noexcept {
  Class& here = classes_[index];
  BlockPage* page = here.usable;
  while (page != nullptr && page->free_count != page->capacity) page = page->next;
  if (page == nullptr) return nullptr;
  unlist(*page);
  --here.idle;
  return page;
}

void BlockHeap::unlist(BlockPage& page) noexcept {
  *page.back = page.next;
  if (page.next != nullptr) page.next->back = page.back;
  page.back = nullptr;
  page.next = nullptr;
}

}  // namespace stet::detail
