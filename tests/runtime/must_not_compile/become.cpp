// tests/runtime/must_not_compile/become.cpp - what no behaviour handles, and what is no behaviour.
#include <stet/runtime/become.hpp>
#include <stet/runtime/system.hpp>

struct Known {};
struct Unknown {};
class Thing;
struct First {
  void handle(Thing& thing, Known);
};
struct Second {};
struct Third {};
class Thing : public stet::Behaviours<Thing, First, Second> {};
void First::handle(Thing& thing, Known) {
#if FAULT == 2
  thing.become<Third>();
#else
  thing.become<Second>();
#endif
}

void use(const stet::Address<Thing>& thing) {
#if FAULT == 1
  thing.send<Unknown>();
#else
  thing.send<Known>();
#endif
}
