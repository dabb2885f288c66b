// tests/runtime/must_not_compile/wrong_continuation.cpp - a continuation for another answer.
#include <string>

#include <stet/runtime/system.hpp>

struct Question {
  using Reply = int;
};
class Receiver : public stet::Actor<Receiver> {
 public:
  int handle(Question) { return 1; }
};

void use(const stet::Address<Receiver>& receiver) {
#if FAULT == 1
  receiver.ask<Question>().then(receiver, [](stet::Result<std::string>) {});
#else
  receiver.ask<Question>().then(receiver, [](const stet::Result<int>&) {});
#endif
}
