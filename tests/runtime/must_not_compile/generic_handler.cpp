// tests/runtime/must_not_compile/generic_handler.cpp - a handler that would take every message.
#include <stet/runtime/system.hpp>

struct Known {};
class Receiver : public stet::Actor<Receiver> {
 public:
#if FAULT == 1
  void handle(auto) {}
#else
  void handle(Known) {}
#endif
};

void use(stet::System& system) { static_cast<void>(system.spawn<Receiver>()); }
