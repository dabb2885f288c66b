// tests/runtime/must_not_compile/registry_type.cpp - a type that is no actor's and no message's.
#include <mutex>

#include <stet/runtime/registry.hpp>

struct Message {};

void use(const stet::Registry& registry) {
#if FAULT == 1
  static_cast<void>(registry.find<std::mutex>("name"));
#else
  static_cast<void>(registry.find<Message>("name"));
#endif
}
