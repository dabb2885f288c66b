// tests/persistence/failing_store.hpp - one seeded run of a store whose disk fails now and then.
//
// A host writes and reads, one question after the other, under a policy drawn from the seed. Whatever
// was not refused has its place in the order of writes, so each read must show all of them, whether
// the disk has them or not. At the end the disk is mended, or loses its power as it is: then one of
// the states since the last durable acknowledgement must be there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "store_rig.hpp"
#include "support/seed.hpp"

namespace stet::test {

class FailingStore {
 public:
  struct Outcome {
    std::string wrong;  // Empty: nothing.
    std::size_t epochs = 0;
  };

  explicit FailingStore(Seed seed)
      : random_(seed.value()),
        policy_(static_cast<FailurePolicy>(random_() % 3)),
        rig_(std::make_unique<StoreRig>(options(), disk_, seed.value())) {}

  Outcome run() {
    using detail::FaultControl;
    disk_->set_successor_finds(chance(2) ? detail::MemoryDisk::NotYetDurable::kept
                                         : detail::MemoryDisk::NotYetDurable::lost);
    rig_->faults->fail_randomly(FaultControl::Call::commit, 30, Errc::outcome_unknown);
    rig_->faults->fail_randomly(FaultControl::Call::flush, 30, Errc::outcome_unknown);
    rig_->faults->fail_randomly(FaultControl::Call::reopen, 300, Errc::disk_full);
    for (int step = 0; step < 150 && wrong_.empty(); ++step) one_step();
    const bool is_mended = chance(2);
    if (wrong_.empty() && is_mended) mend();
    const auto epochs = static_cast<std::size_t>(rig_->store->health().epoch);
    if (wrong_.empty()) check_disk(is_mended);
    return {wrong_, epochs};
  }

 private:
  using State = std::map<std::string, std::string>;

  StoreOptions options() {
    return {.durability = chance(3) ? Durability::visible : Durability::durable,
            .batch_records = 8,
            .queue_bytes = std::size_t{64} << 10,
            .failure = policy_,
            .seed = random_()};
  }
  [[nodiscard]] bool chance(unsigned of) { return random_() % of == 0; }
  [[nodiscard]] std::string key() { return "//f/" + std::to_string(random_() % 12); }

  void one_step() {
    switch (random_() % 16) {
      case 0: rig_->faults->set_disk_full(true); break;
      case 1:
      case 2: rig_->faults->set_disk_full(false); break;
      case 3: rig_->system->advance(std::chrono::seconds(1)); break;
      case 4: static_cast<void>(rig_->store->reopen(std::chrono::milliseconds(1))); break;
      case 5: note_flush(); break;
      case 6:
      case 7: read(); break;
      case 8: scan(); break;
      case 9: remove(); break;
      default: insert(); break;
    }
  }

  // Has its place in the order unless it was refused.
  void note_write(const Result<Ack>& done, State next) {
    if (!done && (done.error() == Errc::poisoned || done.error() == Errc::would_block)) return;
    states_.push_back(std::move(next));
    const bool is_durable = rig_->link()->durability == Durability::durable;
    if (done && is_durable && policy_ != FailurePolicy::degrade) durable_ = states_.size() - 1;
  }
  void insert() {
    State next = states_.back();
    const std::string where = key();
    const std::string what = std::to_string(random_() % 1000);
    next[where] = what;
    note_write(rig_->link()->insert.ask(where, what).get(std::chrono::milliseconds(1)),
               std::move(next));
  }
  void remove() {
    State next = states_.back();
    if (chance(4)) {
      next.clear();
      return note_write(rig_->link()->remove_prefix.ask("//f").get(std::chrono::milliseconds(1)),
                        std::move(next));
    }
    const std::string where = key();
    next.erase(where);
    note_write(rig_->link()->remove.ask(where).get(std::chrono::milliseconds(1)), std::move(next));
  }
  void note_flush() {
    const std::size_t written = states_.size() - 1;
    const bool done = rig_->store->flush(std::chrono::milliseconds(1)).has_value();
    if (done && policy_ != FailurePolicy::degrade) durable_ = written;
  }

  void read() {
    const std::string where = key();
    const auto found = rig_->link()->get.ask(where).get(std::chrono::seconds(1));
    if (!found) return blame("a read failed: " + found.error().message());
    const auto expected = states_.back().find(where);
    const bool is_there = expected != states_.back().end();
    if (found->has_value() != is_there || (is_there && **found != expected->second)) {
      blame(where + " is not as it was written");
    }
  }
  void scan() {
    const auto page = rig_->link()->scan.ask("//f").get(std::chrono::seconds(1));
    if (!page) return blame("a scan failed: " + page.error().message());
    if (to_state(page->records) != states_.back()) blame("a scan does not show what was written");
  }
  static State to_state(const std::vector<Record>& records) {
    State state;
    for (const Record& record : records) state[record.key] = record.value;
    return state;
  }

  void mend() {
    using detail::FaultControl;
    for (const auto call :
         {FaultControl::Call::commit, FaultControl::Call::flush, FaultControl::Call::reopen}) {
      rig_->faults->fail_randomly(call, 0, Errc::io);
    }
    rig_->faults->set_disk_full(false);
    for (int i = 0; i < 5; ++i) {
      rig_->system->advance(std::chrono::seconds(10));
      rig_->system->run_until_idle();
    }
    if (!rig_->store->reopen(std::chrono::seconds(1))) return blame("it cannot be reopened");
    if (!rig_->store->flush(std::chrono::seconds(1))) return blame("it cannot be flushed");
    if (rig_->store->health().state != StoreState::ok) return blame("it is not well");
    durable_ = states_.size() - 1;
    scan();
  }

  void check_disk(bool is_mended) {
    rig_->crash(chance(2) ? detail::MemoryDisk::NotYetDurable::kept
                          : detail::MemoryDisk::NotYetDurable::lost);
    rig_.reset();
    StoreRig after({}, disk_);
    const auto page = after.link()->scan.ask("//f").get(std::chrono::seconds(1));
    if (!page) return blame("what is left cannot be read");
    const State found = to_state(page->records);
    const auto first = states_.begin() + static_cast<std::ptrdiff_t>(durable_);
    if (std::find(first, states_.end(), found) == states_.end()) {
      blame(is_mended ? "a mended store has lost something" : "an acknowledged write is lost");
    }
  }

  void blame(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }

  std::mt19937_64 random_;
  const FailurePolicy policy_;
  const std::shared_ptr<detail::MemoryDisk> disk_ = std::make_shared<detail::MemoryDisk>();
  std::unique_ptr<StoreRig> rig_;
  std::vector<State> states_{State{}};  // After each write.
  std::size_t durable_ = 0;             // The last of them that was acknowledged as durable.
  std::string wrong_;
};

}  // namespace stet::test
