// tests/model/reused_place.hpp - a place of a ring that notes whether it is written again too early.
//
// Who is still reading a place while it is written again could get what is written then. Relacy's loads
// see nothing that is stored later, so this checks the reason why that cannot be: each read that led to
// an element happened before the next write, and did not just come earlier in this run. A reader says
// so by taken(); other reads were too late, and were thrown away. Included after model.hpp.
#pragma once

namespace stet::model {

template <class Element>
class ReusedPlace {
 public:
  Element* load(rl::memory_order order, rl::debug_info_param at) const {
    Element* const element = word_.load(order, at);
    const rl::thread_info_base& reader = *rl::ctx().threadx_;
    read_at_[reader.index_] = reader.own_acq_rel_order_;
    last_read_[reader.index_] = this;
    return element;
  }
  void store(Element* element, rl::memory_order order, rl::debug_info_param at) {
    word_.store(element, order, at);
    const rl::thread_info_base& writer = *rl::ctx().threadx_;
    for (unsigned reader = 0; reader < readers_max; ++reader) {
      RL_ASSERT(reader == writer.index_ || writer.acq_rel_order_[reader] >= taken_at_[reader]);
    }
  }
  // The calling thread has got the element that it has just read.
  static void taken() {
    const unsigned reader = rl::ctx().threadx_->index_;
    last_read_[reader]->taken_at_[reader] = last_read_[reader]->read_at_[reader];
  }

 private:
  static constexpr unsigned readers_max = 2;
  static inline const ReusedPlace* last_read_[readers_max] = {};
  rl::atomic<Element*> word_{nullptr};
  mutable rl::timestamp_t read_at_[readers_max] = {};
  mutable rl::timestamp_t taken_at_[readers_max] = {};
};

}  // namespace stet::model
