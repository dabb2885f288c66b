// tests/runtime/must_not_compile/child_arguments.cpp - a child that could not be made again.
#include <memory>

#include <stet/runtime/supervision.hpp>

class Child : public stet::Actor<Child> {
 public:
  explicit Child(std::shared_ptr<int>) {}
};

void use(const stet::Address<stet::Supervisor>& root) {
#if FAULT == 0
  stet::spawn_child<Child>(root, std::make_shared<int>(1));
#else
  stet::spawn_child<Child>(root, std::make_unique<int>(1));
#endif
}
