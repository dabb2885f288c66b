// tests/crash/condition_fault_test.cpp
// Goal    The rule that a write's condition sees what waits before it is needed: without it two writers
//         that expect the same revision are both told that they have won.
// Method  Both write while the disk is full, so that nothing of them is committed between. The scene
//         runs without the fault first.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../persistence/store_rig.hpp"
#include "persistence/src/planted_fault.hpp"

namespace stet::test::condition_fault_test {
namespace {

struct Race {
  std::string key;
};

class Rivals : public Actor<Rivals> {
 public:
  Rivals(std::shared_ptr<detail::StoreLink> link, int& winners)
      : link_(std::move(link)), winners_(&winners) {}
  void handle(const Race& m) {
    for (const std::uint64_t revision : {2U, 3U}) {
      Buffer out;
      encode_record(
          m.key, {.revision = revision}, [](Buffer& to) { encode(Account{}, to); }, out);
      link_->insert.ask(m.key, std::string(out.view()), std::nullopt, Expected::absent())
          .then(*this, [this](const Result<Ack>& done) { *winners_ += done ? 1 : 0; });
    }
  }

 private:
  std::shared_ptr<detail::StoreLink> link_;
  int* winners_;
};

int winners_of_two() {
  StoreRig rig;
  int winners = 0;
  rig.faults->set_disk_full(true);
  const auto rivals = rig.system->spawn<Rivals>(rig.link(), winners);
  rivals.send<Race>("//a");
  rig.system->run_until_idle();
  EXPECT_EQ(winners, 0);
  rig.faults->set_disk_full(false);
  EXPECT_TRUE(rig.store->flush(10s));
  rig.system->run_until_idle();
  return winners;
}

TEST(ConditionFault, ForgettingTheBatchLetsBothWin) {
  EXPECT_EQ(winners_of_two(), 1);
  detail::plant_fault(detail::Fault::forget_batch);
  const int winners = winners_of_two();
  detail::plant_fault(detail::Fault::none);
  EXPECT_EQ(winners, 2) << "the fault went unnoticed";
}

}  // namespace
}  // namespace stet::test::condition_fault_test
