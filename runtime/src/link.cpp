// runtime/src/link.cpp - two actors that end together: each keeps one end of the tie.
#include <stet/runtime/link.hpp>

#include <algorithm>
#include <utility>

#include "core.hpp"
#include "family.hpp"

namespace stet::detail {
namespace {

auto find(Family& family, const Cell& other) noexcept {
  return std::find_if(family.ties.begin(), family.ties.end(),
                      [&](const Tie& tie) { return tie.other == &other; });
}

// Nothing happens where they are tied already.
void add(Family& family, Cell& other, const EnvelopeOps* ops) {
  if (find(family, other) != family.ties.end()) return;
  family.ties.push_back({&other, ops});
  retain(&other);
}

// What the other's end means here.
void hear(Cell& cell, const Cell& other, const EnvelopeOps* ops, const ExitReason& reason) {
  if (reason.kind == ExitKind::normal || cell.stopping) return;
  if (ops != nullptr) {
    deliver_signal(
        cell, make_envelope<Exit>(cell.core(), ops, other.type->name, std::string(other.name()),
                                  reason, reinterpret_cast<std::uintptr_t>(&other)));
    return;
  }
  Family& family = *family_of(cell);
  if (family.parent != nullptr) {
    if (family.falling || !cell.born) return;  // There is no object that could end with it.
    fail_outside(cell,
                 Error(reason.error.code, called(other) + ", linked to it, " + reason.message()));
    return;
  }
  family.reason = reason;
  end_now(cell, reason.kind);
}

// Between two tied actors; keeps the one it comes from.
struct TieMessage : SystemMessage {
  explicit TieMessage(Cell& whose) noexcept : from(whose) { retain(&from); }
  ~TieMessage() { release(&from); }
  Cell& from;
};

struct Ended : TieMessage {
  Ended(Cell& whose, ExitReason why) : TieMessage(whose), reason(std::move(why)) {
    run = [](SystemMessage* self, Cell& cell) noexcept {
      const std::unique_ptr<Ended> message(static_cast<Ended*>(self));
      Family* const family = family_of(cell);
      if (family == nullptr) return;
      const auto tie = find(*family, message->from);
      if (tie == family->ties.end()) return;  // Undone meanwhile.
      const EnvelopeOps* const ops = tie->ops;
      release(tie->other);  // The message keeps it.
      family->ties.erase(tie);
      hear(cell, message->from, ops, message->reason);
    };
    discard = [](SystemMessage* self, Cell&) noexcept { delete static_cast<Ended*>(self); };
  }
  ExitReason reason;
};

struct Request : TieMessage {
  Request(Cell& whose, const EnvelopeOps* mine) : TieMessage(whose), ops(mine) {
    run = [](SystemMessage* self, Cell& cell) noexcept {
      const std::unique_ptr<Request> message(static_cast<Request*>(self));
      add(make_family(cell), message->from, message->ops);
    };
    discard = [](SystemMessage* self, Cell& cell) noexcept {
      const std::unique_ptr<Request> message(static_cast<Request*>(self));
      // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without memory for this, the end.
      deliver_system(message->from, new Ended(cell, reason_of_gone(cell)));
    };
  }
  const EnvelopeOps* ops;
};

struct Undo : TieMessage {
  explicit Undo(Cell& whose) : TieMessage(whose) {
    run = [](SystemMessage* self, Cell& cell) noexcept {
      const std::unique_ptr<Undo> message(static_cast<Undo*>(self));
      Family* const family = family_of(cell);
      if (family == nullptr) return;
      const auto tie = find(*family, message->from);
      if (tie == family->ties.end()) return;
      release(tie->other);
      family->ties.erase(tie);
    };
    discard = [](SystemMessage* self, Cell&) noexcept { delete static_cast<Undo*>(self); };
  }
};

}  // namespace

void tie(Cell& self, const EnvelopeOps* own, Cell& other, const EnvelopeOps* others) {
  if (&self == &other) return;
  Family& family = make_family(self);
  if (find(family, other) != family.ties.end()) return;
  auto request = std::make_unique<Request>(self, others);
  add(family, other, own);
  deliver_system(other, request.release());
}

void untie(Cell& self, Cell& other) {
  Family* const family = family_of(self);
  if (family == nullptr) return;
  const auto tie = find(*family, other);
  if (tie == family->ties.end()) return;
  auto undo = std::make_unique<Undo>(self);
  Cell* const kept = tie->other;
  family->ties.erase(tie);
  deliver_system(other, undo.release());
  release(kept);
}

void tell_tied(Family& family, const ExitReason& reason) noexcept {
  for (const Tie& tie : family.ties) {
    // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without memory for this, the end.
    deliver_system(*tie.other, new Ended(family.self, reason));
    release(tie.other);
  }
  family.ties.clear();
}

}  // namespace stet::detail
