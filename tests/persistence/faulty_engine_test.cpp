// tests/persistence/faulty_engine_test.cpp
// Goal    The double fails exactly where a test says, and then as a real engine would.
#include "persistence/src/faulty_engine.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "persistence/src/memory_engine.hpp"

namespace stet::detail {
namespace {

using Call = FaultControl::Call;
using Effect = FaultControl::Effect;

class FaultyEngineTest : public testing::Test {
 protected:
  Result<CommitNumber> put(std::string_view key) {
    return engine_->commit({{Operation::put(key, "v")}}, Flush::full);
  }
  bool has(std::string_view key) { return (*engine_->view())->get(key).value().has_value(); }

  const std::shared_ptr<FaultControl> control_ = std::make_shared<FaultControl>(1);
  const std::unique_ptr<Engine> engine_ = make_faulty_engine(make_memory_engine(), control_);
};

TEST_F(FaultyEngineTest, TheNthCallFailsAndLeavesNothingBehind) {
  control_->fail_at(Call::commit, 2, Errc::io);
  EXPECT_TRUE(put("/a"));
  EXPECT_EQ(put("/b").error(), Errc::io);
  EXPECT_FALSE(has("/b"));
  EXPECT_TRUE(put("/b"));
  EXPECT_EQ(control_->calls(Call::commit), 3U);
  EXPECT_EQ(control_->faults(Call::commit), 1U);
  EXPECT_EQ(engine_->stats().failures, 1U);
}

TEST_F(FaultyEngineTest, AnUnknownOutcomePoisonsWhetherOrNotItWasStored) {
  for (const Effect effect : {Effect::none, Effect::after}) {
    const auto control = std::make_shared<FaultControl>();
    const auto engine = make_faulty_engine(make_memory_engine(), control);
    control->fail_at(Call::commit, 1, Errc::outcome_unknown, effect);
    EXPECT_EQ(engine->commit({{Operation::put("/a", "v")}}, Flush::full).error(),
              Errc::outcome_unknown);
    EXPECT_TRUE(engine->poisoned());
    EXPECT_EQ(engine->commit({{Operation::put("/b", "v")}}, Flush::full).error(), Errc::poisoned);
    EXPECT_EQ(engine->flush().error(), Errc::poisoned);
    const auto view = engine->view().value();
    EXPECT_EQ(view->get("/a").value().has_value(), effect == Effect::after);
  }
}

TEST_F(FaultyEngineTest, AFailedFlushPoisons) {
  control_->fail_at(Call::flush, 1, Errc::io);
  ASSERT_TRUE(put("/a"));
  EXPECT_EQ(engine_->flush().error(), Errc::outcome_unknown);
  EXPECT_TRUE(engine_->poisoned());
  EXPECT_TRUE(has("/a")) << "what it has can still be read";
}

TEST_F(FaultyEngineTest, AFullDiskTakesOnlyWhatFrees) {
  ASSERT_TRUE(put("/a"));
  control_->set_disk_full(true);
  EXPECT_EQ(put("/b").error(), Errc::disk_full);
  EXPECT_TRUE(engine_->commit({{Operation::erase("/a")}}, Flush::full));
  EXPECT_FALSE(engine_->poisoned());
  control_->set_disk_full(false);
  EXPECT_TRUE(put("/b"));
}

TEST_F(FaultyEngineTest, ReadsFailToo) {
  ASSERT_TRUE(put("/a"));
  control_->fail_at(Call::view, 1, Errc::readers_full);
  EXPECT_EQ(engine_->view().error(), Errc::readers_full);
  control_->fail_at(Call::get, 1, Errc::corrupt);
  control_->fail_at(Call::scan, 1, Errc::corrupt);
  const auto view = engine_->view().value();
  EXPECT_EQ(view->get("/a").error(), Errc::corrupt);
  EXPECT_EQ(view->scan("/", {}).error(), Errc::corrupt);
  EXPECT_EQ(view->get("/a").value(), "v");
}

TEST_F(FaultyEngineTest, ChanceIsTheSeeds) {
  std::vector<bool> runs[2];
  for (std::vector<bool>& run : runs) {
    const auto control = std::make_shared<FaultControl>(7);
    const auto engine = make_faulty_engine(make_memory_engine(), control);
    control->fail_randomly(Call::commit, 300, Errc::disk_full);
    for (int i = 0; i < 100; ++i) {
      run.push_back(
          engine->commit({{Operation::put("/a", std::to_string(i))}}, Flush::full).has_value());
    }
    EXPECT_GT(control->faults(Call::commit), 10U);
    EXPECT_LT(control->faults(Call::commit), 60U);
  }
  EXPECT_EQ(runs[0], runs[1]);
}

TEST_F(FaultyEngineTest, TheDelaySeesEachCall) {
  std::vector<Call> seen;
  control_->set_delay([&](Call call) { seen.push_back(call); });
  ASSERT_TRUE(put("/a"));
  ASSERT_TRUE(engine_->flush());
  EXPECT_TRUE(has("/a"));
  EXPECT_EQ(seen, (std::vector<Call>{Call::commit, Call::flush, Call::view, Call::get}));
}

}  // namespace
}  // namespace stet::detail
