// stet/runtime/detail/counted_pointer.hpp - a pointer that many follow while one replaces it.
//
// Who follows it must know that the node stays until it is done. So one word holds the pointer and
// how many are following it: taking both is one addition, and there is no moment between reading
// the pointer and protecting what it points to. Who replaces the node takes the word with it and
// adds that count to the node's own; who is done later counts down there. Who brings it to zero
// deletes the node.
//
// Threads    acquire(), release(): any. replace(): any, one at a time.
// Progress   acquire(), replace(): wait-free. release(): lock-free. Nothing blocks or allocates.
// Ownership  The caller makes the nodes, and deletes one when release() or replace() says so.
// Bounds     8191 may follow at the same time.
// Source     Split reference counts as in Williams, "C++ Concurrency in Action", 2nd ed., 7.2.4.
#pragma once

#include <cstdint>

#include <stet/runtime/detail/assert.hpp>
#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

// Node is aligned to 64 bytes and has a member `Atomic<std::int64_t> left`, 0 at first.
template <class Node>
class CountedPointer {
 public:
  explicit CountedPointer(Node* first) noexcept : word_(pack(first)) {}
  CountedPointer(const CountedPointer&) = delete;
  CountedPointer& operator=(const CountedPointer&) = delete;

  // The node stays until release().
  [[nodiscard]] Node* acquire() noexcept {
    // acquire: pairs with replace(), which published the node.
    const std::uint64_t word = word_.fetch_add(one, std::memory_order_acquire);
    STET_ASSERT(word >> address_bits < followers_max);
    return unpack(word);
  }

  // True: the caller was the last one and deletes the node, which has been replaced.
  [[nodiscard]] bool release(Node* node) noexcept {
    // relaxed: only compared.
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    // No ABA: while the caller is counted the node lives, so an equal pointer is this very node.
    while (unpack(word) == node) {
      // release: pairs with replace(), which may delete the node: what the caller read it has read.
      // relaxed on failure: only compared.
      if (word_.compare_exchange_weak(word, word - one, std::memory_order_release,
                                      std::memory_order_relaxed)) {
        return false;
      }
    }
    // acq_rel: release as above; acquire so that who deletes has seen all others done. It is 1 for
    // the last only: before replace() has added those who follow, it is 0 or less.
    return node->left.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }

  struct Replaced {
    Node* node;
    bool is_free;  // Nobody follows it any more: the caller deletes it.
  };
  [[nodiscard]] Replaced replace(Node* node) noexcept {
    // acq_rel: release publishes the node to acquire(); acquire pairs with those who have counted
    // down in the word.
    const std::uint64_t word = word_.exchange(pack(node), std::memory_order_acq_rel);
    Node* old = unpack(word);
    const auto followers = static_cast<std::int64_t>(word >> address_bits);
    // acq_rel: with 0 all have counted down in the node, and what they did is seen (acquire); else
    // who deletes sees what was done here (release).
    return {old, old->left.fetch_add(followers, std::memory_order_acq_rel) + followers == 0};
  }

  // For who owns the whole: nobody follows any more.
  [[nodiscard]] Node* get() const noexcept {
    // relaxed: the owner has seen all others end.
    return unpack(word_.load(std::memory_order_relaxed));
  }

 private:
  // Addresses have at most 57 bits, and nodes leave 6 of them zero.
  static constexpr unsigned address_bits = 51;
  static constexpr unsigned spare_bits = 6;
  static constexpr std::uint64_t one = std::uint64_t{1} << address_bits;
  static constexpr std::uint64_t followers_max = (std::uint64_t{1} << (64 - address_bits)) - 1;

  static std::uint64_t pack(Node* node) noexcept {
    static_assert(sizeof(void*) == 8 && alignof(Node) >= (1U << spare_bits));
    const std::uint64_t word = reinterpret_cast<std::uintptr_t>(node) >> spare_bits;
    STET_ASSERT(word < one);
    return word;
  }
  static Node* unpack(std::uint64_t word) noexcept {
    return reinterpret_cast<Node*>((word & (one - 1)) << spare_bits);
  }

  Atomic<std::uint64_t> word_;
};

}  // namespace stet::detail
