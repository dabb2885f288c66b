// benchmarks/runtime/freed_elsewhere_bench.cpp
// Question   What does a message's block cost that one thread takes and another gives back?
// Measures   ns a block of 64 bytes, handed over through a ring of 1024 pointers (in the figure:
//            some 6 ns). stet's threads are those of two actors; stet_host's are the host's.
// Leaves out mailbox and handler: fan_in.
// Floor      baseline/chain_pool.hpp: blocks go back to their owner in chains of 32.
// Rival      new and delete of the C library.
// Expect     A thirty-second of an exchange a block, and the transfer of its cache line.
#include <atomic>
#include <memory>
#include <new>
#include <thread>

#include "../baseline/chain_pool.hpp"
#include "../questions.hpp"
#include "../support/clock.hpp"
#include "../support/gate.hpp"
#include "../support/stet_system.hpp"

namespace stet::bench {
namespace {

constexpr std::size_t block_bytes = 64;

// Hands blocks from one thread to one other.
class Lane {
 public:
  explicit Lane(std::uint64_t blocks) : blocks_(blocks) {}

  template <class Allocate>
  void send_all(const Allocate& allocate) {
    std::uint64_t known_read = 0;
    for (std::uint64_t i = 0; i < blocks_; ++i) {
      while (i - known_read >= places) known_read = wait_past(read_, known_read);
      void* const block = allocate();
      ::new (block) std::uint64_t(i);
      ring_[i % places] = block;
      // release: pairs with receive_all(). Every 16th, as a sender's messages come in bursts.
      if (i % 16 == 15) written_.store(i + 1, std::memory_order_release);
    }
    written_.store(blocks_, std::memory_order_release);
  }

  // Gives every block to `release`; the sum of the numbers in them.
  template <class Release>
  std::uint64_t receive_all(const Release& release) {
    std::uint64_t sum = 0;
    std::uint64_t next = 0;
    while (next < blocks_) {
      const std::uint64_t end = wait_past(written_, next);
      for (; next < end; ++next) {
        void* const block = ring_[next % places];
        sum += *static_cast<std::uint64_t*>(block);
        release(block);
      }
      read_.store(next, std::memory_order_release);  // Pairs with send_all(): places are free.
    }
    return sum;
  }

  [[nodiscard]] std::uint64_t sum_expected() const { return blocks_ * (blocks_ - 1) / 2; }

 private:
  static constexpr std::uint64_t places = 1024;

  // acquire: pairs with the other side's release.
  static std::uint64_t wait_past(const std::atomic<std::uint64_t>& counter, std::uint64_t seen) {
    int looks = 0;
    std::uint64_t now = 0;
    while ((now = counter.load(std::memory_order_acquire)) == seen) {
      if (++looks % 2000 == 0) std::this_thread::yield();  // Both may share one core.
    }
    return now;
  }

  const std::uint64_t blocks_;
  void* ring_[places]{};
  alignas(64) std::atomic<std::uint64_t> written_{0};
  alignas(64) std::atomic<std::uint64_t> read_{0};
};

Result<Measurement> figure(const Lane& lane, std::uint64_t sum, std::uint64_t blocks,
                           std::uint64_t spent) {
  if (sum != lane.sum_expected()) return Error(Errc::corrupt, "a block was in use twice");
  return Measurement{static_cast<double>(spent) / static_cast<double>(blocks)};
}

template <class Allocate, class Release>
Result<Measurement> on_two_threads(std::uint64_t blocks, const Allocate& allocate,
                                   const Release& release) {
  const auto lane = std::make_unique<Lane>(blocks);
  std::uint64_t sum = 0;
  const std::uint64_t begin = now_ns();
  std::thread receiver([&] { sum = lane->receive_all(release); });
  lane->send_all(allocate);
  receiver.join();
  return figure(*lane, sum, blocks, now_ns() - begin);
}

struct Begin {};

class Sender : public Actor<Sender> {
 public:
  Sender(detail::Core& core, Lane& lane) : core_(core), lane_(lane) {}
  void handle(Begin) {
    lane_.send_all(
        [this] { return detail::allocate_block(core_, block_bytes, detail::BlockKind::message); });
  }

 private:
  detail::Core& core_;
  Lane& lane_;
};

class Receiver : public Actor<Receiver> {
 public:
  Receiver(detail::Core& core, Lane& lane, std::uint64_t& sum, Gate& done)
      : core_(core), lane_(lane), sum_(sum), done_(done) {}
  void handle(Begin) {
    sum_ = lane_.receive_all([this](void* block) {
      detail::release_block(core_, block, block_bytes, detail::BlockKind::message);
    });
    done_.pass();
  }

 private:
  detail::Core& core_;
  Lane& lane_;
  std::uint64_t& sum_;
  Gate& done_;
};

Result<Measurement> stet_actors(std::uint64_t blocks) {
  const auto lane = std::make_unique<Lane>(blocks);
  std::uint64_t sum = 0;
  Gate done;
  System system(with_workers(1));
  const SpawnOptions own_thread{.runs_on = RunsOn::own_thread};
  const auto sender = system.spawn_with<Sender>(own_thread, system.core(), *lane);
  const auto receiver = system.spawn_with<Receiver>(own_thread, system.core(), *lane, sum, done);
  const std::uint64_t begin = now_ns();
  receiver.send<Begin>();
  sender.send<Begin>();
  done.wait();
  const std::uint64_t spent = now_ns() - begin;
  if (Result<void> ended = end(system); !ended) return ended.error();
  return figure(*lane, sum, blocks, spent);
}

Result<Measurement> stet_host(std::uint64_t blocks) {
  System system(with_workers(1));
  detail::Core& core = system.core();
  Result<Measurement> measured = on_two_threads(
      blocks,
      [&core] { return detail::allocate_block(core, block_bytes, detail::BlockKind::message); },
      [&core](void* block) {
        detail::release_block(core, block, block_bytes, detail::BlockKind::message);
      });
  if (Result<void> ended = end(system); !ended) return ended.error();
  return measured;
}

Result<Measurement> c_library(std::uint64_t blocks) {
  return on_two_threads(
      blocks, [] { return ::operator new(block_bytes); },
      [](void* block) { ::operator delete(block); });
}

Result<Measurement> chain_pool(std::uint64_t blocks) {
  ChainPool pool;
  return on_two_threads(
      blocks, [&pool] { return pool.take(); }, [&pool](void* block) { pool.give_back(block); });
}

template <Result<Measurement> (*run)(std::uint64_t)>
Result<Measurement> counted(const Setting& setting) {
  return run(setting.count(4'000'000));
}

}  // namespace

Question freed_elsewhere() {
  return {"freed_elsewhere",
          "What does a block cost that one thread takes and another gives back?",
          "ns/block",
          Better::lower,
          {{"stet", "", counted<stet_actors>},
           {"stet_host", "", counted<stet_host>},
           {"glibc", "stet", counted<c_library>},
           {"raw", "stet", counted<chain_pool>}}};
}

}  // namespace stet::bench
