// benchmarks/baseline/raw_objects.cpp - what an actor would cost if it were only an object.
#include <memory>
#include <vector>

#include "../support/clock.hpp"
#include "../support/resident.hpp"
#include "raw_loop.hpp"
#include "raw_runtime.hpp"

namespace stet::bench::raw {
namespace {

class Leaf final : public RawActor {
 public:
  void handle(RawLoop&, const RawMessage& message) override {
    state_[0] += static_cast<std::uint64_t>(message.value);
  }
  [[nodiscard]] std::uint64_t touched() const { return state_[0]; }

 private:
  std::uint64_t state_[2] = {0, 0};
};

// Sends 1 to everybody and counts what arrived.
bool all_answer(std::vector<std::unique_ptr<Leaf>>& leaves) {
  RawLoop loop;
  for (const auto& leaf : leaves) {
    loop.send(*leaf, 1);
    loop.run();  // One node serves them all, as in a pool that keeps up.
  }
  std::uint64_t touched = 0;
  for (const auto& leaf : leaves) touched += leaf->touched();
  return touched == leaves.size();
}

}  // namespace

Result<Measurement> spawn(std::uint64_t actors) {
  std::vector<std::unique_ptr<Leaf>> leaves;
  leaves.reserve(actors);
  const std::uint64_t begin = now_ns();
  for (std::uint64_t i = 0; i < actors; ++i) leaves.push_back(std::make_unique<Leaf>());
  const auto spent = static_cast<double>(now_ns() - begin);
  if (!all_answer(leaves)) return Error(Errc::corrupt, "not every object was reached");
  return Measurement{1e9 * static_cast<double>(actors) / spent};
}

Result<Measurement> idle_bytes(std::uint64_t actors) {
  const std::uint64_t before = resident_bytes();
  std::vector<std::unique_ptr<Leaf>> leaves;  // The handles count, as they do for everybody.
  leaves.reserve(actors);
  for (std::uint64_t i = 0; i < actors; ++i) leaves.push_back(std::make_unique<Leaf>());
  if (!all_answer(leaves)) return Error(Errc::corrupt, "not every object was reached");
  const std::uint64_t after = resident_bytes();
  return Measurement{static_cast<double>(after - before) / static_cast<double>(actors)};
}

}  // namespace stet::bench::raw
