// tests/model/page_returns_model.cpp
// Goal    Every block that is given back is taken exactly once, whole; and once all blocks of a
//         page are home, nobody touches that page any more.
// Method  Relacy over the shipped header. When the owner has all blocks it writes the page's plain
//         words, as it does when the page goes to another heap: a giver that is not done races with
//         that. Planted bugs: releases made relaxed, a giver that announces a page every time.
#include "model.hpp"
//
#include "runtime/src/page_returns.hpp"

// The same header with every release made relaxed; CMakeLists.txt makes it.
#include "planted/page_returns.hpp"
// And one that announces every time.
#include "planted/page_returns_always.hpp"

namespace {

using stet::model::Expect;
using stet::model::explore;

struct Block {
  Block* next = nullptr;
  rl::var<int> payload;
};
struct Page;
// The page's link as a word that relacy watches.
struct Link {
  rl::var<Page*> page;
  Link& operator=(Page* to) {
    page($) = to;
    return *this;
  }
  operator Page*() { return page($); }
};
struct Page {
  stet::model::Atomic<Block*> remote{nullptr};
  Link returned_next;
  rl::var<int> heap;
};

// Threads but the last give back one block each of `pages` pages; the last takes them.
template <template <class, class> class Returns, unsigned givers, int pages>
struct Return : rl::test_suite<Return<Returns, givers, pages>, givers + 1> {
  Returns<Page, Block> returns;
  Page page[pages];
  Block block[givers][pages];
  unsigned home[pages] = {};

  void before() {
    for (Page& each : page) each.heap($) = 1;
  }
  void take() {
    Page* returned = returns.take_returned();
    while (returned != nullptr) {
      Page* rest = returned->returned_next;
      const auto number = returned - page;
      for (Block* each = Returns<Page, Block>::take_remote(*returned); each != nullptr;) {
        RL_ASSERT(static_cast<int>(each->payload($)) == 7);
        each->payload($) = 8;  // Taken twice: the assertion above fails.
        each = each->next;
        ++home[number];
      }
      if (home[number] == givers) returned->heap($) = 2;  // It goes to another heap.
      returned = rest;
    }
  }
  void thread(unsigned index) {
    if (index == givers) {
      take();
      take();
      return;
    }
    for (int i = 0; i < pages; ++i) {
      block[index][i].payload($) = 7;
      RL_ASSERT(static_cast<int>(page[i].heap($)) == 1);
      returns.give_back(page[i], &block[index][i], &block[index][i]);
    }
  }
  void after() {
    take();
    for (unsigned each : home) RL_ASSERT(each == givers);
  }
};

template <class P, class B>
using Shipped = stet::detail::BasicReturns<P, B>;
template <class P, class B>
using Planted = stet::planted::BasicReturns<P, B>;
template <class P, class B>
using Always = stet::planted_always::BasicReturns<P, B>;

}  // namespace

int main() {
  using stet::model::all;
  using stet::model::preemptions;
  using stet::model::random;
  return stet::model::verdict({
      explore<Return<Shipped, 1, 1>>("one gives, one page", all, Expect::clean),
      explore<Return<Shipped, 1, 2>>("one gives, two pages", all, Expect::clean),
      explore<Return<Shipped, 2, 1>>("two give, one page", preemptions(3), Expect::clean),
      explore<Return<Shipped, 2, 2>>("two give, two pages", random(300'000), Expect::clean),
      explore<Return<Planted, 1, 1>>("releases made relaxed", all, Expect::caught),
      explore<Return<Always, 2, 1>>("a giver that announces every time", preemptions(3),
                                    Expect::caught),
  });
}
