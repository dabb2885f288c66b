// stet/runtime/detail/block_cache.hpp - one thread's blocks of one System.
//
// Envelopes and cells come from here. Memory comes in pages of 16 KiB, each of blocks of one size
// and of one heap, and a heap is used by one thread at a time: that thread takes and returns its
// own blocks without any atomic. A block that was made elsewhere goes home: runs of blocks of one
// page are handed back together, so a block made on one worker and freed on another costs a part of
// one exchange.
//
// A page says in a bitmap which of its blocks are free, and is used again once half of them are. So
// blocks are always taken in the order of their addresses, whatever was freed in which order: a
// chain of a thousand messages is a walk forward through a few pages, which the processor foresees.
// With lists of free blocks the order decays, and each message costs two cache misses.
//
// Threads    Its thread only.
// Progress   wait-free, but for a refill: that asks the pool, and at worst the system's allocator.
// Bounds     At most half of a used page's blocks lie idle; 64 idle pages per size, the pool keeps
//            the rest until the System goes. At most 4 pages' blocks are on their way home.
// Source     Pages that are shared by nobody, and remote frees: D. Leijen, B. Zorn, L. de Moura,
//            "Mimalloc: free list sharding in action", APLAS 2019.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>

#include <stet/runtime/detail/assert.hpp>
#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

class BlockHeap;
class BlockPool;

// A block on its way home: the first 8 bytes link it, the rest is left as it was.
struct FreeBlock {
  FreeBlock* next;
};

// Blocks for messages, and for cells: those are found again by walking their pages, so their
// memory is only ever used for cells.
enum class BlockKind : std::uint8_t { message, cell };

// The head of a page. Owner: whoever uses its heap.
struct alignas(64) BlockPage {
  static constexpr std::size_t bytes = 16 * 1024;
  static constexpr std::size_t granule_bytes = 64;
  static constexpr std::size_t words = bytes / granule_bytes / 64;

  // Owner only.
  std::uint64_t free[words] = {};  // A bit for the granule that a free block begins with.
  std::uint32_t free_count = 0;
  std::uint32_t event_at = 0;  // The free_count at which the heap wants to know.
  BlockPage* next = nullptr;   // Among its heap's usable pages.
  BlockPage** back = nullptr;  // What points here there; nullptr: it is not among them.
  BlockHeap* heap = nullptr;   // Changes only while no block is out.
  // Blocks freed by others, and the link in the heap's list of pages that have some.
  alignas(64) Atomic<FreeBlock*> remote{nullptr};
  BlockPage* returned_next = nullptr;
  std::uint32_t index = 0;     // Constant: the size of its blocks.
  std::uint32_t capacity = 0;  // Constant: how many there are.

  [[nodiscard]] static BlockPage& of(const void* block) noexcept {
    return *reinterpret_cast<BlockPage*>(reinterpret_cast<std::uintptr_t>(block) & ~(bytes - 1));
  }
  void set_free(const void* block) noexcept {
    const std::size_t granule = reinterpret_cast<std::uintptr_t>(block) % bytes / granule_bytes;
    free[granule / 64] |= std::uint64_t{1} << (granule % 64);
  }
};
static_assert(sizeof(BlockPage) == 128);

class BlockCache {
 public:
  static constexpr std::size_t granule_bytes = BlockPage::granule_bytes;
  static constexpr std::size_t message_classes = 8;  // 64 ... 512 bytes; larger ones use new.
  static constexpr std::size_t cell_classes = 3;     // 64, 128, 192 bytes.
  static constexpr std::size_t classes = message_classes + cell_classes;

  explicit BlockCache(BlockPool& pool);
  ~BlockCache();
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  // Throws std::bad_alloc.
  [[nodiscard]] void* allocate(std::size_t bytes, BlockKind kind) {
    if (kind == BlockKind::message && bytes > message_classes * granule_bytes) {
      return ::operator new(bytes, std::align_val_t{granule_bytes});
    }
    Ready& ready = ready_[class_of(bytes, kind)];
    if (ready.word == 0) [[unlikely]]
      refill(class_of(bytes, kind));
    const auto granule = static_cast<std::size_t>(std::countr_zero(ready.word));
    ready.word &= ready.word - 1;
    return ready.base + granule * granule_bytes;
  }

  void release(void* memory, std::size_t bytes, BlockKind kind) noexcept {
    if (kind == BlockKind::message && bytes > message_classes * granule_bytes) {
      ::operator delete(memory, std::align_val_t{granule_bytes});
      return;
    }
    BlockPage& page = BlockPage::of(memory);
    if (page.heap != heap_) [[unlikely]] {
      release_remote(page, memory);
      return;
    }
    page.set_free(memory);
    if (++page.free_count == page.event_at) [[unlikely]]
      on_event(page);
  }

  // Hands over what is on its way to others: before the thread sleeps or ends.
  void flush() noexcept;

  [[nodiscard]] static constexpr std::size_t class_of(std::size_t bytes, BlockKind kind) noexcept {
    const std::size_t granules = (bytes + granule_bytes - 1) / granule_bytes;
    return kind == BlockKind::message ? granules - 1 : message_classes + granules - 1;
  }
  [[nodiscard]] static constexpr std::size_t block_bytes(std::size_t index) noexcept {
    return granule_bytes * (index < message_classes ? index + 1 : index - message_classes + 1);
  }

 private:
  // Free blocks of one page of heap_: those of the current word and of the words behind it.
  struct Ready {
    std::uint64_t word = 0;
    std::byte* base = nullptr;  // Of the current word's granules.
    std::uint64_t rest[BlockPage::words - 1] = {};
  };
  // Blocks of one page of another heap.
  struct Run {
    BlockPage* page = nullptr;
    FreeBlock* first = nullptr;
    FreeBlock* last = nullptr;
  };

  // Afterwards the word is not 0.
  void refill(std::size_t index);
  static bool next_word(Ready& ready) noexcept;
  void release_remote(BlockPage& page, void* memory) noexcept;
  void on_event(BlockPage& page) noexcept;

  Ready ready_[classes];
  BlockHeap* heap_;
  BlockPool* pool_;
  Run runs_[4];
};

}  // namespace stet::detail
