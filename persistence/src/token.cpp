// persistence/src/token.cpp - asking the store about a change.
#include <stet/persistence/token.hpp>

#include <algorithm>

#include <stet/runtime/turn.hpp>

namespace stet {

detail::AwaitChange Token::question() const {
  detail::AwaitChange question{unit_, revision_, durability_};
  if (refused_ != nullptr) question.refused = *refused_;
  return question;
}

Result<Ack> Token::wait(std::chrono::nanoseconds timeout) const {
  if (refused_ != nullptr) return *refused_;
  using Clock = std::chrono::steady_clock;
  if (!Turn::active() && unit_->is_open(revision_)) {
    // Far timeouts are cut: no turn takes a day.
    const Clock::time_point began = Clock::now();
    const auto limit = std::min<std::chrono::nanoseconds>(timeout, std::chrono::hours(24));
    if (!unit_->link()->early.wait(*unit_, revision_, began + limit)) {
      return Error(Errc::timed_out, "the turn that makes this change did not end in time");
    }
    timeout = std::max<std::chrono::nanoseconds>(timeout - (Clock::now() - began),
                                                 std::chrono::nanoseconds{0});
  }
  return unit_->link()->await_change.ask(question()).get(timeout);
}

}  // namespace stet
