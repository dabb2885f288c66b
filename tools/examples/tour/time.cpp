// tools/examples/tour/time.cpp - timers, receive timeouts, and an hour that takes no time.
//
// Prints
//   10:00 boil the water
//   10:03 tea is ready
//   10:03 still warm
//   10:08 still warm
//   10:13 still warm
//   10:30 nobody has asked for 30 minutes, closing
//   the reminder was cancelled: yes
#include <chrono>
#include <iomanip>
#include <iostream>

#include <stet/runtime/receive_timeout.hpp>
#include <stet/runtime/system.hpp>
#include <stet/runtime/timer.hpp>

using namespace std::chrono_literals;

struct Boil {};
struct Ready {};
struct LookAgain {};
struct Remind {};

class Kitchen : public stet::Actor<Kitchen> {
 public:
  Kitchen() { silence_.set(30min); }
  void handle(Boil) {
    say("boil the water");
    static_cast<void>(stet::send_after<Ready>(self(), 3min));
    reminder_ = stet::send_after<Remind>(self(), 4min);
  }
  void handle(Ready) {
    say("tea is ready");
    cancelled_ = reminder_.cancel();  // From here on it does not come any more.
    handle(LookAgain{});
    warm_ = stet::send_every<LookAgain>(self(), 5min);
    silence_.cancel();
  }
  void handle(LookAgain) {
    say("still warm");
    if (++looks_ < 3) return;
    warm_.cancel();
    silence_.set(17min);
  }
  void handle(Remind) { say("the tea!"); }
  void handle(stet::ReceiveTimeout) {
    say("nobody has asked for 30 minutes, closing");
    std::cout << "the reminder was cancelled: " << (cancelled_ ? "yes" : "no") << '\n';
    stop();
  }

 private:
  void say(const char* what) const {
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(now()).count();
    std::cout << "10:" << std::setw(2) << std::setfill('0') << minutes << ' ' << what << '\n';
  }

  stet::ReceiveTimer<Kitchen> silence_{*this};
  stet::Timer reminder_;
  stet::Timer warm_;
  bool cancelled_ = false;
  int looks_ = 0;
};

int main() {
  stet::SystemOptions options;
  options.stepped = true;  // One thread and a virtual clock; on a pool the code is the same.
  stet::System system(options);
  const auto kitchen = system.spawn<Kitchen>();
  kitchen.send<Boil>();
  for (int minute = 0; minute <= 60; ++minute) {
    system.run_until_idle();
    system.advance(1min);
  }
}
