// tests/persistence/persistent_map_test.cpp - a map of one record an entry, in turns and outside.
#include <stet/persistence/persistent_map.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>

#include <stet/persistence/spawn_persistent.hpp>

#include "store_rig.hpp"

namespace stet::test::persistent_map_test {
namespace {

using Accounts = PersistentMap<std::string, Account>;
using Numbers = PersistentMap<std::int64_t, std::string>;

struct Add {
  std::string name;
  std::int64_t cents = 0;
  enum : std::uint8_t { keep, throws, throws_inside_and_catches } how = keep;
};
struct Fill {
  int entries;
};
struct Close {
  std::string name;
};
struct CloseAll {
  std::string survivor;
};
struct Sum {
  using Reply = std::int64_t;
};
struct Safe {
  using Reply = bool;
};

// A map and a Persistable of the same actor: entries, and their sum.
class Bank : public Actor<Bank> {
 public:
  Bank(Accounts accounts, Persistable<Account> total)
      : accounts_(std::move(accounts)), total_(std::move(total)) {}

  void handle(const Add& m) {
    // Thrice the same entry, one record.
    accounts_.mutate(m.name, [](Account& a) { a.cents += 1; });
    accounts_.mutate(m.name, [](Account& a) { a.cents -= 1; });
    accounts_.mutate(m.name, [&](Account& a) { a.cents += m.cents; });
    if (m.how == Add::throws) throw std::runtime_error("between the two");
    if (m.how == Add::throws_inside_and_catches) {
      try {
        accounts_.mutate("other", [](Account& a) {
          a.cents = 12345;
          throw std::runtime_error("inside");
        });
      } catch (const std::runtime_error&) {
        return;
      }
    }
    total_.mutate([&](Account& a) { a.cents += m.cents; });
  }
  void handle(const Fill& m) {
    for (int i = 0; i < m.entries; ++i) accounts_.insert_or_assign(std::to_string(i), {1, "x"});
  }
  void handle(const Close& m) { accounts_.erase(m.name); }
  void handle(const CloseAll& m) {
    accounts_.insert_or_assign("before", {1, "gone"});
    accounts_.clear();
    accounts_.insert_or_assign(m.survivor, {5, m.survivor});
  }
  std::int64_t handle(Sum) {
    std::int64_t sum = 0;
    for (const auto& [name, account] : accounts_) sum += account.cents;
    return 1000 * sum + total_->cents;
  }
  void handle(Safe, Promise<Safe> answer) {
    accounts_.mutate("safe", [](Account& a) { ++a.cents; })
        .then(*this, [answer = std::move(answer)](const Result<Ack>& done) mutable {
          answer.resolve(done.has_value());
        });
  }

 private:
  Accounts accounts_;
  Persistable<Account> total_;
};

struct PersistentMapTest : ::testing::Test {
  std::optional<StoreRig> rig = std::optional<StoreRig>(std::in_place);

  [[nodiscard]] DataStore accounts() const { return rig->data->base("//accounts"); }
  [[nodiscard]] Repository<Accounts> repo() const { return Repository<Accounts>(accounts()); }
  [[nodiscard]] Repository<Account> total() const {
    return Repository<Account>(rig->data->base("//total"));
  }
  [[nodiscard]] Address<Bank> spawn() {
    return spawn_persistent<Bank>(*rig->system, repo(), total());
  }
  // As after a power cut: what was not durable is gone.
  void crash_and_reopen() {
    const auto disk = rig->disk;
    rig->crash();
    rig.reset();
    rig.emplace(StoreOptions{}, disk);
  }
  [[nodiscard]] std::uint64_t records_of(const Address<Bank>& to, auto message) {
    EXPECT_TRUE(rig->store->flush(1s));
    const std::uint64_t before = rig->store->stats().records;
    to.send(std::move(message));
    rig->system->run_until_idle();
    EXPECT_TRUE(rig->store->flush(1s));
    return rig->store->stats().records - before;
  }
};

TEST_F(PersistentMapTest, IsThereAgainAfterACrashWithAllThatWasAcknowledged) {
  {
    const auto to = spawn();
    to.send<Add>("ann", 10);
    to.send<Add>("bob", 5);
    to.send<Close>("bob");
    EXPECT_TRUE(to.ask<Safe>().get(1s).value());
  }
  crash_and_reopen();
  EXPECT_EQ(repo().read().value().size(), 2U);
  EXPECT_EQ(spawn().ask<Sum>().get(1s).value(), 11 * 1000 + 15);
}

TEST_F(PersistentMapTest, WritesOneRecordForOneOfTenThousandEntries) {
  const auto to = spawn();
  // The store's session and two catalogue entries come along with the first.
  EXPECT_GE(records_of(to, Fill{10'000}), 10'000U);
  EXPECT_EQ(records_of(to, Close{"77"}), 1U);
  EXPECT_EQ(records_of(to, Close{"77"}), 0U);                // It is not there.
  EXPECT_EQ(records_of(to, Add{"4711", 0, Add::keep}), 2U);  // With the total's first record.
  EXPECT_EQ(records_of(to, Add{"4711", 0, Add::keep}), 1U);  // The total is as it was.
  EXPECT_EQ(to.ask<Sum>().get(1s).value(), 9'999 * 1000);
  crash_and_reopen();  // Ten pages and more.
  EXPECT_EQ(spawn().ask<Sum>().get(1s).value(), 9'999 * 1000);
}

TEST_F(PersistentMapTest, ClearsWithoutARecordForEachEntry) {
  const auto to = spawn();
  EXPECT_TRUE(accounts().scope("below").write("another scope's"));
  EXPECT_GE(records_of(to, Fill{3'000}), 3'000U);
  EXPECT_LE(records_of(to, CloseAll{"last"}), 2U);
  EXPECT_EQ(to.ask<Sum>().get(1s).value(), 5 * 1000);
  crash_and_reopen();
  const std::map<std::string, Account> found = repo().read().value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.begin()->second.owner, "last");
  EXPECT_TRUE(accounts().scope("below").read().value().has_value());
}

TEST_F(PersistentMapTest, IsStoredTogetherWithAPersistableOfTheSameActor) {
  const auto to = spawn();
  to.send<Add>("ann", 10);
  rig->system->run_until_idle();
  EXPECT_TRUE(rig->store->flush(1s));
  EXPECT_EQ(rig->store->stats().changes, 1U);
  EXPECT_EQ(repo().read().value().at("ann").cents, 10);
  EXPECT_EQ(total().read().value().cents, 10);
}

TEST_F(PersistentMapTest, ATurnThatThrowsLeavesNothingInTheStore) {
  for (const auto how : {Add::throws, Add::throws_inside_and_catches}) {
    const auto to = spawn();
    to.send<Add>("ann", 10);
    to.send(Add{"ann", 7, how});
    to.send(Add{"new", 7, how});
    rig->system->run_until_idle();
    EXPECT_FALSE(to.is_alive());
    EXPECT_TRUE(rig->store->flush(1s));
  }
  EXPECT_EQ(spawn().ask<Sum>().get(1s).value(), 20 * 1000 + 20);
  EXPECT_EQ(repo().read().value().size(), 1U);
}

TEST_F(PersistentMapTest, AnEntryThatCannotBeReadKeepsTheActorFromStarting) {
  const std::string key = element_key(repo().get_scope(), KeyTag::entry, "bob");
  {
    const auto to = spawn();
    to.send<Add>("ann", 10);
    to.send<Add>("bob", 10);
    EXPECT_TRUE(to.ask<Safe>().get(1s).value());
    to.stop();
    rig->system->run_until_idle();
  }
  const std::string good = rig->get(key).value();
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    EXPECT_TRUE(rig->link()->insert.ask(key, damaged).get(1s));
    const auto to = spawn();
    to.send<Add>("ann", 10);
    EXPECT_EQ(to.ask<Sum>().get(1s).error(), Errc::hydration_failed) << at;
    EXPECT_EQ(rig->get(key).value(), damaged) << at;
    EXPECT_FALSE(rig->refused.empty());
    EXPECT_FALSE(Accounts::load(repo())) << at;
  }
  EXPECT_TRUE(rig->link()->insert.ask(key, good).get(1s));
  EXPECT_EQ(spawn().ask<Sum>().get(1s).value(), 21 * 1000 + 20);
}

TEST_F(PersistentMapTest, RefusesAScopeThatHoldsSomethingElse) {
  EXPECT_TRUE(Repository<Account>(accounts()).write({1, "a value"}));
  EXPECT_EQ(repo().read().error(), Errc::already_exists);
  EXPECT_EQ(spawn().ask<Sum>().get(1s).error(), Errc::hydration_failed);
  Buffer record;
  const std::string key = element_key("//numbers", KeyTag::entry, "seven");  // Not eight bytes.
  encode_record(
      key, RecordHeader{}, [](Buffer& to) { encode(std::string("7"), to); }, record);
  EXPECT_TRUE(rig->link()->insert.ask(key, std::string(record.view())).get(1s));
  const Repository<Numbers> numbers(rig->data->base("//numbers"));
  EXPECT_EQ(Numbers::load(numbers).error(), Errc::corrupt);
  EXPECT_EQ(numbers.read().error(), Errc::corrupt);
}

TEST_F(PersistentMapTest, HasOneOwner) {
  const auto first = spawn();
  EXPECT_EQ(first.ask<Sum>().get(1s).value(), 0);
  EXPECT_EQ(spawn().ask<Sum>().get(1s).error(), Errc::already_owned);
  EXPECT_EQ(Accounts::load(repo()).error(), Errc::already_owned);
  EXPECT_EQ(accounts().write("by a thief").error(), Errc::already_owned);
  first.stop();
  rig->system->run_until_idle();
  EXPECT_TRUE(Accounts::load(repo()));
}

TEST_F(PersistentMapTest, OnAHostThreadEachChangeIsStoredByItself) {
  {
    Accounts map = Accounts::load(repo()).value();
    EXPECT_TRUE(map.empty());
    EXPECT_TRUE(map.insert_or_assign("ann", {1, "Ann"}).wait(1s));
    EXPECT_TRUE(map.insert_or_assign("bob", {2, "Bob"}).wait(1s));
    EXPECT_TRUE(map.mutate("bob", [](Account& a) { ++a.cents; }).wait(1s));
    EXPECT_EQ(repo().read().value().at("bob").cents, 3);
    EXPECT_THROW(map.mutate("bob", [](Account&) { throw std::runtime_error("half-way"); }),
                 std::runtime_error);
    EXPECT_EQ(map.erase("ann").refused()->code, Errc::rolled_back);
    EXPECT_TRUE(map.reload());
    EXPECT_TRUE(map.erase(map.begin()->first).wait(1s));
    EXPECT_THROW(static_cast<void>(map.at("ann")), std::out_of_range);
  }
  crash_and_reopen();
  const Accounts map = Accounts::load(repo()).value();
  ASSERT_EQ(map.size(), 1U);
  EXPECT_EQ(map.find("bob")->second.owner, "Bob");
  EXPECT_FALSE(map.contains("ann"));
}

TEST_F(PersistentMapTest, AnEntryThatIsTooLargeIsRefusedAndNothingElseOfItsTurnIsStored) {
  Numbers map = Numbers::load(Repository<Numbers>(rig->data->base("//numbers"))).value();
  EXPECT_TRUE(map.insert_or_assign(1, "small").wait(1s));
  const Token token = map.insert_or_assign(1, std::string(record_bytes_max, 'x'));
  ASSERT_NE(token.refused(), nullptr);
  EXPECT_EQ(token.refused()->code, Errc::too_large);
  EXPECT_EQ(map.erase(1).refused()->code, Errc::rolled_back);
  EXPECT_TRUE(map.reload());
  EXPECT_EQ(map.at(1), "small");
}

struct Newer {
  std::int64_t cents = 0;
  std::string owner;
  std::string phone;
};

TEST_F(PersistentMapTest, KeepsFieldsOfANewerProgramInEntriesItChanges) {
  using NewerAccounts = PersistentMap<std::string, Newer>;
  const std::string long_name(600, 'n');  // Its key is cut.
  const auto newer = [this] { return Repository<NewerAccounts>(accounts()); };
  {
    NewerAccounts map = NewerAccounts::load(newer()).value();
    map.insert_or_assign("ann", {1, "Ann", "0190"});
    map.insert_or_assign("bob", {1, "Bob", "0191"});
    map.insert_or_assign(long_name, {1, "N", "0192"});
  }
  EXPECT_TRUE(rig->store->flush(1s));  // The scope is given back behind the last change.
  {
    Accounts map = Accounts::load(repo()).value();
    for (const std::string& name : {std::string("ann"), long_name}) {
      map.mutate(name, [](Account& a) { ++a.cents; });
    }
    map.insert_or_assign("bob", {7, "another Bob"});
  }
  const std::map<std::string, Newer> found = newer().read().value();
  EXPECT_EQ(found.at("ann").cents, 2);
  EXPECT_EQ(found.at("ann").phone, "0190");
  EXPECT_EQ(found.at(long_name).phone, "0192");
  EXPECT_EQ(found.at("bob").phone, "");
}

// The keys under which the entries stand in the store, in its order.
template <class K, class V>
std::vector<K> stored_order(const Repository<PersistentMap<K, V>>& repo) {
  std::vector<K> keys;
  for (const Record& record : repo.data().list({}, 1024).value().records) {
    const auto entry = detail::parse_entry(repo.get_scope(), record.key, record.value).value();
    std::string_view element = entry.element;
    K key{};
    EXPECT_TRUE(detail::take_key(element, key));
    keys.push_back(std::move(key));
  }
  return keys;
}

template <class K>
void expect_order(StoreRig& rig, std::vector<K> keys) {
  const Repository<PersistentMap<K, int>> repo(rig.data->base("//order"));
  std::map<K, int> expected;
  {
    auto map = PersistentMap<K, int>::load(repo).value();
    for (const K& key : keys) {
      map.insert_or_assign(key, 1);
      expected[key] = 1;
    }
  }
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_EQ(repo.read().value(), expected);
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(stored_order(repo), keys);
  auto map = PersistentMap<K, int>::load(repo).value();
  EXPECT_TRUE(std::equal(map.begin(), map.end(), expected.begin(), expected.end()));
  EXPECT_TRUE(map.clear().wait(1s));
}

enum class Colour : std::uint16_t { red = 1, blue = 40'000 };

TEST_F(PersistentMapTest, IsStoredInTheOrderOfItsKeys) {
  using Limits = std::numeric_limits<std::int64_t>;
  expect_order<std::int64_t>(*rig, {0, -1, 1, 255, 256, -256, Limits::min(), Limits::max()});
  expect_order<std::int8_t>(*rig, {0, -1, 1, -128, 127});
  expect_order<std::uint32_t>(*rig, {0, 1, 255, 256, 0xffff'ffffU});
  expect_order<Colour>(*rig, {Colour::blue, Colour::red});
  using namespace std::string_literals;
  const std::vector<std::string> texts = {"",   "a",    "b",   "ab",  "a\0"s,    "\0"s,
                                          "aa", "\xff", "a/b", "a\1", "a\0\xff"s};
  expect_order<std::string>(*rig, texts);
  std::vector<std::pair<std::string, std::int64_t>> pairs;
  for (const std::string& text : texts) pairs.insert(pairs.end(), {{text, -1}, {text, 1}});
  expect_order<std::pair<std::string, std::int64_t>>(*rig, pairs);
}

TEST_F(PersistentMapTest, TellsKeysApartThatAreTooLongForTheStore) {
  const std::string base(500, 'k');
  const auto at_edge = key_bytes_max - repo().get_scope().size() - 2;
  std::map<std::string, Account> expected;
  {
    Accounts map = Accounts::load(repo()).value();
    for (const std::string& key :
         {base, base + "1", base + "2", std::string(20'000, 'k'), std::string(at_edge - 1, 'e'),
          std::string(at_edge, 'e'), std::string(at_edge + 1, 'e')}) {
      map.insert_or_assign(key, {static_cast<std::int64_t>(key.size()), key.substr(0, 3)});
    }
    map.erase(base + "1");
    EXPECT_EQ(map.size(), 6U);
  }
  EXPECT_TRUE(rig->store->flush(1s));
  crash_and_reopen();
  Accounts map = Accounts::load(repo()).value();
  EXPECT_EQ(map.size(), 6U);
  EXPECT_EQ(map.at(base + "2").cents, 501);
  for (const auto& [key, account] : map) {
    EXPECT_EQ(account.cents, static_cast<std::int64_t>(key.size()));
  }
}

TEST_F(PersistentMapTest, IsInTheCatalogue) {
  const std::string key = catalogue_key(repo().data().pattern());
  EXPECT_TRUE(rig->store->flush(1s));
  const auto disk = rig->disk;
  rig.reset();
  const auto engine = detail::make_memory_engine(disk).value();
  const auto view = engine->view().value();
  const auto stored = view->get(key).value();
  ASSERT_TRUE(stored.has_value());
  CatalogueEntry entry;
  ASSERT_TRUE(decode(parse_record(key, *stored).value().payload, entry));
  EXPECT_TRUE(entry.type.starts_with("entries of map<text, ")) << entry.type;
  EXPECT_EQ(entry.fields.size(), 2U);
}

}  // namespace
}  // namespace stet::test::persistent_map_test
