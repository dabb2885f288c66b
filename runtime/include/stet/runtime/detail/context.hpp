// stet/runtime/detail/context.hpp - what the current thread is doing for which System.
#pragma once

#include <cstdint>

#include <stet/runtime/detail/block_cache.hpp>

namespace stet {
class TurnParticipant;
}

namespace stet::detail {

class Activity;
class Core;
class Executor;
class Observer;
struct Cell;
struct Envelope;

class Worker;

// One per thread that runs actors (worker, own thread, stepping host), on that thread's stack.
struct Context {
  Core* core;
  BlockCache* cache;
  Worker* worker;  // The pool's, nullptr on other threads.
  Activity* activity;
  Cell* running = nullptr;                  // The actor whose turn it is; nullptr between turns.
  TurnParticipant* participants = nullptr;  // What the current turn has touched, newest first.
  Observer* observer = nullptr;  // As it was when the current visit began; nullptr: nobody looks.
  const Envelope* in_place = nullptr;  // In a turn: its message, if that is still in the mailbox.
  const Envelope* fresh = nullptr;     // While the system lane runs: mail just taken, newest first.
  bool refused = false;  // A participant refused the current turn, and who asked has been told.
};

// nullptr on threads that run no actors. constinit: no start-up code, no wrapper call per access.
extern constinit thread_local Context* current_context;

// For threads that run no actors of this System: a host thread keeps stocks for the last few
// Systems it sent to, and gives them back when it ends.
[[nodiscard]] void* allocate_foreign(Core& core, std::size_t bytes, BlockKind kind);
void release_foreign(Core& core, void* memory, std::size_t bytes, BlockKind kind) noexcept;

// A block of this System from the current thread's stock. Throws std::bad_alloc.
// Always inline: the size is a constant where it is called, and with it most of what is done.
[[nodiscard, gnu::always_inline]] inline void* allocate_block(Core& core, std::size_t bytes,
                                                              BlockKind kind) {
  Context* context = current_context;
  if (context != nullptr && context->core == &core) [[likely]] {
    return context->cache->allocate(bytes, kind);
  }
  return allocate_foreign(core, bytes, kind);
}

inline void release_block(Core& core, void* memory, std::size_t bytes, BlockKind kind) noexcept {
  Context* context = current_context;
  if (context != nullptr && context->core == &core) [[likely]] {
    context->cache->release(memory, bytes, kind);
  } else {
    release_foreign(core, memory, bytes, kind);
  }
}

}  // namespace stet::detail
