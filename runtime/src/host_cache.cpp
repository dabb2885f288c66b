// runtime/src/host_cache.cpp - blocks for threads that run no actors.
#include <array>
#include <memory>

#include "core.hpp"

namespace stet::detail {
namespace {

// One thread's stocks for the Systems it sent to last. Each holds its core: a stock must be given
// back to a pool that is still there. So a System's memory stays until the threads that sent to it
// have ended or turned to four others.
class HostCaches {
 public:
  ~HostCaches();

  BlockCache& cache_for(Core& core) {
    for (Entry& entry : entries_) {
      if (entry.core == &core) return *entry.cache;
    }
    Entry& entry = entries_[next_++ % entries_.size()];
    drop(entry);
    entry.cache = std::make_unique<BlockCache>(core.blocks);
    core.retain();
    entry.core = &core;
    return *entry.cache;
  }

 private:
  struct Entry {
    Core* core = nullptr;
    std::unique_ptr<BlockCache> cache;
  };
  static void drop(Entry& entry) noexcept {
    if (entry.core == nullptr) return;
    entry.cache.reset();
    std::exchange(entry.core, nullptr)->release();
  }

  std::array<Entry, 4> entries_;
  std::size_t next_ = 0;
};

// Addresses may be dropped by destructors that run after those of this thread's other variables.
constinit thread_local bool caches_gone = false;

HostCaches::~HostCaches() {
  caches_gone = true;
  for (Entry& entry : entries_) drop(entry);
}

HostCaches& host_caches() {
  thread_local HostCaches caches;
  return caches;
}

}  // namespace

void* allocate_foreign(Core& core, std::size_t bytes, BlockKind kind) {
  if (!caches_gone) return host_caches().cache_for(core).allocate(bytes, kind);
  BlockCache passing(core.blocks);
  return passing.allocate(bytes, kind);
}

void release_foreign(Core& core, void* memory, std::size_t bytes, BlockKind kind) noexcept {
  if (!caches_gone) {
    host_caches().cache_for(core).release(memory, bytes, kind);
  } else {
    BlockCache passing(core.blocks);
    passing.release(memory, bytes, kind);
  }
}

}  // namespace stet::detail
