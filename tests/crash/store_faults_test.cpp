// tests/crash/store_faults_test.cpp
// Goal    The rules of reading beside the commits are needed: with one broken on purpose, the check
//         that store_reader_test.cpp relies on notices it.
// Method  The same seeded runs and the same history, with the fault planted and without it.
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>

#include "persistence/read_history.hpp"
#include "persistence/src/planted_fault.hpp"
#include "persistence/store_rig.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::store_faults_test {
namespace {

using detail::Fault;

class StoreFaults : public testing::Test {
 protected:
  ~StoreFaults() override { detail::plant_fault(Fault::none); }

  static ReadHistory run(const Seed& seed) {
    StoreRig rig({.batch_records = 16}, std::make_shared<detail::MemoryDisk>(), seed.value());
    ReadHistory history;
    const auto client = rig.system->spawn<HistoryClient>(rig.link(), seed.value(), history);
    for (int turn = 0; turn < 20; ++turn) {
      client.send<WriteAndRead>(20U);
      rig.system->run_until_idle();
    }
    EXPECT_EQ(history.answers, history.questions) << seed;
    EXPECT_EQ(history.failed, 0U) << seed;
    return history;
  }
};

TEST_F(StoreFaults, AScanThatIsHandedOverBeforeTheCommitIsNoticed) {
  const Seed seed = Seed::from_environment_or_random();
  std::size_t noticed = 0;
  const std::size_t rounds = scaled(20);
  for (std::size_t round = 0; round < rounds; ++round) {
    detail::plant_fault(Fault::none);
    EXPECT_EQ(run(seed.derive(round)).wrong, 0U) << seed;
    detail::plant_fault(Fault::read_early);
    if (run(seed.derive(round)).wrong > 0) ++noticed;
  }
  EXPECT_EQ(noticed, rounds) << seed;
}

}  // namespace
}  // namespace stet::test::store_faults_test
