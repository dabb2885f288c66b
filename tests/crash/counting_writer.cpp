// tests/crash/counting_writer.cpp - actors that count as fast as their changes are acknowledged.
//
//   counting_writer DIRECTORY SEED honest|lies direct|journal    reports PairAcks on standard output
//   until killed
//
// A program of its own, so that the test may fork while it has threads. "lies": over an engine that
// forgets commits and acknowledges them all the same.
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <stet/persistence/spawn_persistent.hpp>

#include "counting_pairs.hpp"
#include "persistence/lying_engine.hpp"

namespace stet::test {
namespace {

struct CountOn {};

class CountingPair : public Actor<CountingPair> {
 public:
  CountingPair(Persistable<PairCount> left, Persistable<PairCount> right, std::uint64_t pair)
      : left_(std::move(left)), right_(std::move(right)), pair_(pair) {}
  void handle(CountOn) {
    left_.mutate([](PairCount& count) { ++count.value; });
    auto saved = right_.mutate([](PairCount& count) { ++count.value; });
    saved.then(*this, [this, value = right_->value](Result<Ack> done) {
      const PairAck ack{pair_, value};
      // One write to a pipe: whole or absent.
      if (done && ::write(STDOUT_FILENO, &ack, sizeof ack) != sizeof ack) std::_Exit(4);
      self().send<CountOn>();
    });
  }

 private:
  Persistable<PairCount> left_;
  Persistable<PairCount> right_;
  std::uint64_t pair_;
};

// Exit codes 10 and up: the test prints them.
int count_until_killed(const std::string& directory, std::uint64_t seed, bool lies,
                       StoreMode mode) {
  ::alarm(120);  // Should the parent be gone.
  System system({.workers = 2});
  auto lmdb = detail::open_lmdb_engine(where(directory, mode));
  if (!lmdb) return 10;
  std::unique_ptr<detail::Engine> engine = std::move(lmdb).value();
  if (lies)
    engine = std::make_unique<LyingEngine>(std::move(engine), seed, LyingEngine::Lie::forgets);
  StoreOptions options{.engine = EngineChoice::given(std::move(engine))};
  options.batch_records = 1 + seed % 16;
  auto store = Store::open(system, std::move(options));
  if (!store) return 11;
  const DataStore data{*store};
  for (std::uint64_t pair = 0; pair < pairs; ++pair) {
    const auto actor = spawn_persistent<CountingPair>(system, side(data, pair, "left"),
                                                      side(data, pair, "right"), pair);
    for (int depth = 0; depth < 4; ++depth) actor.send<CountOn>();
  }
  for (;;) ::pause();
}

}  // namespace
}  // namespace stet::test

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  return stet::test::count_until_killed(argv[1], std::strtoull(argv[2], nullptr, 10),
                                        std::string_view(argv[3]) == "lies",
                                        stet::test::mode_of(argv[4]));
}
