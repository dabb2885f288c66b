// stet/runtime/detail/birth.hpp - from an actor's class to a cell with an object in it.
#pragma once

#include <memory>
#include <new>
#include <string>
#include <utility>

#include <stet/runtime/actor.hpp>
#include <stet/runtime/detail/cell.hpp>
#include <stet/runtime/detail/dispatch.hpp>
#include <stet/runtime/detail/type_name.hpp>
#include <stet/runtime/group.hpp>
#include <stet/runtime/mailbox_limit.hpp>

namespace stet {

// Where an actor runs.
enum class RunsOn : std::uint8_t {
  pool,        // On any worker.
  own_thread,  // On a thread of its own, made with it and ended with it: for handlers that block.
  elastic,     // On one of a few threads made on demand: for many actors that block now and then.
};

struct SpawnOptions {
  std::string name = {};  // For people: dead letters, shutdown reports. Need not be unique.
  RunsOn runs_on = RunsOn::pool;
  bool service = false;  // Stops after all actors that are no service.
  Group group = {};      // Of the same System: runs in turn with its other members, on the pool.
  MailboxLimit mailbox = {};  // None, unless given.
};

namespace detail {

template <class A>
inline constexpr bool inline_object =
    sizeof(A) <= Cell::inline_bytes_max && alignof(A) <= alignof(Cell);

template <class A>
struct TypeOf {
  static void destroy(Cell& cell) noexcept {
    if constexpr (inline_object<A>) {
      std::destroy_at(static_cast<A*>(cell.object));
    } else {
      delete static_cast<A*>(cell.object);
    }
  }
  static void drained(Cell& cell) {
    if constexpr (Access::has_drained<A>) Access::drained(object_of<A>(cell));
  }
  static void wake(Cell& cell) {
    if constexpr (Access::has_wake<A>) Access::wake(object_of<A>(cell));
  }
  static constexpr ActorType type{type_name<A>(),
                                  &destroy,
                                  Access::has_drained<A> ? &drained : nullptr,
                                  Access::has_wake<A> ? &wake : nullptr,
                                  static_cast<std::uint32_t>(sizeof(A)),
                                  inline_object<A>};
};

// What the constructor throws leaves through it; the cell then has no object.
template <class A, class... Args>
void construct(Cell& cell, Args&&... args) {
  static_assert(std::is_base_of_v<ActorBase, A>, "stet: an actor derives from stet::Actor<itself>");
  static_assert(!Access::generic<A>,
                "stet: handle(auto) would accept every message: name the messages");
  Cell* const outer = std::exchange(cell_being_born, &cell);
  try {
    if constexpr (inline_object<A>) {
      cell.object = ::new (static_cast<void*>(&cell + 1)) A(std::forward<Args>(args)...);
    } else {
      cell.object = new A(std::forward<Args>(args)...);
    }
  } catch (...) {
    cell_being_born = outer;
    throw;
  }
  cell_being_born = outer;
}

// A cell without an object, owned by the caller. Throws std::bad_alloc and, where a thread of its
// own cannot be started, std::system_error.
[[nodiscard]] Cell* make_cell(Core& core, const ActorType& type, const SpawnOptions* options,
                              bool born = true);
// The object is constructed: lets the actor run, or ends it at once when the System has been shut
// down. `forsake` is for a constructor that threw.
void finish_spawn(Cell& cell) noexcept;
void forsake(Cell& cell) noexcept;

// For Nascent.
[[nodiscard]] bool is_running(const Cell& cell) noexcept;
void set_born(Cell& cell) noexcept;
// `life`: that of the object to be; nothing happens if it was given up meanwhile.
void set_stillborn(Cell& cell, std::uint32_t life, const Error& why) noexcept;
void post_stillborn(Cell& cell, std::uint32_t life, const Error& why) noexcept;

}  // namespace detail
}  // namespace stet
