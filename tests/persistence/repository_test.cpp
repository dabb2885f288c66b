// tests/persistence/repository_test.cpp - typed records, and what the catalogue says of them.
#include <stet/persistence/repository.hpp>

#include <gtest/gtest.h>

#include <stet/persistence/key.hpp>
#include <stet/persistence/record_format.hpp>

#include "store_rig.hpp"

namespace stet::test {
namespace {

struct Pay {
  std::int64_t cents;
  bool fail;
};
struct Read {};

// Writes through repositories, without owning anything.
class Clerk : public Actor<Clerk> {
 public:
  Clerk(DataStore bank, std::vector<std::int64_t>& seen) : bank_(std::move(bank)), seen_(&seen) {}
  void handle(Pay m) {
    EXPECT_TRUE(Repository<Account>{bank_.scope("a")}.write({m.cents, "a"}));
    EXPECT_TRUE(Repository<Account>{bank_.scope("b")}.write({-m.cents, "b"}));
    if (m.fail) throw std::runtime_error("on purpose");
  }
  void handle(Read) {
    const Repository<Account> repo{bank_.scope("a")};
    EXPECT_EQ(repo.read(1s).error(), Errc::would_deadlock);
    repo.read(*this,
              [this](Result<Account> account) { seen_->push_back(account ? account->cents : -1); });
  }

 private:
  DataStore bank_;
  std::vector<std::int64_t>* seen_;
};

TEST(Repository, WritesReadsAndClears) {
  StoreRig rig({.program = "test 1.0"});
  const Repository<Account> repo{rig.data->base("//bank").scope("alice")};
  EXPECT_EQ(repo.get_scope(), "//bank/alice");
  EXPECT_EQ(repo.read().error(), Errc::not_found);
  EXPECT_FALSE(repo.has().value());
  EXPECT_TRUE(repo.write({100, "Alice"}));
  EXPECT_TRUE(repo.has().value());
  EXPECT_EQ(repo.read().value().owner, "Alice");
  const std::string bytes = rig.get("//bank/alice").value();
  const RecordView record = parse_record("//bank/alice", bytes).value();
  ASSERT_TRUE(record.header.root.has_value());
  EXPECT_EQ(record.header.root->program, "test 1.0");
  EXPECT_TRUE(repo.clear());
  EXPECT_FALSE(repo.has().value());
}

TEST(Repository, RevisionsGrowOverRestartsAndErasure) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  std::uint64_t last = 0;
  for (int session = 0; session < 4; ++session) {
    StoreRig rig({}, disk);
    const Repository<Account> repo{rig.data->base("//bank").scope("alice")};
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(repo.write({i, "Alice"}));
      const std::string bytes = rig.get("//bank/alice").value();
      const std::uint64_t revision = parse_record("//bank/alice", bytes).value().header.revision;
      EXPECT_GT(revision, last);
      last = revision;
    }
    EXPECT_TRUE(repo.clear());
    rig.crash();
  }
}

TEST(Repository, AForeignOrDamagedRecordIsAnErrorAndNotAValue) {
  StoreRig rig;
  const DataStore place = rig.data->base("//bank").scope("alice");
  EXPECT_TRUE(place.write("no record at all"));
  EXPECT_EQ(Repository<Account>{place}.read().error(), Errc::corrupt);
}

TEST(Repository, WritesOfOneTurnAreOneChange) {
  StoreRig rig;
  const DataStore bank = rig.data->base("//bank");
  std::vector<std::int64_t> seen;
  const auto clerk = rig.system->spawn<Clerk>(bank, seen);
  clerk.send<Pay>(5, false);
  clerk.send<Read>();
  rig.system->run_until_idle();
  clerk.send<Read>();
  rig.system->run_until_idle();
  EXPECT_EQ(seen.back(), 5);
  clerk.send<Pay>(7, true);
  rig.system->run_until_idle();
  EXPECT_FALSE(clerk.is_alive());
  EXPECT_EQ(Repository<Account>{bank.scope("a")}.read().value().cents, 5);
  EXPECT_EQ(Repository<Account>{bank.scope("b")}.read().value().cents, -5);
}

TEST(Catalogue, NamesPatternTypeVersionAndFieldsOfEachRepositoryOnce) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  for (int session = 0; session < 2; ++session) {
    StoreRig rig({}, disk);
    const DataStore bank = rig.data->base("//bank");
    for (int i = 0; i < 10; ++i) {
      [[maybe_unused]] const Repository<Account> repo{bank.scope(std::to_string(i))};
    }
    EXPECT_TRUE(rig.store->flush(1s));
    // The second session finds the entry as it is and writes nothing.
    EXPECT_EQ(rig.store->stats().commits, session == 0 ? 1U : 0U);
  }
  const auto engine = detail::make_memory_engine(disk).value();
  const auto view = engine->view().value();
  const std::string key = catalogue_key("//bank/{}");
  const auto found = view->get(key).value();
  ASSERT_TRUE(found.has_value());
  CatalogueEntry entry;
  ASSERT_TRUE(decode(parse_record(key, *found).value().payload, entry));
  EXPECT_EQ(entry.pattern, "//bank/{}");
  EXPECT_NE(entry.type.find("Account"), std::string::npos);
  EXPECT_EQ(entry.version, 1);
  ASSERT_EQ(entry.fields.size(), 2U);
  EXPECT_EQ(entry.fields[0].name, "cents");
  EXPECT_EQ(entry.fields[1].name, "owner");
}

struct Note {
  std::string text;
};
struct NoteOfLater {
  static constexpr std::uint16_t stet_version = 2;
  std::string text;
  std::string colour;
};

TEST(Catalogue, TwoTypesUnderOnePatternAreToldAndTheFirstStays) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  const auto type_there = [&disk] {
    const auto engine = detail::make_memory_engine(disk).value();
    const auto view = engine->view().value();
    const std::string key = catalogue_key("//bank/{}");
    CatalogueEntry entry;
    EXPECT_TRUE(decode(parse_record(key, *view->get(key).value()).value().payload, entry));
    return entry.type;
  };
  {
    StoreRig rig({}, disk);
    const DataStore bank = rig.data->base("//bank");
    for (int i = 0; i < 3; ++i) {
      [[maybe_unused]] const Repository<Account> first{bank.scope("a")};
      [[maybe_unused]] const Repository<Note> second{bank.scope("b")};
    }
    EXPECT_TRUE(rig.store->flush(1s));
    ASSERT_EQ(rig.refused.size(), 1U);  // Once, however often.
    EXPECT_EQ(rig.refused.front().first, "//bank/{}");
    EXPECT_EQ(rig.refused.front().second, Errc::already_exists);
  }
  EXPECT_NE(type_there().find("Account"), std::string::npos);
  {
    StoreRig rig({}, disk);  // Another program.
    [[maybe_unused]] const Repository<Note> repo{rig.data->base("//bank").scope("b")};
    EXPECT_TRUE(rig.store->flush(1s));
    EXPECT_EQ(rig.refused.size(), 1U);
  }
  EXPECT_NE(type_there().find("Account"), std::string::npos);
  {
    StoreRig rig({}, disk);  // A new version may bring another name.
    [[maybe_unused]] const Repository<NoteOfLater> repo{rig.data->base("//bank").scope("b")};
    EXPECT_TRUE(rig.store->flush(1s));
    EXPECT_EQ(rig.refused.size(), 0U);
  }
  EXPECT_NE(type_there().find("NoteOfLater"), std::string::npos);
}

}  // namespace
}  // namespace stet::test
