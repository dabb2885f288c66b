// tests/persistence/store_view_test.cpp - views that hosts hold: what they show, and that they end.
#include <stet/persistence/store_view.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <stet/persistence/repository.hpp>

#include "store_rig.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::store_view_test {
namespace {

std::vector<std::string> keys_of(const StoreView& view, Scan question) {
  std::vector<std::string> keys;
  for (int pages = 0; pages < 1000; ++pages) {
    const Page page = view.scan(question).value();
    for (const Record& record : page.records) keys.push_back(record.key);
    if (!page.more) break;
    question.after = page.records.back().key;
  }
  return keys;
}

TEST(StoreView, ShowsOneCommitWhateverIsWrittenLater) {
  StoreRig rig;
  for (int i = 10; i < 60; ++i) rig.link()->insert.send("//v/" + std::to_string(i), "old");
  const StoreView view = rig.store->view(1s).value();  // Sees what was only sent.
  for (int i = 10; i < 60; i += 2) rig.link()->insert.send("//v/" + std::to_string(i), "new");
  rig.link()->remove.send("//v/11");
  ASSERT_TRUE(rig.store->flush(1s));

  EXPECT_EQ(view.get("//v/10").value(), "old");
  EXPECT_EQ(view.get("//v/11").value(), "old");
  EXPECT_FALSE(view.get("//v/9").value().has_value());
  std::vector<std::string> forward = keys_of(view, {.scope = "//v", .records_max = 7});
  EXPECT_EQ(forward.size(), 50U);
  EXPECT_TRUE(std::is_sorted(forward.begin(), forward.end()));
  std::vector<std::string> backward =
      keys_of(view, {.scope = "//v", .records_max = 7, .order = ScanOrder::backward});
  std::reverse(backward.begin(), backward.end());
  EXPECT_EQ(backward, forward);

  const StoreView later = rig.data->view().value();
  EXPECT_EQ(later.get("//v/10").value(), "new");
  EXPECT_EQ(keys_of(later, {.scope = "//v"}).size(), 49U);
  EXPECT_GT(later.number(), view.number());
}

TEST(StoreView, IsVisitedRecordByRecord) {
  StoreRig rig;
  for (int i = 0; i < 3500; ++i) rig.link()->insert.send("//v/" + std::to_string(i), "x");
  for (const char* outside : {"//u", "//v0", "//va"}) rig.link()->insert.send(outside, "x");
  rig.link()->insert.send("//v", "itself");
  const StoreView view = rig.store->view(1s).value();
  const std::vector<std::string> paged = keys_of(view, {.scope = "//v"});
  ASSERT_EQ(paged.size(), 3501U);
  std::vector<std::string> seen;
  const auto note = [&seen](std::string_view key, std::string_view) {
    seen.emplace_back(key);
    return true;
  };
  ASSERT_TRUE(view.visit("//v", note));
  EXPECT_EQ(seen, paged);
  seen.clear();
  ASSERT_TRUE(view.visit("//v", note, ScanOrder::backward));
  std::reverse(seen.begin(), seen.end());
  EXPECT_EQ(seen, paged);

  // Until it has enough, or throws; the view is as good as before.
  std::size_t left = 1500;
  ASSERT_TRUE(view.visit("//v", [&left](auto, auto) { return --left > 0; }));
  EXPECT_EQ(left, 0U);
  const auto fail = [](auto, auto) -> bool { throw std::runtime_error("enough"); };
  EXPECT_THROW(static_cast<void>(view.visit("//v", fail)), std::runtime_error);
  EXPECT_TRUE(view.get("//v").value().has_value());
  EXPECT_EQ(view.visit("//v/", note).error(), Errc::invalid_argument);
  view.end();
  EXPECT_EQ(view.visit("//v", fail).error(), Errc::closed);
}

TEST(StoreView, EndsByItsAgeWhileItIsVisited) {
  StoreRig rig({.view_age = 10s});
  for (int i = 0; i < 3500; ++i) rig.link()->insert.send("//v/" + std::to_string(i), "x");
  const StoreView view = rig.store->view(1s).value();
  std::size_t visited = 0;
  const Result<void> done = view.visit("//v", [&](auto, auto) {
    if (++visited == 10) rig.system->advance(11s);
    return true;
  });
  EXPECT_EQ(done.error(), Errc::expired);
  EXPECT_LE(visited, 1000U);
}

TEST(StoreView, GivesARepositorysValue) {
  StoreRig rig;
  const Repository<Account> alice{rig.data->base("//bank").scope("alice")};
  const Repository<Account> bob{rig.data->base("//bank").scope("bob")};
  ASSERT_TRUE(alice.write({.cents = 100, .owner = "Alice"}));
  const StoreView view = rig.data->view().value();
  ASSERT_TRUE(alice.write({.cents = 200, .owner = "Alice"}));
  EXPECT_EQ(view.read(alice).value().cents, 100);
  EXPECT_EQ(view.read(bob).error(), Errc::not_found);
}

TEST(StoreView, RefusesWhatIsNoKeyAndNoScope) {
  StoreRig rig;
  const StoreView view = rig.store->view(1s).value();
  EXPECT_EQ(view.get("\x01meta").error(), Errc::invalid_argument);
  EXPECT_EQ(view.scan({.scope = "//a/"}).error(), Errc::invalid_argument);
  EXPECT_EQ(view.scan({.scope = ""}).error(), Errc::invalid_argument);
}

TEST(StoreView, EndsByItsAgeWithoutBeingUsed) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  StoreRig rig({.view_age = 10s}, disk);
  ASSERT_TRUE(rig.link()->insert.ask("//a", "x").get(1s));
  const StoreView view = rig.store->view(1s).value();
  rig.system->advance(10s);
  rig.system->run_until_idle();
  EXPECT_TRUE(view.get("//a"));
  EXPECT_EQ(disk->views(), 1U);
  rig.system->advance(1s);
  rig.system->run_until_idle();
  EXPECT_EQ(disk->views(), 0U);  // Nobody has asked it anything: the reader ended it.
  EXPECT_EQ(view.get("//a").error(), Errc::expired);
  EXPECT_NE(view.get("//a").error().text.find("store.view_age"), std::string::npos);
  EXPECT_EQ(rig.store->view(1s).value().get("//a").value(), "x");
}

TEST(StoreView, EndsByItsAgeWhenItIsUsedTooLate) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  StoreRig rig({.view_age = 10s}, disk);
  const StoreView view = rig.store->view(1s).value();
  rig.system->advance(11s);  // Nobody has been woken yet.
  EXPECT_EQ(view.scan({.scope = "//a"}).error(), Errc::expired);
  EXPECT_EQ(disk->views(), 0U);
}

TEST(StoreView, EndsWithItsLastHandleOrWhenItIsEndedOrWithItsSystem) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  StoreRig rig({}, disk);
  std::optional<StoreView> view = rig.store->view(1s).value();
  const StoreView copy = *view;
  view.reset();
  EXPECT_TRUE(copy.get("//a"));
  EXPECT_EQ(disk->views(), 1U);
  copy.end();
  EXPECT_EQ(disk->views(), 0U);
  EXPECT_EQ(copy.get("//a").error(), Errc::closed);
  {
    const StoreView dropped = rig.store->view(1s).value();
    EXPECT_EQ(disk->views(), 1U);
  }
  EXPECT_EQ(disk->views(), 0U);
  const StoreView left = rig.store->view(1s).value();
  EXPECT_TRUE(rig.system->shutdown(1s));
  EXPECT_EQ(disk->views(), 0U);
  EXPECT_EQ(left.get("//a").error(), Errc::closed);
  EXPECT_EQ(rig.store->view(1s).error(), Errc::receiver_gone);
}

TEST(StoreView, ThereAreOnlySoMany) {
  StoreRig rig;
  std::vector<StoreView> views;
  while (views.size() < 128) views.push_back(rig.store->view(1s).value());
  EXPECT_EQ(rig.store->view(1s).error(), Errc::readers_full);
  views.pop_back();
  EXPECT_TRUE(rig.store->view(1s));
}

TEST(StoreView, ShowsTheLastCommitWhileTheDiskIsFull) {
  StoreRig rig;
  ASSERT_TRUE(rig.link()->insert.ask("//a", "stored").get(1s));
  rig.faults->set_disk_full(true);
  rig.link()->insert.send("//a", "not stored");
  rig.system->run_until_idle();
  EXPECT_EQ(rig.store->view(1s).value().get("//a").value(), "stored");
  EXPECT_EQ(rig.get("//a"), "not stored");
}

TEST(StoreView, AFailureToBeginIsTold) {
  StoreRig rig;
  rig.faults->fail_at(detail::FaultControl::Call::view, 1, Errc::readers_full);
  EXPECT_EQ(rig.store->view(1s).error(), Errc::readers_full);
  EXPECT_TRUE(rig.store->view(1s));
}

// Forgotten, it cannot make the file grow for ever: the same records are written again and again.
TEST(StoreView, EndsWhenTheFileGrowsTooMuchOverIt) {
  const TempDir directory = TempDir::in_memory();
  System system({.workers = 1});
  const Store store = Store::open(system, {.engine = EngineChoice::lmdb(directory / "store"),
                                           .view_age = 1h,
                                           .view_bytes = std::uint64_t{1} << 20})
                          .value();
  const DataStore data{store};
  const auto rewrite = [&data] {
    std::vector<Record> records;
    for (int i = 0; i < 500; ++i) {
      records.push_back({"//g/" + std::to_string(i), std::string(200, 'g')});
    }
    ASSERT_TRUE(data.write_all(std::move(records), 30s));
  };
  rewrite();
  const StoreView view = store.view(30s).value();
  Result<std::optional<std::string>> found = view.get("//g/1");
  int rounds = 0;
  for (; found && rounds < 1000; ++rounds) {
    rewrite();
    found = view.get("//g/1");
  }
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(), Errc::expired);
  EXPECT_NE(found.error().text.find("store.view_bytes"), std::string::npos);
  EXPECT_GT(rounds, 4);
  EXPECT_TRUE(system.shutdown(30s));
}

}  // namespace
}  // namespace stet::test::store_view_test
