// runtime/src/cell.cpp - what happens to cells between birth and the last address.
#include <stet/runtime/detail/cell.hpp>

#include <new>
#include <utility>

#include <stet/runtime/address.hpp>
#include <stet/runtime/detail/birth.hpp>

#include "core.hpp"
#include "family.hpp"
#include "flow.hpp"
#include "placement.hpp"

namespace stet {

std::chrono::nanoseconds ActorBase::now() const noexcept { return detail::system_now(*cell_); }

namespace detail {

std::chrono::nanoseconds system_now(const Cell& cell) noexcept { return cell.core().now(); }

constinit thread_local Context* current_context = nullptr;
constinit thread_local Cell* cell_being_born = nullptr;

void free_cell(Cell* cell) noexcept {
  STET_ASSERT(cell->object == nullptr && cell->pending == nullptr);
  Core& core = cell->core();
  const std::size_t bytes = Cell::block_bytes(*cell->type);
  cell->executor->cell_freed();
  delete cell->extra();
  release_block(core, cell, bytes, BlockKind::cell);
  core.release();
}

CellExtra& Cell::make_extra(std::string called) {
  if (CellExtra* const found = extra()) return *found;
  auto made = std::make_unique<CellExtra>();
  made->name = std::move(called);
  // seq_cst: as release it pairs with extra(); see ask_edges.hpp for who looks for edges in it. No
  // exchange: only the owner makes it.
  extra_.store(made.get(), std::memory_order_seq_cst);
  return *made.release();
}

void empty(Core& core, Envelope& envelope, const Error& error) noexcept {
  if (Observer* const observer = core.observer()) [[unlikely]]
    observer->on_gone(envelope);
  if (ReplySlot* slot = std::exchange(envelope.reply, nullptr)) {
    slot->resolve(slot, nullptr, &error);
  }
  if (envelope.ops->destroy != nullptr) envelope.ops->destroy(envelope);
}

void dispose(Core& core, Envelope* envelope, const Error& error) noexcept {
  empty(core, *envelope, error);
  release_block(core, envelope, envelope->ops->bytes, BlockKind::message);
}

void undeliverable(Cell& cell, Envelope* envelope, const Error& why) noexcept {
  // An answer that comes too late, or a stop for one who has stopped, is nobody's loss.
  if (is_user_mail(*envelope)) {
    cell.core().count_dead_letter(cell, envelope->ops->message_name, why.code);
  }
  dispose(cell.core(), envelope, why);
}

void undeliverable_closed(Cell& cell, Envelope* envelope) noexcept {
  undeliverable(cell, envelope, Error(Errc::receiver_gone));
}

Cell* make_cell(Core& core, const ActorType& type, const SpawnOptions* options, bool born) {
  const std::size_t bytes = Cell::block_bytes(type);
  std::unique_ptr<CellExtra> extra;
  if (options != nullptr && !options->name.empty()) {
    extra = std::make_unique<CellExtra>();
    extra->name = options->name;
  }
  if (options != nullptr) {
    if (FlowPointer flow = make_flow(options->mailbox)) {
      if (extra == nullptr) extra = std::make_unique<CellExtra>();
      extra->flow = std::move(flow);
    }
  }
  void* memory = allocate_block(core, bytes, BlockKind::cell);
  Executor* executor = core.pool.get();
  if (options != nullptr || executor == nullptr) {
    // Last of all that may fail: a thread that got no actor would never end.
    try {
      executor = &place_actor(core, options);
    } catch (...) {
      release_block(core, memory, bytes, BlockKind::cell);
      throw;
    }
  }
  auto* cell = ::new (memory) Cell(*executor, type);
  cell->flow = cell->limited = extra != nullptr && extra->flow != nullptr;
  // relaxed: published with the cell.
  cell->extra_.store(extra.release(), std::memory_order_relaxed);
  cell->born = born;
  cell->fresh = true;
  cell->service = options != nullptr && options->service;
  core.retain();
  // release: pairs with for_each_cell(), which may find the cell from here on.
  cell->references().store(1, std::memory_order_release);
  if (cell->service) core.service_began();
  core.actor_began();  // After the store: see Core::close().
  if (Observer* const observer = core.observer()) observer->on_spawn(*cell);
  return cell;
}

namespace {

// Lets the constructing thread go: whoever finds mail is the owner from here on.
void let_run(Cell& cell) noexcept {
  if (!cell.mailbox.try_park()) schedule(cell);
}

// The mark at which an actor told to stop does so: after the mail that came before it.
void invoke_stop(Cell& cell, Envelope&) { cell.stopping = true; }
constexpr EnvelopeOps stop_ops{&invoke_stop, nullptr, sizeof(Envelope), false, ""};

struct StopNow : SystemMessage {
  StopNow() {
    run = [](SystemMessage* self, Cell& cell) noexcept {
      end_now(cell, cell.core().is_closed() ? ExitKind::shutdown : ExitKind::killed);
      delete static_cast<StopNow*>(self);
    };
    discard = [](SystemMessage* self, Cell&) noexcept { delete static_cast<StopNow*>(self); };
  }
};

struct Stillborn : SystemMessage {
  Stillborn(std::uint32_t whose, const Error& reason) : life(whose), why(reason) {
    run = [](SystemMessage* self, Cell& cell) noexcept {
      const auto* const told = static_cast<Stillborn*>(self);
      set_stillborn(cell, told->life, told->why);
      delete told;
    };
    discard = [](SystemMessage* self, Cell&) noexcept { delete static_cast<Stillborn*>(self); };
  }
  std::uint32_t life;
  Error why;
};

}  // namespace

void finish_spawn(Cell& cell) noexcept {
  // A closed system takes no actor: it ends before its first message.
  if (cell.core().is_closed()) cell.stopping = true;
  if (cell.stopping) {
    schedule(cell);
  } else {
    let_run(cell);
  }
}

void forsake(Cell& cell) noexcept {
  cell.exit = ExitKind::failed;
  cell.stopping = true;
  schedule(cell);
}

bool is_running(const Cell& cell) noexcept {
  return current_context != nullptr && current_context->running == &cell;
}

void set_born(Cell& cell) noexcept {
  cell.born = true;
  born(cell);
}

void set_stillborn(Cell& cell, std::uint32_t life, const Error& why) noexcept {
  if (cell.born || life_of(cell) != life) return;
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without memory for the reason, the end.
  cell.make_extra().stillborn = std::make_unique<Error>(why);
  fail_actor(cell, "", why);
}

void post_stillborn(Cell& cell, std::uint32_t life, const Error& why) noexcept {
  if (is_running(cell)) {
    set_stillborn(cell, life, why);
  } else {
    // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without memory for this, the end.
    deliver_system(cell, new Stillborn(life, why));
  }
}

void post_stop(Cell& cell) noexcept {
  auto* envelope =
      static_cast<Envelope*>(allocate_block(cell.core(), sizeof(Envelope), BlockKind::message));
  *envelope = Envelope{nullptr, &stop_ops, nullptr, 0};
  deliver(cell, envelope);
}

void post_stop_now(Cell& cell) noexcept {
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): as above.
  deliver_system(cell, new StopNow);
}

}  // namespace detail
}  // namespace stet
