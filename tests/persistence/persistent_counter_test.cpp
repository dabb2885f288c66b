// tests/persistence/persistent_counter_test.cpp - named counters, one record each.
#include <stet/persistence/persistent_counter.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>
#include <stdexcept>

#include <stet/persistence/persistent_map.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "persistence/sample.hpp"
#include "store_rig.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::persistent_counter_test {
namespace {

using Visits = PersistentCounter<>;
using Model = std::map<std::string, std::int64_t>;

struct Visit {
  std::string page;
  std::int64_t amount = 1;
  int times = 1;
  bool throws = false;
};
struct CloseBook {
  std::string page;
};
struct Count {
  using Reply = std::int64_t;
  std::string page;
};

class Pages : public Actor<Pages> {
 public:
  explicit Pages(Visits visits) : visits_(std::move(visits)) {}
  void handle(const Visit& m) {
    for (int i = 0; i < m.times; ++i) visits_.add(m.page, m.amount);
    if (m.throws) throw std::runtime_error("on purpose");
  }
  void handle(const CloseBook& m) { visits_.erase(m.page); }
  std::int64_t handle(const Count& m) { return visits_.value(m.page); }

 private:
  Visits visits_;
};

struct PersistentCounterTest : ::testing::Test {
  StoreRig rig;
  Repository<Visits> visits{rig.data->base("//visits")};

  [[nodiscard]] std::uint64_t records_of(const Address<Pages>& to, Visit message) {
    EXPECT_TRUE(rig.store->flush(1s));
    const std::uint64_t before = rig.store->stats().records;
    to.send(std::move(message));
    rig.system->run_until_idle();
    EXPECT_TRUE(rig.store->flush(1s));
    return rig.store->stats().records - before;
  }
};

TEST_F(PersistentCounterTest, AddingIsOneSmallRecordWhateverTheNumberOfCounters) {
  {
    Visits counter = Visits::load(visits).value();
    EXPECT_EQ(counter.value("77"), 0);
    for (int i = 0; i < 10'000; ++i) counter.add(std::to_string(i), i);
  }
  const auto pages = spawn_persistent<Pages>(*rig.system, visits);
  EXPECT_EQ(records_of(pages, {"77", 1, 5}), 1U);
  EXPECT_EQ(records_of(pages, {"77", 0, 5}), 0U);
  EXPECT_EQ(pages.ask<Count>("77").get(1s).value(), 82);
  EXPECT_EQ(records_of(pages, {"77", 1, 1, true}), 0U);
  EXPECT_FALSE(pages.is_alive());
  EXPECT_EQ(visits.read().value().at("77"), 82);
  const std::string key = element_key("//visits", KeyTag::entry, "77");
  EXPECT_EQ(rig.get(key).value().size(), record_header_bytes + 9);
}

TEST_F(PersistentCounterTest, KeepsItsBytes) {
  Visits counter = Visits::load(visits).value();
  EXPECT_TRUE(counter.add("home", 3).wait(1s));
  EXPECT_TRUE(counter.add("home", -5).wait(1s));
  const std::string key("//visits\0ehome", 14);
  const std::string record = rig.get(key).value();
  EXPECT_EQ(hex(parse_record(key, record).value().payload), "d3 ff ff ff ff ff ff ff fe");
}

TEST_F(PersistentCounterTest, ComesBackToZeroAndStaysUntilErased) {
  Visits counter = Visits::load(visits).value();
  EXPECT_EQ(counter.value("home"), 0);
  EXPECT_TRUE(counter.add("home", 0).wait(1s));
  EXPECT_FALSE(counter.contains("home"));
  EXPECT_TRUE(counter.add("home", 2).wait(1s));
  EXPECT_TRUE(counter.add("home", -2).wait(1s));
  EXPECT_EQ(visits.read().value(), (Model{{"home", 0}}));
  EXPECT_TRUE(counter.erase("home").wait(1s));
  EXPECT_EQ(visits.read().value(), Model{});
}

TEST_F(PersistentCounterTest, DoesNotOverflow) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  Visits counter = Visits::load(visits).value();
  EXPECT_TRUE(counter.add("home", most).wait(1s));
  EXPECT_THROW(counter.add("home"), std::overflow_error);
  EXPECT_TRUE(counter.add("other").wait(1s));  // Nothing was half changed.
  EXPECT_EQ(visits.read().value(), (Model{{"home", most}, {"other", 1}}));
}

TEST_F(PersistentCounterTest, IsAMapOfNumbersOnDisk) {
  {
    Visits counter = Visits::load(visits).value();
    EXPECT_TRUE(counter.add("home", 7).wait(1s));
  }
  using Map = PersistentMap<std::string, std::int64_t>;
  EXPECT_EQ(Repository<Map>(rig.data->base("//visits")).read().value(), (Model{{"home", 7}}));
  using Numbers = PersistentCounter<std::int32_t>;  // Keys of another type.
  EXPECT_EQ(Numbers::load(Repository<Numbers>(rig.data->base("//visits"))).error(), Errc::corrupt);
}

TEST(PersistentCounterRandom, EqualsAMapAlsoAfterThrowsAndPowerCuts) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t run = 0; run < scaled(50); ++run) {
    std::mt19937_64 random(seed.derive(run).value());
    auto disk = std::make_shared<detail::MemoryDisk>();
    Model model;
    for (int session = 0; session < 4; ++session) {
      StoreRig rig({}, disk, random());
      const Repository<Visits> repo(rig.data->base("//visits"));
      ASSERT_EQ(repo.read().value(), model) << seed << " run " << run << " session " << session;
      auto pages = spawn_persistent<Pages>(*rig.system, repo);
      const auto turn = [&](bool is_kept) {
        const std::string page = std::to_string(random() % 5);
        if (random() % 8 == 0) {
          pages.send<CloseBook>(page);
          if (is_kept) model.erase(page);
        } else {
          const Visit visit{page, static_cast<std::int64_t>(random() % 9) - 4, 2,
                            random() % 6 == 0};
          pages.send(visit);
          if (is_kept && !visit.throws && visit.amount != 0) model[page] += 2 * visit.amount;
        }
        rig.system->run_until_idle();
        if (!pages.is_alive()) pages = spawn_persistent<Pages>(*rig.system, repo);
      };
      for (int i = 0; i < 20; ++i) turn(true);
      ASSERT_TRUE(rig.store->flush(1s));
      ASSERT_EQ(repo.read().value(), model) << seed << " run " << run;
      rig.crash(detail::MemoryDisk::NotYetDurable::lost);
      for (int i = 0; i < 5; ++i) turn(false);  // Without power.
    }
  }
}

}  // namespace
}  // namespace stet::test::persistent_counter_test
