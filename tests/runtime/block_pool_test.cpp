// tests/runtime/block_pool_test.cpp
// Goal    Blocks are aligned, distinct, used again, and given back by threads that end.
// Method  Stocks are filled and emptied over their bounds; addresses are compared.
#include "runtime/src/block_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::detail::block_pool_test {

constexpr std::size_t sizes[] = {1, 64, 65, 128, 200, 448, 512, 513, 4096};

TEST(BlockPool, AsksForChunksThatGrowUpToABound) {
  EXPECT_EQ(BlockPool::chunk_bytes(0), 64U * 1024);
  EXPECT_EQ(BlockPool::chunk_bytes(1), 128U * 1024);
  EXPECT_EQ(BlockPool::chunk_bytes(4), 1024U * 1024);
  EXPECT_EQ(BlockPool::chunk_bytes(1'000'000), 1024U * 1024);
}

TEST(BlockPool, GivesAlignedBlocksThatDoNotOverlap) {
  BlockPool pool;
  BlockCache cache(pool);
  for (const std::size_t bytes : sizes) {
    std::set<std::uintptr_t> starts;
    std::vector<void*> blocks;
    for (int i = 0; i < 300; ++i) {
      void* block = cache.allocate(bytes, BlockKind::message);
      std::memset(block, 0xAB, bytes);
      const auto start = reinterpret_cast<std::uintptr_t>(block);
      EXPECT_EQ(start % BlockCache::granule_bytes, 0U);
      const auto above = starts.lower_bound(start);
      if (above != starts.end()) {
        EXPECT_GE(*above - start, bytes);
      }
      if (above != starts.begin()) {
        EXPECT_GE(start - *std::prev(above), bytes);
      }
      EXPECT_TRUE(starts.insert(start).second);
      blocks.push_back(block);
    }
    for (void* block : blocks) cache.release(block, bytes, BlockKind::message);
  }
}

// However mixed the order in which blocks came back: that is what keeps long chains of messages
// cheap to walk.
TEST(BlockPool, TakesBlocksInTheOrderOfTheirAddresses) {
  BlockPool pool;
  BlockCache cache(pool);
  const test::Seed seed = test::Seed::from_environment_or_random();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed.value());
  constexpr std::size_t count = 20'000;
  std::vector<void*> blocks;
  for (int round = 0; round < 4; ++round) {
    while (blocks.size() < count) blocks.push_back(cache.allocate(64, BlockKind::message));
    std::size_t forward = 0;
    for (std::size_t at = 1; at < count; ++at) {
      forward +=
          static_cast<std::byte*>(blocks[at]) == static_cast<std::byte*>(blocks[at - 1]) + 64;
    }
    EXPECT_GT(forward, count * 95 / 100) << "in round " << round;
    std::shuffle(blocks.begin(), blocks.end(), random);
    for (void* block : blocks) cache.release(block, 64, BlockKind::message);
    blocks.clear();
  }
}

// One thread makes, another frees, for ever: the blocks must come home, or memory grows.
TEST(BlockPool, BlocksFreedElsewhereComeHome) {
  BlockPool pool;
  BlockCache maker(pool);
  BlockCache other(pool);
  std::set<void*> seen;
  for (std::size_t round = 0; round < test::scaled(2'000); ++round) {
    std::vector<void*> blocks;
    for (int i = 0; i < 100; ++i) blocks.push_back(maker.allocate(64, BlockKind::message));
    for (void* block : blocks) {
      seen.insert(block);
      other.release(block, 64, BlockKind::message);
    }
  }
  EXPECT_LE(seen.size(), 8 * BlockPage::bytes / 64);
}

// Two threads free what the other made, at the same time as both make.
TEST(BlockPool, ThreadsThatSwapBlocksLoseNone) {
  BlockPool pool;
  constexpr std::size_t slots = 512;
  std::vector<std::atomic<void*>> shared(slots);
  const auto work = [&](std::uint64_t number) {
    BlockCache cache(pool);
    std::mt19937_64 random(number);
    for (std::size_t step = 0; step < test::scaled(400'000); ++step) {
      void* mine = cache.allocate(64, BlockKind::message);
      std::memset(mine, static_cast<int>(number), 64);
      // acq_rel: hands one block over and takes another.
      void* theirs = shared[random() % slots].exchange(mine, std::memory_order_acq_rel);
      if (theirs == nullptr) continue;
      const auto* bytes = static_cast<unsigned char*>(theirs);
      ASSERT_EQ(bytes[0], bytes[63]) << "two threads were given the same block";
      cache.release(theirs, 64, BlockKind::message);
    }
  };
  std::thread first(work, 1);
  std::thread second(work, 2);
  std::thread third(work, 3);
  first.join();
  second.join();
  third.join();
}

TEST(BlockPool, DoesNotGrowWhileAsMuchIsReleasedAsIsTaken) {
  BlockPool pool;
  BlockCache cache(pool);
  std::set<void*> seen;
  for (std::size_t round = 0; round < test::scaled(200); ++round) {
    std::vector<void*> blocks;
    for (int i = 0; i < 100; ++i) blocks.push_back(cache.allocate(64, BlockKind::message));
    for (void* block : blocks) {
      seen.insert(block);
      cache.release(block, 64, BlockKind::message);
    }
  }
  EXPECT_LE(seen.size(), 2 * BlockPage::bytes / 64);
}

// What one thread frees another must be able to use, also after the first has ended.
TEST(BlockPool, PassesBlocksFromAThreadThatEndsToOthers) {
  BlockPool pool;
  std::set<void*> freed;
  std::thread([&] {
    BlockCache cache(pool);
    std::vector<void*> blocks;
    for (int i = 0; i < 64; ++i) blocks.push_back(cache.allocate(128, BlockKind::message));
    for (void* block : blocks) {
      freed.insert(block);
      cache.release(block, 128, BlockKind::message);
    }
  }).join();
  BlockCache cache(pool);
  std::vector<void*> blocks;
  std::size_t again = 0;
  for (int i = 0; i < 64; ++i) {
    blocks.push_back(cache.allocate(128, BlockKind::message));
    again += freed.count(blocks.back());
  }
  EXPECT_EQ(again, freed.size());
  for (void* block : blocks) cache.release(block, 128, BlockKind::message);
}

TEST(BlockPool, KeepsMemoryOfCellsApartFromThatOfMessages) {
  BlockPool pool;
  BlockCache cache(pool);
  void* cell = cache.allocate(64, BlockKind::cell);
  cache.release(cell, 64, BlockKind::cell);
  void* message = cache.allocate(64, BlockKind::message);
  EXPECT_NE(message, cell);
  cache.release(message, 64, BlockKind::message);
}

TEST(BlockPool, FindsNoCellWhereNoneWasMade) {
  BlockPool pool;
  BlockCache cache(pool);
  void* block = cache.allocate(64, BlockKind::cell);
  int cells = 0;
  pool.for_each_cell([&](Cell&) { ++cells; });
  EXPECT_EQ(cells, 0);
  cache.release(block, 64, BlockKind::cell);
}

}  // namespace stet::detail::block_pool_test
