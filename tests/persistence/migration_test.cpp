// tests/persistence/migration_test.cpp
// Goal    A value of an older version of its type is brought forward when it is read, and stays as it
//         was stored until it changes; one of a newer version is left alone.
// Method  Structs that stand for the versions of one type, in each form and container.
#include <stet/persistence/migration.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include <stet/persistence/key.hpp>
#include <stet/persistence/persistable.hpp>
#include <stet/persistence/persistent_log.hpp>
#include <stet/persistence/persistent_map.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "store_rig.hpp"

namespace stet::test::migration_test {
namespace {

struct First {
  std::string name;
  double euros = 0;
  std::string note;
  std::int32_t removed = 0;
  bool operator==(const First&) const = default;
};
struct Second {
  std::string owner;  // Was "name".
  double euros = 0;
  std::string note;

  static constexpr std::uint16_t stet_version = 2;
  static constexpr auto stet_before = stet::before(stet::renamed(1, "name", "owner"));
};
struct Third {
  std::string owner;
  std::int64_t cents = 0;          // Was "euros".
  std::vector<std::string> note;   // Was a text.
  std::string name = "a new one";  // Not the "name" of version 1.

  static constexpr std::uint16_t stet_version = 3;
  static constexpr auto stet_before = stet::before(stet::renamed(1, "name", "owner"));
  static Result<void> stet_migrate(std::uint16_t from, Third& value, OldFields& old) {
    EXPECT_TRUE(from == 1 || from == 2);
    if (const auto euros = old.take<double>("euros")) value.cents = std::llround(*euros * 100);
    if (const auto note = old.take<std::string>("note")) value.note.assign(1, *note);
    EXPECT_EQ(old.has("removed"), from == 1);
    return {};
  }
  bool operator==(const Third&) const = default;
};

struct Migration : ::testing::Test {
  StoreRig rig;

  template <class T>
  [[nodiscard]] Repository<T> at(std::string_view scope = "//value") const {
    return Repository<T>(rig.data->base(scope));
  }
  template <class T>
  void store(const T& value) {
    EXPECT_TRUE(rig.data->base("//value").erase());
    auto held = Persistable<T>::load_or_default(at<T>()).value();
    EXPECT_TRUE(held.set(value).wait(1s));
    EXPECT_TRUE(rig.store->flush(1s));
  }
  [[nodiscard]] std::vector<Record> records() const {
    return rig.data->base("//value").list().value().records;
  }
  [[nodiscard]] static Third expected(const First& first) {
    return {first.name, std::llround(first.euros * 100), {first.note}, "a new one"};
  }
};

TEST_F(Migration, AnOlderValueIsBroughtForwardAndRewrittenWithItsNextChange) {
  for (const std::size_t size : {10U, 3'000U}) {  // Packed, split.
    const First first{"Ann", 12.5, std::string(size, 'n'), 7};
    store(first);
    const std::vector<Record> before = records();
    EXPECT_EQ(before.size(), size > 1'536 ? 5U : 1U);
    EXPECT_EQ(at<Third>().read().value(), expected(first));
    {
      auto held = Persistable<Third>::load(at<Third>()).value();
      EXPECT_EQ(held.get(), expected(first));
    }
    EXPECT_TRUE(rig.store->flush(1s));
    ASSERT_EQ(records().size(), before.size()) << "reading has written";
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(records()[i].value, before[i].value);
    {
      auto held = Persistable<Third>::load(at<Third>()).value();
      EXPECT_TRUE(held.edit<&Third::cents>([](std::int64_t& cents) { ++cents; }).wait(1s));
    }
    EXPECT_TRUE(rig.store->flush(1s));
    for (const Record& record : records()) {
      const RecordView view = parse_record(record.key, record.value).value();
      EXPECT_EQ(view.header.codec_version, 3);
      EXPECT_NE(record.key, element_key("//value", KeyTag::field, "removed"));
      EXPECT_NE(record.key, element_key("//value", KeyTag::field, "euros"));
    }
    Third changed = expected(first);
    ++changed.cents;
    EXPECT_EQ(at<Third>().read().value(), changed);
    EXPECT_EQ(Persistable<Third>::load(at<Third>()).value().get(), changed);
  }
}

TEST_F(Migration, ByStepsAsWellAsAtOnce) {
  for (const std::size_t size : {10U, 3'000U}) {
    const First first{"Ann", 12.5, std::string(size, 'n'), 7};
    store(first);
    {
      auto held = Persistable<Second>::load(at<Second>()).value();
      EXPECT_EQ(held->owner, "Ann");
      EXPECT_EQ(held->euros, 12.5);
      EXPECT_TRUE(held.edit<&Second::euros>([](double& euros) { euros = 13; }).wait(1s));
    }
    const Third third = at<Third>().read().value();
    EXPECT_EQ(third.owner, "Ann");
    EXPECT_EQ(third.cents, 1300);
    EXPECT_EQ(third.name, "a new one");
  }
}

TEST_F(Migration, ANewerVersionIsRefusedAndNothingHarmed) {
  for (const std::size_t size : {10U, 3'000U}) {
    store(Third{"Ann", 5, {std::string(size, 'n')}, "x"});
    const std::vector<Record> before = records();
    EXPECT_EQ(at<Second>().read().error(), Errc::newer_format);
    EXPECT_EQ(Persistable<Second>::load_or_default(at<Second>()).error(), Errc::newer_format);
    EXPECT_TRUE(rig.store->flush(1s));
    ASSERT_EQ(records().size(), before.size());
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(records()[i].value, before[i].value);
  }
  EXPECT_EQ(Persistable<std::string>::load(at<std::string>()).error(), Errc::newer_format);
}

struct Picky {
  std::int64_t note = 0;
  bool accepts = true;
  static constexpr std::uint16_t stet_version = 2;
  static Result<void> stet_migrate(std::uint16_t, Picky& value, OldFields& old) {
    const auto text = old.take<std::string>("note");
    if (!text) return {};
    if (text->size() > 3) return Error(Errc::out_of_range, "too long a note");
    value.note = static_cast<std::int64_t>(text->size());
    return {};
  }
};
struct Careless {
  std::int64_t note = 0;
  static constexpr std::uint16_t stet_version = 2;
  static Result<void> stet_migrate(std::uint16_t, Careless&, OldFields&) { return {}; }
};
struct Silent {
  std::int64_t note = 0;
  static constexpr std::uint16_t stet_version = 2;
};

TEST_F(Migration, WhatCannotBeBroughtForwardIsNotRead) {
  store(First{"Ann", 1, "note", 0});
  const Result<Picky> picky = at<Picky>().read();
  ASSERT_FALSE(picky);
  EXPECT_EQ(picky.error(), Errc::out_of_range);
  const Result<Careless> careless = at<Careless>().read();
  ASSERT_FALSE(careless);
  EXPECT_EQ(careless.error(), Errc::corrupt);
  EXPECT_NE(careless.error().text.find("note"), std::string::npos) << careless.error().text;
  EXPECT_EQ(at<Silent>().read().error(), Errc::corrupt);
  store(First{"Ann", 1, "abc", 0});
  EXPECT_EQ(at<Picky>().read().value().note, 3);
}

struct Twice {
  std::string owner;
  static constexpr std::uint16_t stet_version = 2;
  static constexpr auto stet_before =
      stet::before(stet::renamed(1, "name", "owner"), stet::renamed(1, "note", "owner"));
};

TEST_F(Migration, TwoFieldsThatBecomeOneAreNotRead) {
  store(First{"Ann", 1, "note", 0});
  EXPECT_EQ(at<Twice>().read().error(), Errc::corrupt);
}

TEST_F(Migration, ElementsOfContainersAreBroughtForwardOneByOne) {
  using OldMap = PersistentMap<std::string, First>;
  using NewMap = PersistentMap<std::string, Third>;
  const First first{"Ann", 12.5, "note", 7};
  {
    OldMap map = OldMap::load(at<OldMap>("//map")).value();
    map.insert_or_assign("a", first);
    EXPECT_TRUE(map.insert_or_assign("b", first).wait(1s));
    auto log = PersistentLog<First>::load(at<PersistentLog<First>>("//log")).value();
    EXPECT_TRUE(log.append(first).wait(1s));
  }
  EXPECT_TRUE(rig.store->flush(1s));
  {
    NewMap map = NewMap::load(at<NewMap>("//map")).value();
    EXPECT_EQ(map.at("a"), expected(first));
    EXPECT_EQ(map.at("b"), expected(first));
    EXPECT_TRUE(map.mutate("a", [](Third& third) { ++third.cents; }).wait(1s));
  }
  const auto version_of = [this](std::string_view name) {
    const std::string key = element_key("//map", KeyTag::entry, name);
    return parse_record(key, rig.get(key).value()).value().header.codec_version;
  };
  EXPECT_EQ(version_of("a"), 3);
  EXPECT_EQ(version_of("b"), 1);
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_EQ(OldMap::load(at<OldMap>("//map")).error(), Errc::newer_format);
  EXPECT_EQ(at<NewMap>("//map").read().value().at("a").cents, 1251);
  auto log = PersistentLog<Third>::load(at<PersistentLog<Third>>("//log")).value();
  EXPECT_EQ(log.at(0), expected(first));
}

// A struct within another: its version does not count, that of the outer one does.
struct InnerBefore {
  std::string text;
};
struct OuterBefore {
  InnerBefore inner;
  std::int32_t rest = 0;
};
struct InnerNow {
  std::int64_t text = 0;
};
struct OuterNow {
  InnerNow inner;
  std::int32_t rest = 0;
  static constexpr std::uint16_t stet_version = 2;
  static Result<void> stet_migrate(std::uint16_t, OuterNow& value, OldFields& old) {
    if (const auto inner = old.take<InnerBefore>("inner")) {
      value.inner.text = static_cast<std::int64_t>(inner->text.size());
    }
    return {};
  }
};

TEST_F(Migration, ANestedStructIsTakenAsAWhole) {
  store(OuterBefore{{"four"}, 7});
  const OuterNow now = at<OuterNow>().read().value();
  EXPECT_EQ(now.inner.text, 4);
  EXPECT_EQ(now.rest, 7);
}

struct NamedFirst {
  std::int32_t a = 0;
  static constexpr std::string_view stet_name = "Named";
};
struct NamedSecond {
  std::int32_t a = 0;
  std::int32_t b = 0;
  static constexpr std::string_view stet_name = "Named";
  static constexpr std::uint16_t stet_version = 2;
};

TEST(MigrationCatalogue, KeepsWhatTheNewestProgramSays) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  for (const int session : {1, 2, 1}) {
    StoreRig rig({}, disk);
    const DataStore at = rig.data->base("//named");
    if (session == 1) {
      EXPECT_TRUE(Repository<NamedFirst>(at).write({1}));
    } else {
      EXPECT_TRUE(Repository<NamedSecond>(at).write({1, 2}));
    }
    EXPECT_TRUE(rig.store->flush(1s));
    EXPECT_TRUE(rig.refused.empty());
  }
  const auto engine = detail::make_memory_engine(disk).value();
  const auto view = engine->view().value();
  const std::string key = catalogue_key("//named");
  const auto record = view->get(key).value();
  ASSERT_TRUE(record.has_value());
  CatalogueEntry stored;
  ASSERT_TRUE(decode(parse_record(key, *record).value().payload, stored));
  EXPECT_EQ(stored.version, 2);
  EXPECT_EQ(stored.fields.size(), 2U);
}

class Owner : public Actor<Owner> {
 public:
  struct Add {};
  explicit Owner(Persistable<Third> value) : value_(std::move(value)) {}
  void handle(Add) {
    value_.edit<&Third::cents>([](std::int64_t& cents) { ++cents; });
  }

 private:
  Persistable<Third> value_;
};

TEST_F(Migration, AnActorBeginsWithTheNewForm) {
  for (const std::size_t size : {10U, 3'000U}) {
    const First first{"Ann", 12.5, std::string(size, 'n'), 7};
    store(first);
    const auto owner = spawn_persistent<Owner>(*rig.system, at<Third>());
    owner.send<Owner::Add>();
    rig.system->run_until_idle();
    EXPECT_TRUE(owner.is_alive());
    EXPECT_TRUE(rig.store->flush(1s));
    EXPECT_EQ(at<Third>().read().value().cents, 1251);
    owner.stop();
    rig.system->run_until_idle();
  }
}

}  // namespace
}  // namespace stet::test::migration_test
