// stet/testing/test_system.hpp - TestSystem: actors on one thread, with messages expected, dropped
// and written down. Start here; works with any test framework.
//
//   stet::testing::TestSystem test(42);  // The seed draws the order.
//   auto server = test.spawn<Server>();
//   auto client = test.spawn<Client>(server);
//   test.drop<Request>().from(client).to(server).times(1);  // The first one is lost,
//   test.expect<Request>().from(client).to(server).times(1);  // the second one comes.
//   test.expect<Reply>().from(server).to(client);
//   client.send<Begin>();
//   test.run_for(10s);  // Virtual time: it takes none.
//   EXPECT_EQ(test.complaints(), "");
//
// Seed       The same seed and the same calls give the same run, and the same log().
// Messages   Told apart by the name of their type; the answer to a question has none, so it is
//            neither dropped nor expected, but its question may be.
// Threads    One. Handlers run inside run_until_idle() and run_for().
// Lifetime   Addresses may outlive it. Rules end with it.
// Bounds     The log keeps its first log_lines_max lines; a run ends after steps_max messages.
// Errors     What does not come true is told by complaints(). Throws std::bad_alloc.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stet/runtime/detail/type_name.hpp>
#include <stet/runtime/system.hpp>

namespace stet::testing {

namespace detail {
struct RuleState;
class Director;
}  // namespace detail

// Any message, for rules.
struct AnyMessage {};

// What is to happen to some messages. A handle: copies speak of the same rule.
class Rule {
 public:
  // Only what this actor sends. An Address or a Recipient.
  template <class A>
  Rule from(const A& sender) {
    return from_cell(&sender.cell());
  }
  // Only what is sent outside of turns: by the test itself, and by timers.
  Rule from_outside() { return from_cell(nullptr); }
  // Only what is for this actor.
  template <class A>
  Rule to(const A& receiver) {
    return to_cell(receiver.cell());
  }
  // drop, allow: only the first so many. expect: exactly so many, 0 for never.
  Rule times(std::size_t count);
  // expect: so many or more.
  Rule at_least(std::size_t count);

  // Messages that it has met so far.
  [[nodiscard]] std::size_t matched() const noexcept;

  // Not for applications.
  Rule(detail::Director& director, detail::RuleState& state) noexcept
      : director_(&director), state_(&state) {}

 private:
  Rule from_cell(const stet::detail::Cell* sender);
  Rule to_cell(const stet::detail::Cell& receiver);
  detail::Director* director_;
  detail::RuleState* state_;
};

class TestSystem {
 public:
  static constexpr std::size_t steps_max = 10'000'000;
  static constexpr std::size_t log_lines_max = 1'000'000;

  // `stepped` and `seed` of the options are set by this.
  explicit TestSystem(std::uint64_t seed = 1, SystemOptions options = {});
  ~TestSystem();
  TestSystem(const TestSystem&) = delete;
  TestSystem& operator=(const TestSystem&) = delete;

  [[nodiscard]] System& system() noexcept { return *system_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  template <class A, class... Args>
  Address<A> spawn(Args&&... args) {
    return system_->spawn<A>(std::forward<Args>(args)...);
  }
  template <class A, class... Args>
  Address<A> spawn_with(const SpawnOptions& options, Args&&... args) {
    return system_->spawn_with<A>(options, std::forward<Args>(args)...);
  }

  // A message is looked at when its turn comes. Of the rules that drop or allow, the first made
  // that it meets decides; without any it is handled. What is dropped goes to the dead letters, and
  // who asked is told receiver_gone.
  template <class M = AnyMessage>
  Rule drop() {
    return drop_named(name_of<M>());
  }
  template <class M = AnyMessage>
  Rule allow() {
    return allow_named(name_of<M>());
  }
  // Counts what is handled. Once, unless times() or at_least() says otherwise.
  template <class M = AnyMessage>
  Rule expect() {
    return expect_named(name_of<M>());
  }

  // Steps until nothing is ready. Returns the steps taken; if they are steps_max, that is a
  // complaint.
  std::size_t run_until_idle();
  // Lets this much virtual time pass: steps until idle, goes on to the next timer, and so on; at
  // the end nothing is ready.
  std::size_t run_for(std::chrono::nanoseconds time);

  // What was expected and did not come true, a line each; empty if all is well.
  [[nodiscard]] std::string complaints() const;
  // What happened, in order: "0ns Relay#2 -> Counter#1: Add". Actors have the numbers in which they
  // were spawned.
  [[nodiscard]] const std::vector<std::string>& log() const noexcept;

 private:
  template <class M>
  static constexpr std::string_view name_of() noexcept {
    return std::is_same_v<M, AnyMessage> ? std::string_view() : stet::detail::type_name<M>();
  }
  Rule drop_named(std::string_view message);
  Rule allow_named(std::string_view message);
  Rule expect_named(std::string_view message);

  const std::uint64_t seed_;
  std::unique_ptr<System> system_;
  detail::Director* director_;  // Lives as long as the System.
  bool exhausted_ = false;
};

}  // namespace stet::testing
