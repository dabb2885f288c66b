// tests/crash/store_points_writer.cpp - a whole store that kills itself at a crash point.
//
//   store_points_writer DIRECTORY SEED honest|lies direct|journal POINT PASS
//
// Reports PairAcks on standard output.
//
// A program of its own, so that the test may fork while it has threads. Pairs of Persistables count
// in bursts; between two bursts the store is flushed, grown and filled over its bound, so that every
// point is passed. "lies": over an engine that forgets commits and acknowledges them all the same.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stet/persistence/spawn_persistent.hpp>

#include "counting_pairs.hpp"
#include "killed_writer.hpp"
#include "persistence/lying_engine.hpp"

namespace stet::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t bursts = 60;
constexpr std::uint64_t burst = 5;  // Changes of each pair.

struct CountOn {};

class CountingPair : public Actor<CountingPair> {
 public:
  CountingPair(Persistable<PairCount> left, Persistable<PairCount> right, std::uint64_t pair,
               std::atomic<std::uint64_t>* acked)
      : left_(std::move(left)), right_(std::move(right)), pair_(pair), acked_(acked) {}
  void handle(CountOn) {
    left_.mutate([](PairCount& count) { ++count.value; });
    auto saved = right_.mutate([](PairCount& count) { ++count.value; });
    saved.then(*this, [this, value = right_->value](const Result<Ack>& done) {
      const PairAck ack{pair_, value};
      // One write to a pipe: whole or absent.
      if (done && ::write(STDOUT_FILENO, &ack, sizeof ack) != sizeof ack) std::_Exit(4);
      // release: pairs with the wait in count_until_killed().
      if (done) acked_->fetch_add(1, std::memory_order_release);
    });
  }

 private:
  Persistable<PairCount> left_;
  Persistable<PairCount> right_;
  std::uint64_t pair_;
  std::atomic<std::uint64_t>* acked_;
};

// Exit codes 10 and up: the test prints them.
int count_until_killed(const std::string& directory, std::uint64_t seed, bool lies,
                       StoreMode mode) {
  std::atomic<std::uint64_t> acked{0};
  System system({.workers = 2});
  detail::LmdbOptions options_of_engine = where(directory, mode);
  options_of_engine.map_bytes_max = std::size_t{8} << 20;  // Soon full.
  auto lmdb = detail::open_lmdb_engine(options_of_engine);
  if (!lmdb) return 10;
  std::unique_ptr<detail::Engine> engine = std::move(lmdb).value();
  if (lies)
    engine = std::make_unique<LyingEngine>(std::move(engine), seed, LyingEngine::Lie::forgets);
  // A kill takes nothing back that is visible, and what is only visible is there to be flushed.
  auto store = Store::open(system, {.engine = EngineChoice::given(std::move(engine)),
                                    .durability = Durability::visible,
                                    .batch_records = 1 + seed % 16});
  if (!store) return 11;
  const DataStore data{*store};
  const DataStore ballast = data.base("//ballast");
  // More than the map; with a journal more than its part of it, for what the state could not take
  // is not even tried.
  const std::string too_much((mode == StoreMode::journal ? std::size_t{6} : 12) << 20, 'm');
  std::vector<Address<CountingPair>> actors;
  for (std::uint64_t pair = 0; pair < pairs; ++pair) {
    actors.push_back(spawn_persistent<CountingPair>(system, side(data, pair, "left"),
                                                    side(data, pair, "right"), pair, &acked));
  }
  for (std::uint64_t n = 1; n <= bursts; ++n) {
    for (std::uint64_t i = 0; i < burst; ++i) {
      for (const auto& actor : actors) actor.send<CountOn>();
    }
    for (int i = 0; acked.load(std::memory_order_acquire) < n * burst * pairs; ++i) {
      if (i == 20'000) return 12;
      ::usleep(500);
    }
    if (!store->flush(10s)) return 13;
    if (!ballast.scope("some").write(std::string(200'000 * (n % 10), 'b'), 10s)) return 14;
    if (n % 3 == 0) {
      const auto refused = ballast.scope("much").write(too_much, 10s);
      if (!lies && (refused || refused.error() != Errc::map_full)) return 15;
    }
  }
  return 16;  // The point was not passed as often.
}

}  // namespace
}  // namespace stet::test

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  ::alarm(120);  // Should the parent be gone.
  stet::test::KillSwitch::point = argv[5];
  stet::test::KillSwitch::passes_left.store(std::strtoull(argv[6], nullptr, 10),
                                            std::memory_order_relaxed);
  stet::detail::set_crash_hook(stet::test::KillSwitch::pass);
  // Not by return: what is left of a failed run need not end orderly.
  std::_Exit(stet::test::count_until_killed(argv[1], std::strtoull(argv[2], nullptr, 10),
                                            std::string_view(argv[3]) == "lies",
                                            stet::test::mode_of(argv[4])));
}
