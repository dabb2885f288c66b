// benchmarks/baseline/chain_pool.hpp - 64-byte blocks that one thread takes and one other gives
// back.
//
// The least that can be done: no other size, no third thread, no way to end early. Blocks come back
// in chains of 32, each with one compare-and-swap.
//
// Threads    take(): one. give_back(): one other. The destructor: when both are done.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace stet::bench {

class ChainPool {
 public:
  [[nodiscard]] void* take() {
    if (free_ == nullptr) {
      // acquire: pairs with give_back().
      free_ = returned_.exchange(nullptr, std::memory_order_acquire);
      if (free_ == nullptr) carve();
    }
    Block* const block = free_;
    free_ = block->next;
    return block;
  }

  void give_back(void* memory) {
    Block* const block = ::new (memory) Block{chain_};
    if (chain_ == nullptr) last_ = block;
    chain_ = block;
    if (++length_ < chain_blocks) return;
    // release: pairs with take(), which follows the links.
    Block* top = returned_.load(std::memory_order_relaxed);
    do {
      last_->next = top;
    } while (!returned_.compare_exchange_weak(top, chain_, std::memory_order_release,
                                              std::memory_order_relaxed));
    chain_ = nullptr;
    length_ = 0;
  }

 private:
  static constexpr std::size_t chain_blocks = 32;
  static constexpr std::size_t chunk_blocks = 256;
  struct alignas(64) Block {
    Block* next = nullptr;
  };

  void carve() {
    chunks_.push_back(std::make_unique<Block[]>(chunk_blocks));
    for (std::size_t i = 0; i < chunk_blocks; ++i) {
      Block& block = chunks_.back()[i];
      block.next = free_;
      free_ = &block;
    }
  }

  // The taking thread's.
  Block* free_ = nullptr;
  std::vector<std::unique_ptr<Block[]>> chunks_{};
  // Both threads'.
  alignas(64) std::atomic<Block*> returned_{nullptr};
  // The returning thread's.
  alignas(64) Block* chain_ = nullptr;
  Block* last_ = nullptr;
  std::size_t length_ = 0;
};

}  // namespace stet::bench
