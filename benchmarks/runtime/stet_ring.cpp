// benchmarks/runtime/stet_ring.cpp - the ring of ping_pong (two actors) and ring (a hundred).
#include "stet_ring.hpp"

#include <atomic>
#include <vector>

#include "../support/clock.hpp"
#include "../support/gate.hpp"
#include "../support/stet_system.hpp"

namespace stet::bench {
namespace {

struct Hop {
  std::int64_t left;
};

class Node;
struct Link {
  Address<Node> next;
};

class Node : public Actor<Node> {
 public:
  Node(Gate& done, std::atomic<std::uint64_t>& handled) : done_(done), handled_(handled) {}
  ~Node() {
    handled_.fetch_add(count_, std::memory_order_release);  // Pairs with the load in stet_ring().
  }

  void handle(Link link) { next_ = std::move(link.next); }
  void handle(Hop hop) {
    ++count_;
    hop.left > 0 ? next_.send<Hop>(hop.left - 1) : done_.pass();
  }

 private:
  Address<Node> next_;
  Gate& done_;
  std::atomic<std::uint64_t>& handled_;
  std::uint64_t count_ = 0;
};

}  // namespace

Result<Measurement> stet_ring(unsigned workers, std::uint64_t actors, std::uint64_t hops) {
  Gate done;
  std::atomic<std::uint64_t> handled{0};
  System system(with_workers(workers));
  std::vector<Address<Node>> nodes;
  for (std::uint64_t i = 0; i < actors; ++i) nodes.push_back(system.spawn<Node>(done, handled));
  for (std::uint64_t i = 0; i < actors; ++i) nodes[i].send<Link>(nodes[(i + 1) % actors]);

  const std::uint64_t begin = now_ns();
  nodes[0].send<Hop>(static_cast<std::int64_t>(hops));
  done.wait();
  const auto spent = static_cast<double>(now_ns() - begin);

  if (Result<void> ended = end(system); !ended) return ended.error();
  if (handled.load(std::memory_order_acquire) != hops + 1) {  // Pairs with ~Node().
    return Error(Errc::corrupt, "the ring lost or repeated a message");
  }
  return Measurement{spent / static_cast<double>(hops)};
}

}  // namespace stet::bench
