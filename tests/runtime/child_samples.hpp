// tests/runtime/child_samples.hpp - a child that writes down its life, and what makes it fail.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::supervision_test {

using Diary = std::vector<std::string>;

struct Fail {
  std::string what = "on purpose";
};
struct Life {
  using Reply = int;
};
struct Breaks {  // Asked: fails before it answers.
  using Reply = int;
};
struct FailOddly {};
struct Stop {};

// Writes down when it is made and destroyed.
class Child : public Actor<Child> {
 public:
  Child(Diary& diary, std::string name) : diary_(diary), name_(std::move(name)) {
    diary_.push_back("+" + name_);
  }
  ~Child() { diary_.push_back("-" + name_); }
  void handle(const Fail& message) { throw std::runtime_error(message.what); }
  void handle(FailOddly) { throw 7; }
  int handle(Breaks) { throw std::runtime_error("asked too much"); }
  int handle(Life) { return handled_; }
  void handle(Number message) {
    ++handled_;
    diary_.push_back(name_ + std::to_string(message.value));
  }
  void handle(Stop) { stop(); }

 private:
  Diary& diary_;
  std::string name_;
  int handled_ = 0;
};

}  // namespace stet::test::supervision_test
