// benchmarks/support/fan_in_protocol.hpp - when a fan-in producer may send; the same for everybody.
//
// A producer sends bursts of 1000 messages. The last one of a burst asks for an acknowledgement;
// after it the producer goes on by a message to itself while fewer than 10 bursts are unanswered,
// and otherwise waits for an answer. So a queue is bounded, as it is in a program that lives long.
//
// Threads    One: the producer that owns it.
#pragma once

#include <algorithm>
#include <cstdint>

namespace stet::bench {

inline constexpr std::uint64_t fan_in_burst_messages = 1000;
inline constexpr int fan_in_open_bursts_max = 10;

class FanInWindow {
 public:
  explicit FanInWindow(std::uint64_t messages) : left_(messages) {}

  // How many messages the burst that begins now has.
  [[nodiscard]] std::uint64_t begin_burst() {
    const std::uint64_t count = std::min(left_, fan_in_burst_messages);
    left_ -= count;
    return count;
  }
  // Nothing is left: the burst's last message asks for no acknowledgement.
  [[nodiscard]] bool finished() const { return left_ == 0; }
  // After a burst with acknowledgement: may the next one begin without waiting?
  [[nodiscard]] bool may_go_on() { return --credits_ > 0; }
  // After an acknowledgement: was the producer waiting for it?
  [[nodiscard]] bool acknowledged() { return credits_++ == 0 && left_ > 0; }

 private:
  std::uint64_t left_;
  int credits_ = fan_in_open_bursts_max;
};

// What the messages of one producer add up to, those that ask for an acknowledgement left out: each
// carries its place in its burst, the last one of all carries 0.
[[nodiscard]] inline std::uint64_t fan_in_sum(std::uint64_t messages) {
  const auto burst_sum = [](std::uint64_t count) {
    return count < 2 ? 0 : (count - 1) * (count - 2) / 2;
  };
  const std::uint64_t rest = messages % fan_in_burst_messages;
  return messages / fan_in_burst_messages * burst_sum(fan_in_burst_messages) + burst_sum(rest);
}

}  // namespace stet::bench
