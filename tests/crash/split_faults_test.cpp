// tests/crash/split_faults_test.cpp
// Goal    The rules of split values and vectors are needed: with one broken on purpose, a scene that holds
//         otherwise does not.
// Method  Each scene runs without the fault first. The library is that with crash points.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include <stet/persistence/key.hpp>
#include <stet/persistence/migration.hpp>
#include <stet/persistence/persistable.hpp>
#include <stet/persistence/persistent_vector.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "../persistence/store_rig.hpp"
#include "persistence/src/planted_fault.hpp"

namespace stet::test::split_faults_test {
namespace {

using detail::Fault;

struct Old {
  std::int64_t number = 0;
  std::string text;
};
struct New {
  std::int64_t number = 0;
  std::string text;
  std::string more;
};
struct Later {
  std::int64_t cents = 0;  // Was "number", in euros.
  std::string text;

  static constexpr std::uint16_t stet_version = 2;
  static constexpr auto stet_before = stet::before(stet::renamed(1, "number", "cents"));
  static Result<void> stet_migrate(std::uint16_t, Later& value, OldFields&) {
    value.cents *= 100;
    return {};
  }
};

struct Overwrite {};
class TwoWays : public Actor<TwoWays> {
 public:
  TwoWays(Persistable<Old> held, const DataStore& at) : held_(std::move(held)), repo_(at) {}
  void handle(Overwrite) {
    EXPECT_TRUE(repo_.write({-1, "another"}));
    held_.edit<&Old::number>([](std::int64_t& number) { ++number; });
  }

 private:
  Persistable<Old> held_;
  Repository<Old> repo_;
};

class SplitFaults : public testing::Test {
 protected:
  ~SplitFaults() override { detail::plant_fault(Fault::none); }

  static Repository<Old> old_at(const StoreRig& rig) {
    return Repository<Old>(rig.data->base("//value"));
  }
  static Repository<New> new_at(const StoreRig& rig) {
    return Repository<New>(rig.data->base("//value"));
  }
  static void write_large(const StoreRig& rig) {
    auto held = Persistable<Old>::load_or_default(old_at(rig)).value();
    EXPECT_TRUE(held.set({1, std::string(5'000, 'x')}).wait(1s));
  }

  static bool shrinking_leaves_one_record() {
    StoreRig rig;
    write_large(rig);
    auto held = Persistable<Old>::load(old_at(rig)).value();
    EXPECT_TRUE(held.set({2, "small"}).wait(1s));
    return rig.data->base("//value").list().value().records.size() == 1;
  }
  static bool a_new_field_is_found_again() {
    StoreRig rig;
    write_large(rig);
    {
      auto held = Persistable<New>::load(new_at(rig)).value();
      EXPECT_TRUE(held.mutate([](New& n) { n.more = "new"; }).wait(1s));
    }
    return new_at(rig).read().value().more == "new";
  }
  static bool a_lost_field_is_noticed() {
    StoreRig rig;
    write_large(rig);
    const std::string key = element_key("//value", KeyTag::field, "text");
    EXPECT_TRUE(rig.link()->remove.ask(key).get(1s));
    return !Persistable<Old>::load(old_at(rig));
  }
  static bool a_changed_field_is_a_conflict() {
    StoreRig rig;
    write_large(rig);
    EXPECT_TRUE(rig.store->flush(1s));
    const auto found = old_at(rig).read_versioned().value();
    {
      auto held = Persistable<Old>::load(old_at(rig)).value();
      EXPECT_TRUE(held.mutate([](Old& o) { ++o.number; }).wait(1s));
    }
    EXPECT_TRUE(rig.store->flush(1s));
    return !old_at(rig).write_if(found.value, found.revision);
  }

  static bool an_old_value_is_brought_forward_once() {
    StoreRig rig;
    write_large(rig);
    const Repository<Later> later(rig.data->base("//value"));
    {
      auto held = Persistable<Later>::load(later).value();
      EXPECT_TRUE(held.edit<&Later::cents>([](std::int64_t& cents) { ++cents; }).wait(1s));
    }
    const Result<Later> read = later.read();
    return read && read->cents == 101;
  }

  static bool the_last_word_is_what_is_in_memory() {
    StoreRig rig;
    write_large(rig);
    EXPECT_TRUE(rig.store->flush(1s));
    const auto actor = spawn_persistent<TwoWays>(*rig.system, old_at(rig), old_at(rig).data());
    actor.send<Overwrite>();
    rig.system->run_until_idle();
    EXPECT_TRUE(rig.store->flush(1s));
    const Result<Old> read = old_at(rig).read();
    return read && read->number == 2 && read->text.size() == 5'000;
  }
  static bool a_vector_that_shrinks_is_read_again() {
    StoreRig rig;
    const Repository<PersistentVector<int>> repo(rig.data->base("//vector"));
    auto vector = PersistentVector<int>::load(repo).value();
    EXPECT_TRUE(vector.resize(200).wait(1s));
    EXPECT_TRUE(vector.resize(10).wait(1s));
    return repo.read().has_value();
  }

  static void expect_noticed(bool (*holds)(), Fault fault) {
    EXPECT_TRUE(holds());
    detail::plant_fault(fault);
    EXPECT_FALSE(holds()) << "the fault went unnoticed";
  }
};

TEST_F(SplitFaults, FieldsThatAreLeftBehindAreNoticed) {
  expect_noticed(&SplitFaults::shrinking_leaves_one_record, Fault::keep_fields);
}
TEST_F(SplitFaults, AFieldThatNoRootNamesIsNoticed) {
  expect_noticed(&SplitFaults::a_new_field_is_found_again, Fault::forget_root);
}
TEST_F(SplitFaults, ALostFieldThatIsAllowedIsNoticed) {
  expect_noticed(&SplitFaults::a_lost_field_is_noticed, Fault::allow_missing);
}
TEST_F(SplitFaults, AValueOfTwoVersionsIsNoticed) {
  expect_noticed(&SplitFaults::an_old_value_is_brought_forward_once, Fault::mix_versions);
}
TEST_F(SplitFaults, WritesBesideAValueThatAreNotNotedAreNoticed) {
  expect_noticed(&SplitFaults::the_last_word_is_what_is_in_memory, Fault::forget_direct);
}
TEST_F(SplitFaults, ElementsThatAreLeftBehindAreNoticed) {
  expect_noticed(&SplitFaults::a_vector_that_shrinks_is_read_again, Fault::keep_items);
}
TEST_F(SplitFaults, AConditionThatLooksAtTheRootAloneIsNoticed) {
  expect_noticed(&SplitFaults::a_changed_field_is_a_conflict, Fault::root_revision);
}

}  // namespace
}  // namespace stet::test::split_faults_test
