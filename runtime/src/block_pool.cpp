// runtime/src/block_pool.cpp - chunks cut into pages, heaps passed on, and the threads' caches.
#include "block_pool.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <new>
#include <utility>

namespace stet::detail {
namespace {

template <class T>
void reserve_one(std::vector<T>& list) {
  if (list.size() == list.capacity()) list.reserve(std::max<std::size_t>(16, 2 * list.size()));
}

}  // namespace

BlockPool::~BlockPool() {
  for (std::byte* const chunk : chunks_) {
    ::operator delete(chunk, std::align_val_t{BlockPage::bytes});
  }
}

BlockHeap& BlockPool::adopt() {
  BlockHeap* heap = nullptr;
  // May fail though there is one; then there will be one more, which costs memory and no more.
  if (abandoned_.try_take(heap)) return *heap;
  auto made = std::make_unique<BlockHeap>();
  const std::lock_guard lock(mutex_);
  heaps_.push_back(std::move(made));
  return *heaps_.back();
}

void BlockPool::abandon(BlockHeap& heap) noexcept {
  // Out of memory for the queue's own bookkeeping: the heap stays out of use until the pool goes.
  // Nothing is lost but memory that nobody can get anyway.
  static_cast<void>(abandoned_.put(&heap));
}

void BlockPool::give(BlockPage& page) noexcept {
  static_cast<void>(idle_[page.index].put(&page));  // As above.
}

BlockPage& BlockPool::take_page(std::size_t index) {
  BlockPage* page = nullptr;
  if (idle_[index].try_take(page)) return *page;
  // What threads have left behind comes free later, when others give its blocks back.
  BlockHeap* heap = nullptr;
  if (abandoned_.try_take(heap)) {
    heap->collect([this](BlockPage& gone) { give(gone); });
    page = heap->shed(index);
    abandon(*heap);
    if (page != nullptr) return *page;
  }
  return new_page(index);
}

BlockPage& BlockPool::new_page(std::size_t index) {
  const bool is_cell = index >= BlockCache::message_classes;
  const std::lock_guard lock(mutex_);
  // Whatever throws here has changed nothing.
  if (is_cell) reserve_one(cell_pages_);
  if (unused_.empty()) {
    const std::size_t bytes = chunk_bytes(chunks_.size());
    unused_.reserve(bytes / BlockPage::bytes);
    reserve_one(chunks_);
    auto* const chunk =
        static_cast<std::byte*>(::operator new(bytes, std::align_val_t{BlockPage::bytes}));
    chunks_.push_back(chunk);
    for (std::size_t at = bytes; at != 0; at -= BlockPage::bytes) {
      unused_.push_back(chunk + at - BlockPage::bytes);
    }
  }
  std::byte* const memory = unused_.back();
  unused_.pop_back();
  // Zero: a cell's reference count of 0 says that the block is free.
  if (is_cell) std::memset(memory, 0, BlockPage::bytes);
  auto* const page = ::new (static_cast<void*>(memory)) BlockPage;
  page->index = static_cast<std::uint32_t>(index);
  const std::size_t bytes = BlockCache::block_bytes(index);
  for (std::size_t at = sizeof(BlockPage); at + bytes <= BlockPage::bytes; at += bytes) {
    page->set_free(memory + at);
    ++page->capacity;
  }
  page->free_count = page->capacity;
  if (is_cell) cell_pages_.push_back(page);
  return *page;
}

bool BlockPool::try_retain(Cell& cell) noexcept {
  return References::try_retain(cell.references());
}

BlockCache::BlockCache(BlockPool& pool) : heap_(&pool.adopt()), pool_(&pool) {}

BlockCache::~BlockCache() {
  for (Ready& ready : ready_) {
    while (ready.word != 0 || next_word(ready)) {
      const auto granule = static_cast<std::size_t>(std::countr_zero(ready.word));
      ready.word &= ready.word - 1;
      std::byte* const block = ready.base + granule * granule_bytes;
      BlockPage& page = BlockPage::of(block);
      page.set_free(block);
      if (++page.free_count == page.event_at) on_event(page);
    }
  }
  flush();
  pool_->abandon(*heap_);
}

bool BlockCache::next_word(Ready& ready) noexcept {
  for (std::size_t skip = 0; skip < std::size(ready.rest); ++skip) {
    ready.word = ready.rest[0];
    ready.base += std::size_t{64} * granule_bytes;
    std::copy(std::begin(ready.rest) + 1, std::end(ready.rest), std::begin(ready.rest));
    *std::rbegin(ready.rest) = 0;
    if (ready.word != 0) return true;
  }
  return false;
}

void BlockCache::refill(std::size_t index) {
  Ready& ready = ready_[index];
  if (next_word(ready)) return;
  BlockPage* page = heap_->take(index);
  if (page == nullptr) {
    heap_->collect([this](BlockPage& gone) { pool_->give(gone); });
    page = heap_->take(index);
  }
  if (page == nullptr) {
    heap_->add(pool_->take_page(index));
    page = heap_->take(index);
  }
  ready.base = reinterpret_cast<std::byte*>(page);
  ready.word = std::exchange(page->free[0], 0);
  for (std::size_t word = 1; word < BlockPage::words; ++word) {
    ready.rest[word - 1] = std::exchange(page->free[word], 0);
  }
  if (ready.word == 0) static_cast<void>(next_word(ready));
}

void BlockCache::on_event(BlockPage& page) noexcept {
  if (BlockPage* const gone = heap_->on_event(page)) pool_->give(*gone);
}

void BlockCache::release_remote(BlockPage& page, void* memory) noexcept {
  auto* const block = static_cast<FreeBlock*>(memory);
  Run& run = runs_[(reinterpret_cast<std::uintptr_t>(&page) / BlockPage::bytes) % std::size(runs_)];
  if (run.page != &page) {
    if (run.page != nullptr) run.page->heap->returns.give_back(*run.page, run.first, run.last);
    run = Run{&page, nullptr, block};
  }
  block->next = run.first;
  run.first = block;
}

void BlockCache::flush() noexcept {
  for (Run& run : runs_) {
    if (run.page == nullptr) continue;
    run.page->heap->returns.give_back(*run.page, run.first, run.last);
    run = Run{};
  }
}

}  // namespace stet::detail
