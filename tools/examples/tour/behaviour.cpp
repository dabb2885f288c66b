// tools/examples/tour/behaviour.cpp - an actor that changes what it handles; actors that share data.
//
// Prints
//   who is there?
//   open: unsupported
//   opened 2 times
//   the hall and the desk have written 2000 lines, without a lock
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include <stet/runtime/become.hpp>
#include <stet/runtime/group.hpp>
#include <stet/runtime/system.hpp>

using namespace std::chrono_literals;

struct Push {};
struct Knock {
  using Reply = std::string;
};
struct Opened {
  using Reply = int;
};

class Door;
struct Closed {
  void handle(Door& door, Push);
  std::string handle(Knock) { return "who is there?"; }
};
struct Open {
  void handle(Door& door, Push);
};
class Door : public stet::Behaviours<Door, Closed, Open> {  // Closed at first.
 public:
  using Behaviours::handle;
  int handle(Opened) { return opened; }  // At all times.
  int opened = 0;
};
void Closed::handle(Door& door, Push) {
  ++door.opened;
  door.become<Open>();
}
void Open::handle(Door& door, Push) { door.become<Closed>(); }

struct Write {
  using Reply = std::size_t;
};
class Writer : public stet::Actor<Writer> {
 public:
  explicit Writer(std::vector<std::string>& ledger) : ledger_(ledger) {}
  std::size_t handle(Write) {
    ledger_.emplace_back("a line");
    return ledger_.size();
  }

 private:
  std::vector<std::string>& ledger_;
};

// NOLINTNEXTLINE(bugprone-exception-escape): without memory for this, the end.
int main() {
  std::vector<std::string> ledger;
  stet::System system;
  const auto door = system.spawn<Door>();
  std::cout << door.ask<Knock>().get(10s).value() << '\n';
  door.send<Push>();
  const auto answer = door.ask<Knock>().get(10s);  // What the present behaviour does not handle.
  std::cout << "open: " << stet::to_string(answer.error().code) << '\n';
  door.send<Push>();
  door.send<Push>();
  std::cout << "opened " << door.ask<Opened>().get(10s).value() << " times\n";

  // Members of a group never run at the same time: they may share what has no lock.
  const stet::Group group = system.group();
  const auto hall = system.spawn_with<Writer>({.group = group}, ledger);
  const auto desk = system.spawn_with<Writer>({.group = group}, ledger);
  for (int i = 0; i < 999; ++i) {
    hall.send<Write>();
    desk.send<Write>();
  }
  const auto one = hall.ask<Write>().get(10s).value();
  const auto two = desk.ask<Write>().get(10s).value();
  std::cout << "the hall and the desk have written " << std::max(one, two)
            << " lines, without a lock\n";
}
