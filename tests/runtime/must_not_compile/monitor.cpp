// tests/runtime/must_not_compile/monitor.cpp - who monitors and cannot be told.
#include <stet/runtime/monitor.hpp>

class Other : public stet::Actor<Other> {};
struct Begin {};
class Watcher : public stet::Actor<Watcher> {
 public:
  explicit Watcher(stet::Address<Other> other) : other_(std::move(other)) {}
  void handle(Begin) { stet::monitor(*this, other_); }
#if FAULT == 0
  void handle(const stet::Down&) {}
#endif

 private:
  stet::Address<Other> other_;
};
