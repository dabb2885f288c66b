// tests/persistence/persistent_vector_test.cpp - a vector of one record an element.
#include <stet/persistence/persistent_vector.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

#include <stet/persistence/persistent_log.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "persistence/sample.hpp"
#include "store_rig.hpp"

namespace stet::test::persistent_vector_test {
namespace {

using Texts = PersistentVector<std::string>;

struct Step {
  enum : std::uint8_t { push, set, resize } what = push;
  std::size_t number = 0;
  std::string text;
  bool throws = false;
};
struct Size {
  using Reply = std::uint64_t;
};

class Keeper : public Actor<Keeper> {
 public:
  Keeper(Texts texts, Persistable<Account> total)
      : texts_(std::move(texts)), total_(std::move(total)) {}
  void handle(const Step& m) {
    switch (m.what) {
      case Step::push:
        for (std::size_t i = 0; i < m.number; ++i) texts_.push_back(m.text);
        break;
      case Step::set: texts_.set(m.number, m.text); break;
      case Step::resize: texts_.resize(m.number); break;
    }
    total_.mutate([](Account& a) { ++a.cents; });
    if (m.throws) throw std::runtime_error("on purpose");
  }
  std::uint64_t handle(Size) { return texts_.size(); }

 private:
  Texts texts_;
  Persistable<Account> total_;
};

struct PersistentVectorTest : ::testing::Test {
  std::optional<StoreRig> rig = std::optional<StoreRig>(std::in_place);

  [[nodiscard]] Repository<Texts> repo() const {
    return Repository<Texts>(rig->data->base("//texts"));
  }
  [[nodiscard]] Address<Keeper> spawn() {
    return spawn_persistent<Keeper>(*rig->system, repo(),
                                    Repository<Account>(rig->data->base("//total")));
  }
  [[nodiscard]] static std::string key(std::uint64_t index) {
    std::string element;
    append_ordered(element, index);
    return element_key("//texts", KeyTag::item, element);
  }
  void crash_and_reopen() {
    const auto disk = rig->disk;
    rig->crash();
    rig.reset();
    rig.emplace(StoreOptions{}, disk);
  }
  [[nodiscard]] std::uint64_t records_of(auto&& change) {
    EXPECT_TRUE(rig->store->flush(1s));
    const std::uint64_t before = rig->store->stats().records;
    change();
    rig->system->run_until_idle();
    EXPECT_TRUE(rig->store->flush(1s));
    return rig->store->stats().records - before;
  }
};

TEST_F(PersistentVectorTest, AChangeOfOneOfTenThousandIsOneRecord) {
  const auto to = spawn();
  rig->system->run_until_idle();
  EXPECT_GE(records_of([&] { to.send<Step>(Step::push, 10'000U, "x"); }), 10'001U);
  // With the total.
  EXPECT_EQ(records_of([&] { to.send<Step>(Step::set, 7'000U, "y"); }), 2U);
  EXPECT_EQ(records_of([&] { to.send<Step>(Step::push, 1U, "z"); }), 3U);  // And the root.
  EXPECT_EQ(records_of([&] { to.send<Step>(Step::resize, 9'999U, ""); }), 4U);
  EXPECT_EQ(records_of([&] { to.send<Step>(Step::resize, 9'000U, ""); }), 3U);  // A range.
  crash_and_reopen();
  EXPECT_EQ(spawn().ask<Size>().get(1s).value(), 9'000U);
  const std::vector<std::string> read = repo().read().value();
  EXPECT_EQ(read.size(), 9'000U);
  EXPECT_EQ(read[7'000], "y");
  EXPECT_FALSE(rig->get(key(9'000)).has_value());
}

TEST_F(PersistentVectorTest, IsReadAndChangedAsAVector) {
  Texts texts = Texts::load(repo()).value();
  EXPECT_TRUE(texts.empty());
  for (const char* text : {"zero", "one", "two"}) texts.push_back(text);
  EXPECT_TRUE(texts.mutate(1, [](std::string& text) { text += "!"; }).wait(1s));
  EXPECT_TRUE(texts.set(2, "zwei").wait(1s));
  EXPECT_EQ(texts.front(), "zero");
  EXPECT_EQ(texts.back(), "zwei");
  EXPECT_EQ(texts[1], "one!");
  EXPECT_EQ(texts.at(1), "one!");
  EXPECT_EQ(std::vector<std::string>(texts.begin(), texts.end()), repo().read().value());
  EXPECT_TRUE(texts.pop_back().wait(1s));
  EXPECT_EQ(texts.size(), 2U);
  EXPECT_TRUE(texts.resize(4).wait(1s));
  EXPECT_EQ(repo().read().value(), (std::vector<std::string>{"zero", "one!", "", ""}));
  EXPECT_TRUE(texts.clear().wait(1s));
  EXPECT_TRUE(repo().read().value().empty());
  EXPECT_TRUE(rig->get("//texts").has_value());
  EXPECT_FALSE(rig->get(key(0)).has_value());
}

TEST_F(PersistentVectorTest, AnIndexThatIsNotThereThrowsAndChangesNothing) {
  Texts texts = Texts::load(repo()).value();
  EXPECT_THROW(texts.pop_back(), std::out_of_range);
  EXPECT_TRUE(texts.push_back("one").wait(1s));
  EXPECT_THROW(texts.set(1, "x"), std::out_of_range);
  EXPECT_THROW(texts.mutate(1, [](std::string&) {}), std::out_of_range);
  EXPECT_THROW(static_cast<void>(texts.at(1)), std::out_of_range);
  EXPECT_TRUE(texts.push_back("two").wait(1s));
  EXPECT_EQ(repo().read().value(), (std::vector<std::string>{"one", "two"}));
}

TEST_F(PersistentVectorTest, WhatIsPushedAndPoppedInOneTurnIsNotWritten) {
  struct Burst {};
  class Burster : public Actor<Burster> {
   public:
    explicit Burster(Texts texts) : texts_(std::move(texts)) {}
    void handle(Burst) {
      for (int i = 0; i < 1'000; ++i) texts_.push_back(std::to_string(i));
      for (int i = 0; i < 5; ++i) texts_.set(0, std::to_string(i));
      texts_.resize(1);
    }

   private:
    Texts texts_;
  };
  const auto to = spawn_persistent<Burster>(*rig->system, repo());
  rig->system->run_until_idle();
  EXPECT_LE(records_of([&] { to.send<Burst>(); }), 4U);  // With session and catalogue.
  EXPECT_EQ(records_of([&] { to.send<Burst>(); }), 1U);
  EXPECT_EQ(repo().read().value(), (std::vector<std::string>{"4"}));
}

TEST_F(PersistentVectorTest, IsStoredTogetherWithTheOtherStatesOfItsActorOrNotAtAll) {
  auto to = spawn();
  to.send<Step>(Step::push, 3U, "a");
  to.send<Step>(Step::resize, 1U, "", true);
  rig->system->run_until_idle();
  EXPECT_FALSE(to.is_alive());
  EXPECT_EQ(spawn().ask<Size>().get(1s).value(), 3U);
  EXPECT_EQ(Repository<Account>(rig->data->base("//total")).read().value().cents, 1);
}

TEST_F(PersistentVectorTest, WhatIsMissingOrDamagedKeepsTheActorFromStarting) {
  {
    Texts texts = Texts::load(repo()).value();
    for (const char* text : {"zero", "one", "two"}) texts.push_back(text);
    EXPECT_TRUE(texts.set(0, "nil").wait(1s));
  }
  for (const std::string& which : {std::string("//texts"), key(0), key(1), key(2)}) {
    const std::string good = rig->get(which).value();
    EXPECT_TRUE(rig->link()->remove.ask(which).get(1s));
    EXPECT_EQ(repo().read().error(), Errc::corrupt) << which;
    EXPECT_EQ(spawn().ask<Size>().get(1s).error(), Errc::hydration_failed);
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string damaged = good;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
      EXPECT_TRUE(rig->link()->insert.ask(which, damaged).get(1s));
      EXPECT_FALSE(repo().read()) << at;
    }
    EXPECT_TRUE(rig->link()->insert.ask(which, good).get(1s));
  }
  Buffer more;  // One too many.
  encode_record(
      key(3), {}, [](Buffer& to) { encode(std::string("three"), to); }, more);
  EXPECT_TRUE(rig->link()->insert.ask(key(3), std::string(more.view())).get(1s));
  EXPECT_EQ(repo().read().error(), Errc::corrupt);
  EXPECT_TRUE(rig->link()->remove.ask(key(3)).get(1s));
  EXPECT_EQ(spawn().ask<Size>().get(1s).value(), 3U);
}

TEST_F(PersistentVectorTest, RefusesAScopeThatHoldsSomethingElse) {
  EXPECT_TRUE(Repository<Account>(rig->data->base("//total")).write({1, "a value"}));
  EXPECT_EQ(Repository<Texts>(rig->data->base("//total")).read().error(), Errc::already_exists);
  using Log = PersistentLog<std::string>;
  {
    Log log = Log::load(Repository<Log>(rig->data->base("//log"))).value();
    EXPECT_TRUE(log.append("a").wait(1s));
    Texts texts = Texts::load(repo()).value();
    EXPECT_TRUE(texts.push_back("a").wait(1s));
  }
  EXPECT_EQ(Repository<Texts>(rig->data->base("//log")).read().error(), Errc::already_exists);
  EXPECT_EQ(Repository<Log>(rig->data->base("//texts")).read().error(), Errc::already_exists);
}

TEST_F(PersistentVectorTest, AnElementThatIsTooLargeIsRefusedAndNothingElseOfItsTurnIsStored) {
  Texts texts = Texts::load(repo()).value();
  EXPECT_TRUE(texts.push_back("small").wait(1s));
  const Token token = texts.push_back(std::string(record_bytes_max, 'x'));
  ASSERT_NE(token.refused(), nullptr);
  EXPECT_EQ(token.refused()->code, Errc::too_large);
  EXPECT_EQ(texts.clear().refused()->code, Errc::rolled_back);
  EXPECT_TRUE(texts.reload());
  EXPECT_EQ(texts.size(), 1U);
  EXPECT_TRUE(texts.push_back("next").wait(1s));
  EXPECT_EQ(repo().read().value(), (std::vector<std::string>{"small", "next"}));
}

TEST_F(PersistentVectorTest, FieldsOfANewerProgramStayWithAnElementThatIsChangedInPlace) {
  struct Newer {
    std::int32_t a = 0;
    std::string extra;
  };
  struct Older {
    std::int32_t a = 0;
  };
  const Repository<PersistentVector<Newer>> newer(rig->data->base("//elements"));
  const Repository<PersistentVector<Older>> older(rig->data->base("//elements"));
  {
    auto vector = PersistentVector<Newer>::load(newer).value();
    for (int i = 0; i < 4; ++i) vector.push_back({i, "kept"});
    EXPECT_TRUE(vector.resize(3).wait(1s));
  }
  {
    auto vector = PersistentVector<Older>::load(older).value();
    vector.mutate(0, [](Older& each) { each.a = 10; });
    vector.set(1, {11});
    vector.pop_back();
    EXPECT_TRUE(vector.push_back({12}).wait(1s));
  }
  const std::vector<Newer> read = newer.read().value();
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].a, 10);
  EXPECT_EQ(read[0].extra, "kept");
  EXPECT_EQ(read[1].extra, "");
  EXPECT_EQ(read[2].a, 12);
  EXPECT_EQ(read[2].extra, "");
}

TEST_F(PersistentVectorTest, KeepsItsBytes) {
  Texts texts = Texts::load(repo()).value();
  EXPECT_TRUE(texts.push_back("a").wait(1s));
  EXPECT_TRUE(texts.push_back("bc").wait(1s));
  EXPECT_EQ(key(1), std::string("//texts\0i\0\0\0\0\0\0\0\x01", 17));
  const std::string item = rig->get(key(1)).value();
  EXPECT_EQ(hex(parse_record(key(1), item).value().payload), "a2 62 63");
  const std::string root = rig->get("//texts").value();
  EXPECT_EQ(hex(parse_record("//texts", root).value().payload),
            "92 a6 76 65 63 74 6f 72 cf 00 00 00 00 00 00 00 02");
}

TEST_F(PersistentVectorTest, IsInTheCatalogue) {
  const CatalogueEntry entry = PersistentVector<Account>::catalogue_entry("//accounts");
  EXPECT_TRUE(entry.type.starts_with("vector of ")) << entry.type;
  EXPECT_EQ(entry.fields.size(), 2U);
}

}  // namespace
}  // namespace stet::test::persistent_vector_test
