// stet/runtime/detail/rearing.hpp - how a child is made, each time again.
#pragma once

#include <memory>
#include <utility>

#include <stet/runtime/address.hpp>
#include <stet/runtime/detail/birth.hpp>
#include <stet/runtime/nascent.hpp>

namespace stet::detail {

class Maker {
 public:
  Maker() = default;
  Maker(const Maker&) = delete;
  Maker& operator=(const Maker&) = delete;
  virtual ~Maker() = default;
  // In a turn of the child, which has no object.
  virtual void make(Cell& child) = 0;
};

template <class A, class F>
class MakerOf final : public Maker {
 public:
  explicit MakerOf(F how) : how_(std::move(how)) {}
  void make(Cell& child) override {
    retain(&child);
    how_(Nascent<A>(Address<A>::adopt(&child)));
  }

 private:
  F how_;
};

// Gives the cell, of which the caller is the owner, to its parent and lets it run. `inside`: the
// caller owns the parent too. Throws std::bad_alloc; the cell then ends.
void rear(Cell& parent, bool inside, Cell& child, std::unique_ptr<Maker> maker);

}  // namespace stet::detail
