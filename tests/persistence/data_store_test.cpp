// tests/persistence/data_store_test.cpp - scopes, over a store and over a stand-in.
#include <stet/persistence/data_store.hpp>

#include <gtest/gtest.h>

#include <map>

#include <stet/persistence/repository.hpp>
#include <stet/persistence/spawn_persistent.hpp>
#include <stet/runtime/actor.hpp>

#include "store_rig.hpp"

namespace stet::test {
namespace {

struct Note {
  std::string text;
};

// Answers like a store, from a map, and notes who asked.
class StandIn : public Actor<StandIn> {
 public:
  explicit StandIn(std::map<std::string, std::string>& records) : records_(&records) {}
  Ack handle(Insert m) {
    (*records_)[m.key] = m.value;
    return {};
  }
  Ack handle(Remove m) {
    records_->erase(m.key);
    return {};
  }
  Ack handle(RemovePrefix) {
    records_->clear();
    return {};
  }
  std::optional<std::string> handle(Get m) {
    const auto found = records_->find(m.key);
    if (found == records_->end()) return std::nullopt;
    return found->second;
  }
  Page handle(Scan) { return {}; }
  Ack handle(FlushAll) { return {}; }

 private:
  std::map<std::string, std::string>* records_;
};

TEST(DataStore, ScopesAreChainedIntoOnePath) {
  StoreRig rig;
  const DataStore foo = rig.data->base("//foo");
  EXPECT_EQ(foo.scope("bar").scope("/baz").get_scope(), "//foo/bar/baz");
  EXPECT_EQ(foo.get_scope(), "//foo");  // As it was.
  EXPECT_EQ(foo.scope_segment("a/b").get_scope(), "//foo/a%2Fb");
  EXPECT_EQ(foo.pattern(), "//foo");
  EXPECT_EQ(foo.scope("bar/baz").pattern(), "//foo/{}/{}");
}

TEST(DataStore, AMistakeInThePathIsToldByWhateverIsDoneThere) {
  StoreRig rig;
  const DataStore nowhere = rig.data->scope("no/base");
  EXPECT_FALSE(nowhere.check());
  EXPECT_EQ(nowhere.read().error(), Errc::invalid_argument);
  EXPECT_EQ(nowhere.write("x").error(), Errc::invalid_argument);
  EXPECT_EQ(nowhere.erase_all().error(), Errc::invalid_argument);
  EXPECT_EQ(nowhere.list().error(), Errc::invalid_argument);
  EXPECT_EQ(Repository<Note>{nowhere}.read().error(), Errc::invalid_argument);
}

TEST(DataStore, WritesReadsListsAndErases) {
  StoreRig rig;
  const DataStore notes = rig.data->base("//notes");
  EXPECT_TRUE(notes.scope("a").write("1"));
  EXPECT_TRUE(notes.scope("b").write("2"));
  EXPECT_EQ(notes.scope("b").read().value(), "2");
  EXPECT_EQ(notes.list().value().records.size(), 2U);
  EXPECT_TRUE(notes.scope("a").erase());
  EXPECT_EQ(notes.list().value().records.size(), 1U);
  EXPECT_TRUE(notes.write_all({{"//notes/x", "3"}, {"//notes/y", "4"}}));
  EXPECT_EQ(notes.list().value().records.size(), 3U);
  EXPECT_EQ(notes.to<Get>().ask("//notes/x").get(1s).value(), "3");
  EXPECT_TRUE(notes.erase_all());
  EXPECT_TRUE(notes.list().value().records.empty());
  EXPECT_TRUE(notes.flush(1s));
}

TEST(DataStore, AnyActorThatAcceptsTheMessagesMayStandIn) {
  StoreRig rig;
  std::map<std::string, std::string> records;
  const DataStore data{rig.system->spawn<StandIn>(records)};
  Repository<Note> repo{data.base("//notes").scope("a")};
  EXPECT_EQ(repo.read().error(), Errc::not_found);
  EXPECT_TRUE(repo.write({"hello"}));
  EXPECT_TRUE(records.contains("//notes/a"));
  EXPECT_EQ(repo.read().value().text, "hello");
  EXPECT_TRUE(repo.clear());
  EXPECT_FALSE(repo.has().value());
  EXPECT_TRUE(data.flush(1s));
}

struct Text {
  using Reply = std::string;
};
class Author : public Actor<Author> {
 public:
  explicit Author(Persistable<Note> note) : note_(std::move(note)) {}
  std::string handle(const Text&) { return note_->text; }

 private:
  Persistable<Note> note_;
};

TEST(DataStore, OverAStandInNothingIsOwnedAndWhoTriesIsToldWhy) {
  StoreRig rig;
  std::map<std::string, std::string> records;
  const auto stand_in = rig.system->spawn<StandIn>(records);
  const DataStore data{stand_in};
  const Repository<Note> repo{data.base("//notes").scope("a")};
  EXPECT_EQ(Persistable<Note>::load_or_default(repo).error(), Errc::unsupported);
  for (int i = 0; i < 2; ++i) {
    const auto author = spawn_persistent<Author>(*rig.system, repo);
    const Error why = author.ask<Text>().get(1s).error();
    EXPECT_EQ(why, Errc::hydration_failed);
    EXPECT_NE(why.text.find("unsupported"), std::string::npos) << why.message();
    EXPECT_FALSE(author.is_alive());
    stand_in.stop();  // The second time there is not even one.
    rig.system->run_until_idle();
  }
}

}  // namespace
}  // namespace stet::test
