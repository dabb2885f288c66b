// runtime/src/supervisor.cpp - the parent's side: children that come, fail and go, and what the
// strategy makes of it.
#include <stet/runtime/supervision.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include "core.hpp"
#include "family.hpp"
#include "orders.hpp"
#include "restart_timer.hpp"

namespace stet {

void supervise(const ActorBase& self, Supervision how) {
  detail::Family& family = detail::make_family(self.cell());
  if (family.brood == nullptr) family.brood = std::make_unique<detail::Brood>();
  family.brood->how = std::move(how);
}

namespace detail {
namespace {

// --- the list -----------------------------------------------------------------------------------

void append(Brood& brood, Family& child) noexcept {
  child.place.previous = brood.last;
  (brood.last == nullptr ? brood.first : brood.last->place.next) = &child;
  brood.last = &child;
  ++brood.living;
}

void remove(Brood& brood, Family& child) noexcept {
  Place& place = child.place;
  (place.previous == nullptr ? brood.first : place.previous->place.next) = place.next;
  (place.next == nullptr ? brood.last : place.next->place.previous) = place.previous;
  --brood.living;
}

// --- starting -----------------------------------------------------------------------------------

void start(Family& child) noexcept {
  child.place.phase = Phase::starting;
  child.self.core().count_restart(child.self);
  tell_start(child.self, ++child.place.start);
}

void be_ended(Family& child, HowToEnd how) noexcept {
  child.place.phase = Phase::ending;
  tell_end(child.self, how);
}

// Those that are restarted together: once all are down and the pause is over, one after the other.
void go_on_with_round(Brood& brood) noexcept {
  if (!brood.in_round || brood.round_falling != 0 || brood.round_timer != nullptr) return;
  for (Family* child = brood.first; child != nullptr; child = child->place.next) {
    if (!child->place.marked) continue;
    if (child->place.phase == Phase::down) start(*child);
    return;  // Until it is up.
  }
  brood.in_round = false;
}

// A child leaves the round: it is up, or ends.
void unmark(Brood& brood, Family& child) noexcept {
  if (!child.place.marked) return;
  child.place.marked = false;
  if (child.place.phase == Phase::falling) --brood.round_falling;
}

// --- failing ------------------------------------------------------------------------------------

void log_decision(Cell& parent, const Family& child, std::string_view what) noexcept {
  try {
    std::string text = called(child.self);
    text.append(" failed: ").append(child.failure->text);
    text.append("; ").append(called(parent)).append(" ").append(what);
    parent.core().log(LogLevel::error, "actor", text);
  } catch (...) {
    // No memory for a log line.
  }
}

// Counts the failure against the window. False: there were too many.
bool may_restart(Brood& brood, const Supervision& how, std::int64_t now) {
  const std::int64_t begins = now - how.restarts_within.count();
  while (!brood.restarts.empty() && brood.restarts.front() <= begins) brood.restarts.pop_front();
  if (brood.restarts.size() >= how.restarts_max) return false;
  brood.restarts.push_back(now);
  return true;
}

Decision decide(Brood& brood, const Supervision& how, const Family& child, std::int64_t now) {
  if (!how.decide) return Decision::restart;
  const std::int64_t begins = now - how.restarts_within.count();
  const auto recent = std::count_if(brood.restarts.begin(), brood.restarts.end(),
                                    [&](std::int64_t each) { return each > begins; });
  return how.decide(Failure{child.self.type->name, child.self.name(), *child.failure,
                            static_cast<std::uint32_t>(recent)});
}

// The pause before the next restart; `failures` in a row so far.
std::chrono::nanoseconds next_pause(Cell& parent, Brood& brood, const Supervision& how,
                                    std::uint32_t& failures, std::int64_t& last_failure,
                                    std::int64_t now) noexcept {
  if (failures != 0 && now - last_failure > how.restarts_within.count()) failures = 0;
  last_failure = now;
  return backoff_pause(how.backoff, failures++, draw(parent, brood.random));
}

void escalate(Cell& parent, const Family& child, std::string_view why) noexcept {
  log_decision(parent, child, why);
  Error error = *child.failure;
  try {
    error.text = called(child.self) + ": " + error.text;
  } catch (...) {
    // No memory for the longer text.
  }
  fail_outside(parent, error);
}

// `failed` and, as the strategy says, others are to be down; then they are started anew.
void begin_round(Cell& parent, Brood& brood, const Supervision& how, Family& failed,
                 std::int64_t now) {
  const auto pause =
      next_pause(parent, brood, how, brood.round_failures, brood.round_last_failure, now);
  stop_timer(brood.round_timer);
  if (pause.count() != 0) brood.round_timer = start_timer(parent, nullptr, pause);
  brood.in_round = true;
  Family* child = how.strategy == Strategy::one_for_all ? brood.first : &failed;
  for (; child != nullptr; child = child->place.next) {
    Place& place = child->place;
    if (place.phase == Phase::ending) continue;
    if (place.phase == Phase::up || place.phase == Phase::starting) {
      place.phase = Phase::falling;
      ++brood.round_falling;
      tell_reset(child->self, place.start);
    }
    place.marked = true;
  }
  go_on_with_round(brood);
}

void restart(Cell& parent, Brood& brood, const Supervision& how, Family& child, std::int64_t now) {
  if (how.strategy != Strategy::one_for_one) {
    log_decision(parent, child, "restarts it and those that go with it");
    begin_round(parent, brood, how, child, now);
    return;
  }
  Place& place = child.place;
  const auto pause = next_pause(parent, brood, how, place.failures, place.last_failure, now);
  log_decision(parent, child, pause.count() == 0 ? "restarts it" : "restarts it after a pause");
  if (pause.count() == 0) {
    start(child);
  } else {
    place.timer = start_timer(parent, &child, pause);
  }
}

void child_failed(Cell& parent, Brood& brood, Family& child) {
  if (!brood.how || parent.core().is_closed()) {
    log_decision(parent, child, "lets it stop");
    be_ended(child, HowToEnd::failed);
    return;
  }
  const Supervision& how = *brood.how;
  const std::int64_t now = parent.core().now().count();
  switch (decide(brood, how, child, now)) {
    case Decision::stop:
      log_decision(parent, child, "stops it");
      be_ended(child, HowToEnd::failed);
      return;
    case Decision::escalate: escalate(parent, child, "fails of that too"); return;
    case Decision::restart: break;
  }
  if (!may_restart(brood, how, now)) {
    escalate(parent, child, "has restarted too often and fails too");
    return;
  }
  restart(parent, brood, how, child, now);
}

// --- what children report -----------------------------------------------------------------------

bool ends_or_falls(const Cell& parent) noexcept {
  return parent.stopping || family_of(parent)->falling;
}

void is_born(Brood& brood, Family& child) noexcept {
  if (child.place.phase != Phase::starting) return;
  child.place.phase = Phase::up;
  unmark(brood, child);
  go_on_with_round(brood);
}

void is_down(Cell& parent, Brood& brood, Family& child) noexcept {
  Place& place = child.place;
  if (place.phase == Phase::ending) {
    // It was told to end after its mail, and failed before. It is down: there is no such end.
    be_ended(child, HowToEnd::now);
    return;
  }
  const bool expected = place.phase == Phase::falling;
  if (expected && place.marked) --brood.round_falling;
  place.phase = Phase::down;
  if (ends_or_falls(parent)) return;  // It will hear of that.
  if (expected) {
    go_on_with_round(brood);
    return;
  }
  STET_ASSERT(child.failure.has_value());
  try {
    child_failed(parent, brood, child);
  } catch (...) {
    escalate(parent, child, "could not decide and fails too");
  }
}

void has_ended(Cell& parent, Brood& brood, Family& child) noexcept {
  unmark(brood, child);
  stop_timer(child.place.timer);
  remove(brood, child);
  release(&child.self);
  if (!ends_or_falls(parent)) go_on_with_round(brood);
}

enum class What : std::uint8_t { born, down, ended };

struct Report : SystemMessage {
  Report(What what_happened, Family& whose, std::uint32_t which)
      : what(what_happened), child(whose), start(which) {
    retain(&child.self);
    run = [](SystemMessage* self, Cell& cell) noexcept {
      const auto* const report = static_cast<Report*>(self);
      report->hear(cell);
      let_go(report);
    };
    discard = [](SystemMessage* self, Cell&) noexcept { let_go(static_cast<Report*>(self)); };
  }
  void hear(Cell& parent) const noexcept {
    Brood& brood = *family_of(parent)->brood;
    if (what == What::ended) return has_ended(parent, brood, child);
    if (start != child.place.start) return;
    if (what == What::born) return is_born(brood, child);
    is_down(parent, brood, child);
  }
  static void let_go(const Report* report) noexcept {
    Cell& cell = report->child.self;
    delete report;
    release(&cell);
  }
  const What what;
  Family& child;
  const std::uint32_t start;
};

// --- coming -------------------------------------------------------------------------------------

// Takes the reference to the child.
void adopt(Cell& parent, Family& child) noexcept {
  Family& family = *family_of(parent);
  append(*family.brood, child);
  if (ends_or_falls(parent)) {
    be_ended(child, HowToEnd::now);
  } else {
    tell_start(child.self, child.place.start);
  }
}

struct Adopt : SystemMessage {
  explicit Adopt(Family& which) : child(which) {
    run = [](SystemMessage* self, Cell& parent) noexcept {
      Family& whose = static_cast<Adopt*>(self)->child;
      delete static_cast<Adopt*>(self);
      Family& family = make_family(parent);
      // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): without memory for this, the end.
      if (family.brood == nullptr) family.brood = std::make_unique<Brood>();
      adopt(parent, whose);
    };
    discard = [](SystemMessage* self, Cell&) noexcept {
      Cell& orphan = static_cast<Adopt*>(self)->child.self;
      delete static_cast<Adopt*>(self);
      tell_end(orphan, HowToEnd::now);
      release(&orphan);
    };
  }
  Family& child;
};

}  // namespace

Brood::~Brood() {
  STET_ASSERT(living == 0);
  stop_timer(round_timer);
}

void rear(Cell& parent, bool inside, Cell& child, std::unique_ptr<Maker> maker) {
  Adopt* message = nullptr;
  try {
    Family& family = make_family(child);
    family.maker = std::move(maker);
    if (inside) {
      Family& parents = make_family(parent);
      if (parents.brood == nullptr) parents.brood = std::make_unique<Brood>();
    } else {
      message = new Adopt(family);
    }
    family.parent = &parent;
    retain(&parent);
  } catch (...) {
    forsake(child);
    throw;
  }
  retain(&child);  // For the parent.
  // First this: what an ending child reports is not to come before it.
  if (inside) {
    adopt(parent, *family_of(child));
  } else {
    deliver_system(parent, message);
  }
  finish_spawn(child);
}

// NOLINTBEGIN(bugprone-unhandled-exception-at-new): without memory for these, the end.
void born(Cell& child) noexcept {
  Family* const family = family_of(child);
  if (family == nullptr || family->parent == nullptr) return;
  deliver_system(*family->parent, new Report(What::born, *family, family->start));
}

void report_down(Family& child) noexcept {
  deliver_system(*child.parent, new Report(What::down, child, child.start));
}

void report_end(Family& child, Cell& parent) noexcept {
  deliver_system(parent, new Report(What::ended, child, child.start));
}
// NOLINTEND(bugprone-unhandled-exception-at-new)

void tell_children(Family& parent, Brood::Told what) noexcept {
  Brood& brood = *parent.brood;
  if (brood.told >= what) return;
  brood.told = what;
  stop_timer(brood.round_timer);
  const bool gently = what == Brood::Told::to_end_gently;
  for (Family* child = brood.first; child != nullptr; child = child->place.next) {
    unmark(brood, *child);
    stop_timer(child->place.timer);
    const Phase phase = child->place.phase;
    const bool has_object = phase == Phase::up || phase == Phase::starting;
    be_ended(*child, gently && has_object ? HowToEnd::after_mail : HowToEnd::now);
  }
}

void restart_due(Cell& parent, const RestartTimer& timer) noexcept {
  Family* const family = family_of(parent);
  if (family->brood == nullptr || ends_or_falls(parent)) return;
  Brood& brood = *family->brood;
  if (brood.round_timer == &timer) {
    stop_timer(brood.round_timer);
    go_on_with_round(brood);
    return;
  }
  Family* const child = timer.child;
  if (child == nullptr || child->place.timer != &timer) return;  // It was forgotten meanwhile.
  stop_timer(child->place.timer);
  if (child->place.phase == Phase::down) start(*child);
}

}  // namespace detail
}  // namespace stet
