// tests/faults/store_allocations_test.cpp
// Goal    Whichever allocation fails around a store: the process lives, the store goes on, everybody
//         who asked it is answered once, and what was acknowledged is there.
// Method  A stepped System with a store, an actor that asks it everything at once, a persistent actor,
//         and a host that reads. The allocations of that life are counted; then it runs once for
//         each, in a child of its own, in which that one fails. What the runtime itself refuses (a
//         message that cannot be made, an actor whose handler found no memory) the host begins again,
//         as any host would; the store may not be among it. The parent opens what is left.
// Leaves  The end of a System (a stop needs memory or ends the program, as runtime/README.md says) and
//         the first use of a thread's own variables (glibc ends the program).
// Control A ledger with one acknowledgement too many, and an answer that is given twice or never, must
//         be caught.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <stet/persistence/data_store.hpp>
#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/spawn_persistent.hpp>
#include <stet/persistence/store.hpp>
#include <stet/persistence/store_view.hpp>

#include "allocation_faults.hpp"
#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "scenario.hpp"
#include "support/scale.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::store_allocations_test {
namespace {

using namespace std::chrono_literals;

constexpr unsigned life_seconds_max = 30;
constexpr std::uint32_t rounds = 12;
constexpr std::size_t questions_max = 400;

// What is written; the last of them by the persistent actor.
enum Written : std::size_t { single, pair, erased, till, written_count };

struct Told {
  struct Key {
    std::atomic<std::uint32_t> issued{0};
    std::atomic<std::uint32_t> acked{0};
  };
  std::array<Key, written_count> keys;
  // How often each question that was sent has been answered.
  std::array<std::atomic<std::uint32_t>, questions_max> answers;
  std::atomic<std::uint32_t> questions{0};
  std::atomic<std::uint32_t> round{0};
  std::atomic<std::uint64_t> allocations{0};
  std::atomic<std::uint32_t> failures{0};  // What somebody was told, or met as bad_alloc.
  std::atomic<std::uint32_t> acked{0};

  [[nodiscard]] std::string unanswered() const {
    for (std::uint32_t i = 0; i < questions; ++i) {
      if (answers[i] == 1) continue;
      return "question " + std::to_string(i) + " was answered " + std::to_string(answers[i]) +
             " times";
    }
    return {};
  }
};

std::string key_of(Written what, int part = 0) {
  constexpr const char* names[] = {"//one", "//pair/", "//erased", "//till"};
  return what == pair ? names[what] + std::to_string(part) : names[what];
}

struct Number {
  std::int64_t value = 0;
};
struct Begin {
  std::uint32_t version;
};
struct Raise {
  using Reply = bool;
  std::int64_t to;
};

// Asks the store everything, and waits for none of it before the next.
class Client : public Actor<Client> {
 public:
  Client(std::shared_ptr<detail::StoreLink> link, Told& told)
      : link_(std::move(link)), told_(&told) {}
  void handle(Begin m) {
    // What it finds no memory for is not asked; the rest is.
    const std::uint32_t v = m.version;
    attempt([&] { write(single, v, link_->insert.ask(key_of(single), record(single, 0, v))); });
    attempt([&] {
      std::vector<Record> both;
      for (int part : {0, 1}) both.push_back({key_of(pair, part), record(pair, part, v)});
      write(pair, v, link_->insert_batch.ask(std::move(both)));
    });
    attempt([&] { ask(link_->get.ask(key_of(single))); });
    attempt([&] { ask(link_->scan.ask("//pair")); });
    attempt([&] {
      if (v % 2 == 0) return write(erased, v, link_->remove.ask(key_of(erased)));
      write(erased, v, link_->insert.ask(key_of(erased), record(erased, 0, v)));
    });
    attempt([&] { ask(link_->flush.ask()); });
  }

 private:
  static std::string record(Written what, int part, std::uint32_t version) {
    return store_files::record(key_of(what, part), version, 700);
  }
  template <class F>
  void attempt(const F& what) {
    try {
      what();
    } catch (const std::bad_alloc&) {
      ++told_->failures;
    }
  }
  // The continuation counts; that it could not be made is no question.
  template <class A>
  void ask(A question) {
    const std::uint32_t number = told_->questions;
    std::move(question).then(*this, [told = told_, number](const auto& answer) {
      ++told->answers[number];
      if (!answer) ++told->failures;
    });
    ++told_->questions;
  }
  template <class A>
  void write(Written what, std::uint32_t version, A question) {
    const std::uint32_t number = told_->questions;
    told_->keys[what].issued = version;
    std::move(question).then(*this, [told = told_, number, what, version](const auto& answer) {
      ++told->answers[number];
      ++(answer ? told->acked : told->failures);
      if (answer) told->keys[what].acked = version;
    });
    ++told_->questions;
  }

  std::shared_ptr<detail::StoreLink> link_;
  Told* told_;
};

class Till : public Actor<Till> {
 public:
  explicit Till(Persistable<Number> number) : number_(std::move(number)) {}
  void handle(Raise m, Promise<Raise> answer) {
    number_.mutate([&](Number& number) { number.value = m.to; })
        .then(*this, [answer = std::move(answer)](const Result<Ack>& done) mutable {
          if (done) return answer.resolve(true);
          answer.fail(Error(done.error().code));
        });
  }

 private:
  Persistable<Number> number_;
};

// What a thread does once: memory for it is asked for by glibc, which takes no refusal.
void use_thread_locals() {
  System system({.stepped = true});
  const Store store = Store::open(system, {.engine = EngineChoice::memory()}).value();
  const Repository<Number> repository{DataStore{store}.base("//warm")};
  const auto teller = spawn_persistent<Till>(system, repository);
  if (!teller.ask<Raise>(1).get(10s)) std::abort();
}

struct EndsUncounted {
  std::optional<System>& system;
  ~EndsUncounted() {
    const NotCounted ours;
    system.reset();
  }
};

class StoreAllocations : public testing::TestWithParam<StoreMode> {
 protected:
  // One System with a store, until `to` or until something in it is gone.
  static void session(const std::filesystem::path& here, StoreMode mode, std::uint32_t to,
                      Told& told, std::string& wrong) {
    std::optional<System> running(std::in_place, SystemOptions{.stepped = true, .seed = 1});
    const EndsUncounted end{running};
    System& system = *running;
    const Result<Store> store = Store::open(system, {.engine = EngineChoice::lmdb(here / "store"),
                                                     .mode = mode,
                                                     .journal_bytes = 12'000,
                                                     .map_bytes = std::size_t{64} << 20,
                                                     .retry_initial = 1ms,
                                                     .retry_max = 2ms});
    if (!store) {
      ++told.failures;
      if (store.error() != Errc::no_memory) wrong = "open: " + store.error().message();
      return;
    }
    const DataStore data{*store};
    const Repository<Number> repository{data.base(key_of(till))};
    const auto client = system.spawn<Client>(store->link(), told);
    auto teller = spawn_persistent<Till>(system, repository);
    while (told.round < to && client.is_alive()) {
      const std::uint32_t version = ++told.round;
      client.send<Begin>(version);
      told.keys[till].issued = version;
      const auto raised = teller.ask<Raise>(version).get(10s);
      if (raised) told.keys[till].acked = version;
      if (!raised) ++told.failures;
      if (const auto view = store->view(1s)) {
        if (!view->scan({.scope = "//pair"})) ++told.failures;
        if (!view->read(repository)) ++told.failures;
      } else {
        ++told.failures;
      }
      if (!store->flush(1s)) ++told.failures;
      settle(system);
      if (!teller.is_alive()) teller = spawn_persistent<Till>(system, repository);
      if (store->health().state == StoreState::closed) wrong = "the store has stopped";
      if (!wrong.empty()) break;
    }
    settle(system);
    if (store->health().state == StoreState::closed) wrong = "the store has stopped";
  }
  // All that is under way comes to its end, repeated commits included.
  static void settle(System& system) {
    const NotCounted ours;
    for (int i = 0; i < 20; ++i) {
      system.run_until_idle();
      system.advance(1ms);
    }
    system.run_until_idle();
  }

  // In the child.
  static std::string live(const std::filesystem::path& here, StoreMode mode, std::uint64_t fail_at,
                          Told& told) {
    std::string wrong;
    use_thread_locals();
    arm_allocations(fail_at);
    for (std::uint32_t part = 0; part < 4 && wrong.empty(); ++part) {
      if (told.round >= rounds) break;
      try {
        session(here, mode, part == 0 ? rounds / 2 : rounds, told, wrong);
      } catch (const std::bad_alloc&) {  // The host's own.
        ++told.failures;
      }
    }
    told.allocations = disarm_allocations();
    if (wrong.empty()) wrong = told.unanswered();
    if (wrong.empty() && told.round < rounds) wrong = "it did not go on";
    return wrong;
  }

  // What is wrong with what is left.
  static std::string judge(const std::filesystem::path& here, StoreMode mode, const Told& told) {
    const auto engine = detail::open_lmdb_engine({.directory = here / "store",
                                                  .map_bytes = std::size_t{64} << 20,
                                                  .map_bytes_max = std::size_t{64} << 20,
                                                  .mode = mode});
    if (!engine) return "the store does not open: " + engine.error().message();
    const auto view = (*engine)->view();
    if (!view) return "no view: " + view.error().message();
    std::array<std::uint64_t, 2> parts{};
    for (const Written what : {single, pair, erased, till}) {
      for (int part = 0; part < (what == pair ? 2 : 1); ++part) {
        const std::string key = key_of(what, part);
        const auto found = (*view)->get(key);
        if (!found) return key + " cannot be read: " + found.error().message();
        std::uint64_t version = 0;
        if (*found) {
          const auto record = parse_record(key, **found);
          if (!record) return key + " is damaged";
          version = record->header.revision;
          if (what == till) {
            Number number;
            if (!decode(record->payload, number)) return key + " cannot be decoded";
            version = static_cast<std::uint64_t>(number.value);
          }
        }
        const std::uint32_t acked = told.keys[what].acked;
        const bool may_be_absent =
            acked == 0 || (what == erased && (acked % 2 == 0 || told.keys[what].issued > acked));
        const bool fits =
            version == 0 ? may_be_absent : version >= acked && version <= told.keys[what].issued;
        if (!fits) {
          return key + " has version " + std::to_string(version) + ", acknowledged was " +
                 std::to_string(acked) + " of " + std::to_string(told.keys[what].issued);
        }
        if (what == pair) parts[static_cast<std::size_t>(part)] = version;
      }
    }
    return parts[0] == parts[1] ? "" : "half of a pair was stored";
  }

  std::string run_once(std::uint64_t fail_at, Told& told, std::size_t process) const {
    const std::filesystem::path here = directory_ / std::to_string(process);
    std::filesystem::remove_all(here);
    std::filesystem::create_directory(here);
    const std::string wrong =
        run_apart([&] { return live(here, GetParam(), fail_at, told); }, life_seconds_max);
    return wrong.empty() ? judge(here, GetParam(), told) : wrong;
  }

  const TempDir directory_ = TempDir::in_memory();
};

TEST_P(StoreAllocations, WhicheverFailsEverybodyIsAnsweredOnceAndNothingIsLost) {
  std::uint64_t allocations = 0;
  {
    const SharedValue<Told> told;
    ASSERT_EQ(run_once(0, *told, 0), "");
    ASSERT_EQ(told->failures, 0U);
    ASSERT_EQ(told->acked, 3 * rounds);
    allocations = told->allocations;
  }
  ASSERT_GT(allocations, 500U);
  const std::size_t step = std::max<std::size_t>(1, 400 / std::min<std::size_t>(400, scaled(400)));
  const SharedValue<std::atomic<std::uint64_t>> failures;
  const std::size_t runs = (allocations + step - 1) / step;
  const std::string wrong = run_side_by_side(runs, [&](std::size_t n, std::size_t process) {
    const SharedValue<Told> told;
    std::string found = run_once(1 + n * step, *told, process);
    *failures += told->failures > 0;
    if (!found.empty()) found = "allocation " + std::to_string(1 + n * step) + ": " + found + "\n";
    return found;
  });
  std::printf("%llu allocations, %zu runs; told in %llu\n",
              static_cast<unsigned long long>(allocations), runs,
              static_cast<unsigned long long>(failures->load()));
  EXPECT_EQ(wrong, "");
  EXPECT_GT(failures->load(), 0U);
}

TEST_P(StoreAllocations, ControlWhatWasNotStoredOrNotAnsweredIsCaught) {
  const SharedValue<Told> told;
  ASSERT_EQ(run_once(0, *told, 0), "");
  told->keys[single].acked = told->keys[single].issued = rounds + 1;
  EXPECT_NE(judge(directory_ / "0", GetParam(), *told), "");
  EXPECT_EQ(told->unanswered(), "");
  ++told->answers[0];
  EXPECT_NE(told->unanswered(), "");
  told->answers[0] = 0;
  EXPECT_NE(told->unanswered(), "");
}

INSTANTIATE_TEST_SUITE_P(Modes, StoreAllocations,
                         testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "Direct" : "Journal";
                         });

}  // namespace
}  // namespace stet::test::store_allocations_test
