// tests/runtime/must_not_compile/wrong_reply.cpp - a handler that answers with another type.
#include <string>

#include <stet/runtime/system.hpp>

struct Question {
  using Reply = std::string;
};
class Receiver : public stet::Actor<Receiver> {
 public:
#if FAULT == 1
  int* handle(Question) { return nullptr; }
#elif FAULT == 2
  void handle(Question) {}
#else
  const char* handle(Question) { return "converts"; }
#endif
};

void use(const stet::Address<Receiver>& receiver) { receiver.send<Question>(); }
