// stet/runtime/detail/shared_list.hpp - a list that many read while now and then one changes it.
//
// A change makes a new list and puts it in the place of the old one. Who reads keeps the list it
// began with, however long that takes, and delays nobody.
//
// Threads    All members: any.
// Progress   read() and dropping a View: lock-free, but that who drops the last View of a replaced
//            list frees it. update(): a lock among those who change; try_update() does not wait.
// Errors     bad_alloc from a change, before anything has changed.
// Bounds     A change copies the list: for lists that are read more often than changed.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include <stet/runtime/detail/counted_pointer.hpp>

namespace stet::detail {

template <class T>
class SharedList {
  struct alignas(64) Node {
    std::vector<T> items;
    Atomic<std::int64_t> left{0};
  };

 public:
  SharedList() : list_(new Node) {}
  explicit SharedList(std::vector<T> items) : list_(new Node{std::move(items)}) {}
  SharedList(const SharedList&) = delete;
  SharedList& operator=(const SharedList&) = delete;
  ~SharedList() { delete list_.get(); }

  // The list as it was when the View was made.
  class View {
   public:
    explicit View(CountedPointer<Node>& list) noexcept : list_(&list), node_(list.acquire()) {}
    View(const View&) = delete;
    View& operator=(const View&) = delete;
    ~View() {
      if (list_->release(node_)) delete node_;
    }
    [[nodiscard]] const std::vector<T>& operator*() const noexcept { return node_->items; }
    [[nodiscard]] const std::vector<T>* operator->() const noexcept { return &node_->items; }

   private:
    CountedPointer<Node>* list_;
    Node* node_;
  };
  [[nodiscard]] View read() const noexcept { return View(list_); }

  // change(std::vector<T>&) makes the new list of a copy of the present one.
  template <class Change>
  void update(Change&& change) {
    const std::lock_guard lock(changing_);
    exchange(std::forward<Change>(change));
  }
  // False: somebody else is changing the list now, nothing was done.
  template <class Change>
  bool try_update(Change&& change) {
    const std::unique_lock lock(changing_, std::try_to_lock);
    if (!lock.owns_lock()) return false;
    exchange(std::forward<Change>(change));
    return true;
  }

 private:
  template <class Change>
  void exchange(Change&& change) {
    auto* fresh = new Node{list_.get()->items};  // Stays: only who holds the lock replaces it.
    try {
      std::forward<Change>(change)(fresh->items);
    } catch (...) {
      delete fresh;
      throw;
    }
    const auto [old, is_free] = list_.replace(fresh);
    if (is_free) delete old;
  }

  mutable CountedPointer<Node> list_;
  std::mutex changing_;
};

}  // namespace stet::detail
