// tools/examples/census/counting.cpp - reads, announces, sends, waits, stores; over and over.
#include "counting.hpp"

#include <cstdio>

namespace census {

using namespace std::chrono_literals;

Counting::Counting(const Places& places, Input& input, LineReader& reader, Checkpoint& checkpoint)
    : places_(places),
      input_(input),
      reader_(reader),
      checkpoint_(checkpoint),
      reports_(stderr),
      progress_(stderr),
      parser_(reader, reports_, from_stored(checkpoint.counts)),
      population_(places.system, places.packages) {}

stet::Result<void> Counting::run() {
  input_.set_pulse([this] { return keep_up(); });
  stet::Result<void> done = count();
  input_.set_pulse({});
  return done;
}

stet::Result<void> Counting::count() {
  for (bool first = true;; first = false) {  // Each round reads a window: bounded by the input.
    if (stet::Result<void> done = read_window(); !done) return done;
    // No stanza more is not enough: bad ones count too.
    const bool nothing_new = window_.is_last() && window_.end() == from_stored(checkpoint_.counted);
    if (first && nothing_new && checkpoint_.complete) {
      was_complete_ = true;
      return {};
    }
    if (begun_ - settled_ == windows_max) {
      if (stet::Result<void> done = settle_oldest(); !done) return done;
    }
    if (stet::Result<void> done = send_window(); !done) return done;
    progress_.update(reader_.bytes(), input_.bytes_estimated(), messages());
    if (window_.is_last()) break;
  }
  if (stet::Result<void> done = settle_all(); !done) return done;
  progress_.clear();
  reports_.finish();
  if (parser_.counts().stanzas == 0) {
    return stet::Error(stet::Errc::not_found, "no stanza in " + input_.name());
  }
  checkpoint_.complete = true;
  return store_checkpoint();
}

stet::Result<void> Counting::read_window() {
  stet::Result<void> done = window_.read(parser_, reader_);
  if (!done) input_failed_ = !keeping_up_failed_;
  return done;
}

// The input's pulse: in the middle of a read, also of a stanza. Whole stanzas are in the window.
stet::Result<void> Counting::keep_up() {
  progress_.update(reader_.bytes(), input_.bytes_estimated(), messages());
  if (Clock::now() - stored_at_ < unstored_max) return {};
  if (begun_ == settled_ && window_.items().empty()) return {};
  keeping_up_failed_ = true;
  if (stet::Result<void> done = settle_all(); !done) return done;
  if (!window_.items().empty()) {
    if (stet::Result<void> done = send_window(); !done) return done;
    window_.clear();
    if (stet::Result<void> done = settle_all(); !done) return done;
  }
  if (stet::Result<void> done = store_checkpoint(); !done) return done;
  keeping_up_failed_ = false;
  return {};
}

// First the store is told up to where packages may know the input, then they are.
stet::Result<void> Counting::send_window() {
  checkpoint_.complete = false;
  checkpoint_.announced = to_stored(window_.end());
  if (stet::Result<void> done = store_checkpoint(); !done) return done;
  population_.send(window_, places_.settlements[begun_ % windows_max]);
  sent_[begun_ % windows_max] = {window_.end(), window_.counts()};
  ++begun_;
  return {};
}

stet::Result<void> Counting::settle_all() {
  while (settled_ != begun_) {
    if (stet::Result<void> done = settle_oldest(); !done) return done;
  }
  return {};
}

// The next checkpoint says so; its packages' changes are with the store before it.
stet::Result<void> Counting::settle_oldest() {
  if (stet::Result<void> done = wait_for(places_.settlements[settled_ % windows_max]); !done) {
    return done;
  }
  const Sent& oldest = sent_[settled_ % windows_max];
  checkpoint_.counted = to_stored(oldest.end);
  checkpoint_.counts = to_stored(oldest.counts);
  ++settled_;
  return {};
}

// Waits until all packages of a window have handled it.
stet::Result<void> Counting::wait_for(Settlement& settlement) const {
  std::uint64_t left = settlement.left();
  Clock::time_point moved = Clock::now();
  while (!settlement.wait_for(100ms)) {
    if (!places_.trouble.first().empty()) {
      return stet::Error(stet::Errc::io, places_.trouble.first());
    }
    const std::uint64_t now = settlement.left();
    if (now != left) moved = Clock::now();
    left = now;
    if (Clock::now() - moved > patience) {
      const stet::Error reason = places_.store.health().reason;
      return stet::Error(stet::Errc::timed_out, "the store does not get on: " + reason.message());
    }
  }
  if (!places_.trouble.first().empty()) {
    return stet::Error(stet::Errc::io, places_.trouble.first());
  }
  return {};
}

stet::Result<void> Counting::store_checkpoint() {
  const stet::Result<stet::Ack> done = places_.checkpoints.write(checkpoint_, patience);
  if (!done) return done.error();
  stored_at_ = Clock::now();
  return {};
}

}  // namespace census
