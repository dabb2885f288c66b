// tools/examples/tour/flow.cpp - bounded mailboxes, the urgent lane, messages put aside.
//
// Prints
//   mail: high at 3
//   accepted 3 of 5, the caller has the others still
//   printed: urgent! one two three
//   mail: low at 1
//   the gauge saw 9 and 10 of ten
#include <chrono>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <stet/runtime/stash.hpp>
#include <stet/runtime/system.hpp>
#include <stet/runtime/urgent.hpp>

using namespace std::chrono_literals;

struct Job {
  std::string text;
};
struct PaperIsThere {};
struct Printed {
  using Reply = std::string;
};

class Printer : public stet::Actor<Printer> {
 public:
  void handle(Job job) {
    if (!paper_) {
      if (!stash_.put(job)) out_ += " (lost)";  // Full: the job is still ours.
      return;
    }
    out_ += ' ' + job.text;
  }
  void handle(PaperIsThere) {
    paper_ = true;
    out_ += " urgent!";
    stash_.unstash_all();  // Before the mail that waits, in the order in which it came.
  }
  std::string handle(Printed) { return out_; }

 private:
  stet::Stash<Printer> stash_{*this, 100};
  std::string out_;
  bool paper_ = false;
};

struct Level {
  int value;
};
class Gauge : public stet::Actor<Gauge> {
 public:
  void handle(Level level) {
    seen_ += (seen_.empty() ? "" : " and ") + std::to_string(level.value);
  }
  std::string handle(Printed) { return seen_; }

 private:
  std::string seen_;
};

int main() {
  stet::SystemOptions options;
  options.stepped = true;  // Nothing runs before we say so.
  stet::System system(options);

  const auto level = [](const stet::MailboxLevel& now) {
    std::cout << "mail: " << (now.is_high ? "high" : "low") << " at " << now.waiting << '\n';
  };
  const auto printer = system.spawn_with<Printer>({.mailbox = {.capacity = 3,
                                                               .when_full = stet::WhenFull::reject,
                                                               .high = 3,
                                                               .low = 1,
                                                               .on_level = level}});
  int accepted = 0;
  for (const char* text : {"one", "two", "three", "four", "five"}) {
    Job job{text};
    if (printer.try_send(job)) ++accepted;
  }
  std::cout << "accepted " << accepted << " of 5, the caller has the others still\n";
  stet::send_urgent<PaperIsThere>(printer);  // Neither counted nor refused, and handled first.
  std::string out;
  {
    std::ostringstream levels;  // The mark is passed while it prints: told after the text.
    auto* const old = std::cout.rdbuf(levels.rdbuf());
    system.run_until_idle();
    out = printer.ask<Printed>().get(1s).value();
    std::cout.rdbuf(old);
    std::cout << "printed:" << out << '\n' << levels.str();
  }

  // A gauge wants the newest: the oldest goes to the dead letters, and is counted.
  const auto gauge = system.spawn_with<Gauge>(
      {.mailbox = {.capacity = 2, .when_full = stet::WhenFull::drop_oldest}});
  for (int value = 1; value <= 10; ++value) gauge.send<Level>(value);
  system.run_until_idle();
  std::cout << "the gauge saw " << gauge.ask<Printed>().get(1s).value() << " of ten\n";
}
