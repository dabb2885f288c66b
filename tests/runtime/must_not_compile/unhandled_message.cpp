// tests/runtime/must_not_compile/unhandled_message.cpp - a message its receiver has no handler for.
#include <stet/runtime/system.hpp>

struct Known {};
struct Unknown {};
class Receiver : public stet::Actor<Receiver> {
 public:
  void handle(Known) {}
};

void use(const stet::Address<Receiver>& receiver) {
  receiver.send<Known>();
  receiver.send(Known{});
#if FAULT == 1
  receiver.send<Unknown>();
#elif FAULT == 2
  receiver.send(Unknown{});
#elif FAULT == 3
  Unknown message;
  static_cast<void>(receiver.try_send(message));
#endif
}
