// tests/persistence/split_value_test.cpp - large structs, stored a record a field.
#include <gtest/gtest.h>

#include <stdexcept>

#include <stet/persistence/key.hpp>
#include <stet/persistence/persistable.hpp>
#include <stet/persistence/spawn_persistent.hpp>
#include <stet/persistence/store_view.hpp>

#include "persistence/sample.hpp"
#include "split_value_rig.hpp"

namespace stet::test::split_value_test {
namespace {

using namespace split_value;

TEST_F(SplitValue, IsOneRecordAFieldAndARootThatNamesThem) {
  {
    Held held = Held::load_or_default(repo()).value();
    EXPECT_TRUE(held.set(large()).wait(1s));
  }
  EXPECT_EQ(keys(), (std::vector<std::string>{"//customer", field("address"), field("name"),
                                              field("notes"), field("orders"), field("tags")}));
  const std::string root = rig->get("//customer").value();
  const RecordView view = parse_record("//customer", root).value();
  EXPECT_EQ(view.header.root->layout, Layout::split);
  EXPECT_EQ(
      hex(view.payload),
      "95 a6 6f 72 64 65 72 73 a4 6e 61 6d 65 a5 6e 6f 74 65 73 a7 61 64 64 72 65 73 73 a4 74 "
      "61 67 73");
  const std::string name = rig->get(field("name")).value();
  EXPECT_EQ(hex(parse_record(field("name"), name).value().payload), "a3 41 6e 6e");
  EXPECT_FALSE(parse_record(field("name"), name).value().header.root.has_value());
  EXPECT_EQ(repo().read().value(), large());
  crash_and_reopen();
  EXPECT_EQ(repo().read().value(), large());
  EXPECT_EQ(Held::load(repo()).value().get(), large());
}

TEST_F(SplitValue, AChangedFieldIsOneSmallRecordWhateverTheSizeOfTheRest) {
  Held held = Held::load_or_default(repo()).value();
  EXPECT_TRUE(held.set(large()).wait(1s));
  const Cost whole = cost_of([&] { held.mutate([](Customer& c) { ++c.orders; }); });
  EXPECT_EQ(whole.records, 1U);
  Repository<std::int64_t> alone(rig->data->base("//one/number"));
  auto number = Persistable<std::int64_t>::load_or_default(alone).value();
  EXPECT_TRUE(number.set(1).wait(1s));
  const Cost small = cost_of([&] { number.set(2); });
  EXPECT_EQ(small.records, 1U);
  EXPECT_LE(2 * whole.bytes, 3 * small.bytes);
  // What was changed and changed back is nothing.
  EXPECT_EQ(cost_of([&] { held.mutate([](Customer& c) { c.name += ""; }); }).records, 0U);
  crash_and_reopen();
  Held again = Held::load(repo()).value();
  EXPECT_EQ(again->orders, 2);
  EXPECT_EQ(cost_of([&] { again.mutate([](Customer& c) { c.orders = 2; }); }).records, 0U);
}

TEST_F(SplitValue, GrowsIntoFieldsAndShrinksBackInOneChange) {
  Held held = Held::load_or_default(repo()).value();
  EXPECT_TRUE(held.set({1, "Ann", std::string(1'400, 'n'), {}, {}}).wait(1s));
  EXPECT_FALSE(is_split());
  const std::uint64_t changes = rig->store->stats().changes;
  EXPECT_TRUE(held.mutate([](Customer& c) { c.notes.append(200, 'm'); }).wait(1s));
  EXPECT_EQ(rig->store->stats().changes, changes + 1);
  EXPECT_TRUE(is_split());
  EXPECT_TRUE(held.mutate([](Customer& c) { c.notes.resize(500); }).wait(1s));
  EXPECT_TRUE(is_split()) << "it must not go to and fro";
  EXPECT_TRUE(held.mutate([](Customer& c) { c.notes.resize(300); }).wait(1s));
  EXPECT_FALSE(is_split());
  EXPECT_EQ(repo().read().value().notes, std::string(300, 'n'));
  EXPECT_TRUE(held.mutate([](Customer& c) { c.notes.resize(1'400); }).wait(1s));
  EXPECT_FALSE(is_split());
  EXPECT_EQ(repo().read().value(), held.get());
}

TEST_F(SplitValue, ClearLeavesNothing) {
  Held held = Held::load_or_default(repo()).value();
  EXPECT_TRUE(held.set(large()).wait(1s));
  EXPECT_TRUE(held.clear().wait(1s));
  EXPECT_TRUE(keys().empty());
  EXPECT_EQ(repo().read().error(), Errc::not_found);
  EXPECT_TRUE(held.set(large()).wait(1s));
  EXPECT_EQ(repo().read().value(), large());
}

TEST_F(SplitValue, AMissingFieldIsDamageAndOneThatIsNotNamedIsNone) {
  {
    Held held = Held::load_or_default(repo()).value();
    EXPECT_TRUE(held.set(large()).wait(1s));
  }
  const std::string name = rig->get(field("name")).value();
  EXPECT_TRUE(rig->link()->remove.ask(field("name")).get(1s));
  EXPECT_EQ(repo().read().error(), Errc::corrupt);
  EXPECT_EQ(Held::load(repo()).error(), Errc::corrupt);
  EXPECT_TRUE(rig->link()->insert.ask(field("name"), name).get(1s));
  Buffer stray;
  encode_record(
      field("stray"), {}, [](Buffer& to) { encode(std::string("?"), to); }, stray);
  EXPECT_TRUE(rig->link()->insert.ask(field("stray"), std::string(stray.view())).get(1s));
  EXPECT_EQ(repo().read().value(), large());
  for (const std::string& key : {std::string("//customer"), field("tags")}) {
    const std::string good = rig->get(key).value();
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string damaged = good;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
      EXPECT_TRUE(rig->link()->insert.ask(key, damaged).get(1s));
      EXPECT_FALSE(repo().read()) << at;
      EXPECT_FALSE(Held::load(repo())) << at;
      EXPECT_EQ(rig->get(key).value(), damaged);
    }
    EXPECT_TRUE(rig->link()->insert.ask(key, good).get(1s));
  }
  EXPECT_EQ(Held::load(repo()).value().get(), large());
}

TEST_F(SplitValue, ReloadTakesWhatIsStored) {
  Held held = Held::load_or_default(repo()).value();
  EXPECT_TRUE(held.set(large()).wait(1s));
  EXPECT_THROW(held.mutate([](Customer& c) {
    c.notes.clear();
    throw std::runtime_error("on purpose");
  }),
               std::runtime_error);
  EXPECT_TRUE(held.reload());
  EXPECT_EQ(held.get(), large());
  EXPECT_EQ(cost_of([&] { held.mutate([](Customer& c) { c.orders = 5; }); }).records, 1U);
}

TEST_F(SplitValue, AViewAndARepositoryShowOneMoment) {
  Held held = Held::load_or_default(repo()).value();
  EXPECT_TRUE(held.set(large()).wait(1s));
  const StoreView view = rig->store->view(1s).value();
  EXPECT_TRUE(held.mutate([](Customer& c) { c.name = "Bob"; }).wait(1s));
  EXPECT_EQ(view.read(repo()).value(), large());
  EXPECT_EQ(repo().read().value().name, "Bob");
  EXPECT_EQ(repo().decode(rig->get("//customer")).error(), Errc::unsupported);
}

TEST_F(SplitValue, AValueOverAPageIsReadWhole) {
  Held held = Held::load_or_default(repo()).value();
  Customer huge = large();
  huge.notes.assign(3 << 20, 'h');
  huge.name.assign(2 << 20, 'i');
  EXPECT_TRUE(held.set(huge).wait(1s));
  EXPECT_EQ(repo().read().value(), huge);
  EXPECT_TRUE(held.reload());
  EXPECT_EQ(held.get(), huge);
}

TEST_F(SplitValue, WhatIsTooLargeInAllIsRefusedAndNothingIsStored) {
  Held held = Held::load_or_default(repo()).value();
  EXPECT_TRUE(held.set(large()).wait(1s));
  Token token = held.mutate([](Customer& c) { c.notes.assign(record_bytes_max, 'x'); });
  ASSERT_NE(token.refused(), nullptr);
  EXPECT_EQ(token.refused()->code, Errc::too_large);
  EXPECT_TRUE(held.reload());
  token = held.mutate([](Customer& c) {
    c.notes.assign(detail::split_bytes_max / 3, 'x');
    c.name.assign(detail::split_bytes_max / 3, 'x');
    c.tags.assign(1, std::string(detail::split_bytes_max / 3, 'x'));
  });
  ASSERT_NE(token.refused(), nullptr);
  EXPECT_EQ(token.refused()->code, Errc::too_large);
  EXPECT_TRUE(held.reload());
  EXPECT_EQ(held.get(), large());
  EXPECT_EQ(repo().read().value(), large());
}

// As a host writes: one record, whatever the size.
TEST_F(SplitValue, ARepositoryPutsOneRecordInThePlaceOfAllFields) {
  for (const bool is_if : {false, true}) {
    {
      Held held = Held::load_or_default(repo()).value();
      EXPECT_TRUE(held.set(large()).wait(1s));
      EXPECT_TRUE(held.mutate([](Customer& c) { ++c.orders; }).wait(1s));
      EXPECT_TRUE(is_split());
    }
    EXPECT_TRUE(rig->store->flush(1s));
    const auto found = repo().read_versioned().value();
    const std::string root = rig->get("//customer").value();
    const std::uint64_t of_root = parse_record("//customer", root).value().header.revision;
    EXPECT_GT(found.revision, of_root);
    Customer next = found.value;
    next.name = "host";
    if (is_if) {
      EXPECT_EQ(repo().write_if(next, of_root).error(), Errc::revision_conflict);
      EXPECT_TRUE(repo().write_if(next, found.revision));
    } else {
      EXPECT_TRUE(repo().write(next));
    }
    EXPECT_EQ(keys().size(), 1U);
    EXPECT_EQ(repo().read().value(), next);
    {
      Held held = Held::load(repo()).value();  // Split again with its next change.
      EXPECT_EQ(held.get(), next);
      EXPECT_TRUE(held.mutate([](Customer& c) { ++c.orders; }).wait(1s));
      EXPECT_TRUE(is_split());
    }
    EXPECT_TRUE(rig->store->flush(1s));
    if (is_if) {
      const std::uint64_t last = repo().read_versioned().value().revision;
      EXPECT_EQ(repo().clear_if(last - 1).error(), Errc::revision_conflict);
      EXPECT_TRUE(repo().clear_if(last));
    } else {
      EXPECT_TRUE(repo().clear());
    }
    EXPECT_TRUE(keys().empty());
  }
}

struct Note {
  std::string text;
  std::size_t size = 0;
  bool by_repository = false;
  bool throws = false;
};
struct Ask {
  using Reply = std::int64_t;
};
class Keeper : public Actor<Keeper> {
 public:
  Keeper(Held held, const DataStore& at) : held_(std::move(held)), repo_(at) {}
  void handle(const Note& m) {
    if (m.by_repository) {
      EXPECT_TRUE(repo_.write({-1, m.text, "", {}, {}}));
    }
    held_.mutate([&m](Customer& c) {
      ++c.orders;
      c.name = m.text;
      c.notes.resize(m.size, 'x');
    });
    if (m.throws) throw std::runtime_error("on purpose");
  }
  std::int64_t handle(Ask) {
    repo_.read(*this, [this](const Result<Customer>& read) { seen_ = read ? read->orders : -1; });
    return seen_;
  }

 private:
  Held held_;
  Repository<Customer> repo_;
  std::int64_t seen_ = 0;
};

TEST_F(SplitValue, AnActorFindsItsFieldsAgainAndKeepsATurnWhole) {
  const auto spawn = [this] {
    return spawn_persistent<Keeper>(*rig->system, repo(), repo().data());
  };
  auto keeper = spawn();
  std::int64_t orders = 0;
  for (const std::size_t size : {10U, 5'000U, 5'000U, 100U, 3'000'000U, 0U, 2'000U}) {
    keeper.send<Note>("n", size);
    ++orders;
    rig->system->run_until_idle();
    EXPECT_TRUE(keeper.is_alive());
    EXPECT_TRUE(rig->store->flush(1s));
    EXPECT_EQ(repo().read().value().notes.size(), size);
    keeper.send<Note>("lost", 7'000U, false, true);
    rig->system->run_until_idle();
    EXPECT_FALSE(keeper.is_alive());
    if (size == 5'000U) crash_and_reopen();
    keeper = spawn();
    static_cast<void>(keeper.ask<Ask>().get(1s));
    rig->system->run_until_idle();
    EXPECT_EQ(keeper.ask<Ask>().get(1s).value(), orders);
  }
  // By two ways in one turn: the Persistable comes last.
  keeper.send<Note>("both", 6'000U, true);
  rig->system->run_until_idle();
  EXPECT_TRUE(rig->store->flush(1s));
  EXPECT_EQ(repo().read().value().notes.size(), 6'000U);
  EXPECT_EQ(repo().read().value().orders, orders + 1);
}

// Fields of a newer program.
struct Newer {
  std::int64_t orders = 0;
  std::string name;
  std::string notes;
  std::map<std::string, std::string> extra;
  std::string long_name_that_is_still_only_a_name_and_goes_on_for_a_while;
};
struct Older {
  std::int64_t orders = 0;
  std::string name;
  std::string notes;
};

TEST_F(SplitValue, FieldsOfANewerProgramSurviveInBothForms) {
  const std::string long_scope = "//" + std::string(398, 's');
  for (const std::string& scope : {std::string("//short"), long_scope}) {
    const Repository<Newer> newer(rig->data->base(scope));
    const Repository<Older> older(rig->data->base(scope));
    {
      auto held = Persistable<Newer>::load_or_default(newer).value();
      EXPECT_TRUE(held.set({1, "a", "", {{"k", "v"}}, "kept"}).wait(1s));
    }
    for (const std::size_t size : {2'000U, 3'000U, 5U, 1'000U, 4'000U, 0U}) {
      {
        auto held = Persistable<Older>::load(older).value();
        EXPECT_TRUE(held.mutate([size](Older& o) { o.notes.resize(size, 'x'); }).wait(1s));
      }
      auto held = Persistable<Newer>::load(newer).value();
      EXPECT_EQ(held->notes.size(), size);
      EXPECT_EQ(held->extra.at("k"), "v") << size;
      EXPECT_EQ(held->long_name_that_is_still_only_a_name_and_goes_on_for_a_while, "kept");
    }
    // The other way: what is new is listed when it is first written.
    EXPECT_TRUE(older.clear());
    {
      auto held = Persistable<Older>::load_or_default(older).value();
      EXPECT_TRUE(held.set({1, "a", std::string(3'000, 'x')}).wait(1s));
    }
    {
      auto held = Persistable<Newer>::load(newer).value();
      EXPECT_TRUE(held->extra.empty());
      EXPECT_TRUE(held.mutate([](Newer& n) { n.extra["new"] = "field"; }).wait(1s));
    }
    EXPECT_EQ(newer.read().value().extra.at("new"), "field");
    // A value that is cleared and made anew keeps nothing of them.
    {
      auto held = Persistable<Older>::load(older).value();
      EXPECT_TRUE(held.clear().wait(1s));
      EXPECT_TRUE(held.set({1, "a", std::string(3'000, 'x')}).wait(1s));
    }
    EXPECT_TRUE(newer.read().value().extra.empty());
  }
}

TEST_F(SplitValue, IsRefusedWhereAnotherKindIsExpected) {
  {
    Held held = Held::load_or_default(repo()).value();
    EXPECT_TRUE(held.set(large()).wait(1s));
  }
  EXPECT_EQ(Repository<std::string>(rig->data->base("//customer")).read().error(), Errc::corrupt);
}

}  // namespace
}  // namespace stet::test::split_value_test
