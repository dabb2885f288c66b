// runtime/src/orders.cpp - what a parent tells a child: to start, to be down, to end; and the
// child's side of it.
#include "orders.hpp"

#include <utility>

#include "core.hpp"
#include "family.hpp"

namespace stet::detail {
namespace {

// Makes the object. A turn of the child, also while its user messages wait.
struct StartEnvelope : Envelope {
  std::uint32_t start;
};

void invoke_start(Cell& cell, Envelope& envelope) {
  Family& family = *family_of(cell);
  const std::uint32_t start = static_cast<StartEnvelope&>(envelope).start;
  if (start <= family.start || family.maker == nullptr) return;  // Called off before it came.
  family.start = start;
  family.failure.reset();
  cell.extra()->stillborn.reset();
  family.maker->make(cell);
}
constexpr EnvelopeOps start_ops{&invoke_start, nullptr, sizeof(StartEnvelope), true, ""};

struct Reset : SystemMessage {
  explicit Reset(std::uint32_t which) : start(which) {
    run = [](SystemMessage* self, Cell& cell) noexcept {
      be_down(cell, static_cast<Reset*>(self)->start);
      delete static_cast<Reset*>(self);
    };
    discard = [](SystemMessage* self, Cell&) noexcept { delete static_cast<Reset*>(self); };
  }
  static void be_down(Cell& cell, std::uint32_t start) noexcept {
    Family& family = *family_of(cell);
    if (cell.stopping) return;
    if (family.start < start) {  // Its start is still on the way, and comes to nothing.
      family.start = start;
      report_down(family);
    } else if (!family.falling && !family.failure) {
      fall(cell, family, nullptr);
    }
    // Else it fell by itself, and has reported that or is about to.
  }
  std::uint32_t start;
};

struct End : SystemMessage {
  explicit End(HowToEnd what) : how(what) {
    run = [](SystemMessage* self, Cell& cell) noexcept {
      obey(cell, static_cast<End*>(self)->how);
      delete static_cast<End*>(self);
    };
    discard = [](SystemMessage* self, Cell&) noexcept { delete static_cast<End*>(self); };
  }
  static void obey(Cell& cell, HowToEnd how) noexcept {
    Family& family = *family_of(cell);
    if (how == HowToEnd::failed && family.failure && !cell.stopping) {
      family.reason.error = *family.failure;
      end_now(cell, ExitKind::failed);
    } else if (how == HowToEnd::after_mail && !cell.stopping && !family.falling &&
               !family.failure) {
      // Also one that is paused, or about to be born: its mail is handled when that is over.
      family.gently = true;
      cell.exit = ExitKind::shutdown;
      post_stop(cell);
    } else if (how != HowToEnd::after_mail || !cell.stopping) {
      end_now(cell, ExitKind::shutdown);
    }
  }
  HowToEnd how;
};

}  // namespace

void tell_start(Cell& child, std::uint32_t start) noexcept {
  void* const memory = allocate_block(child.core(), sizeof(StartEnvelope), BlockKind::message);
  deliver_signal(child, ::new (memory) StartEnvelope{{nullptr, &start_ops, nullptr, 0}, start});
}

// NOLINTBEGIN(bugprone-unhandled-exception-at-new): without memory for these, the end.
void tell_reset(Cell& child, std::uint32_t start) noexcept {
  deliver_system(child, new Reset(start));
}

void tell_end(Cell& child, HowToEnd how) noexcept { deliver_system(child, new End(how)); }
// NOLINTEND(bugprone-unhandled-exception-at-new)

}  // namespace stet::detail
