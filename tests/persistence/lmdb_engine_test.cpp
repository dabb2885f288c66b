// tests/persistence/lmdb_engine_test.cpp
// Goal    A store directory is created whole, opened only by who may, and says in a sentence what
//         is wrong with it; the map grows when it can and says so when it cannot.
// Method  Real directories, broken in each way once.
#include "persistence/src/lmdb/lmdb_engine.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "persistence/src/lmdb/meta_record.hpp"
#include "support/temp_dir.hpp"

namespace stet::detail {
namespace {

using test::TempDir;
namespace fs = std::filesystem;

class LmdbStore : public testing::Test {
 protected:
  Result<std::unique_ptr<LmdbEngine>> open() { return open_lmdb_engine({.directory = path_}); }
  // An open that must fail, and its error.
  Error refused() {
    auto engine = open();
    EXPECT_FALSE(engine);
    return engine ? Error() : engine.error();
  }
  static void put(Engine& engine, std::string_view key, std::string_view value) {
    ASSERT_TRUE(engine.commit({{Operation::put(key, value)}}, Flush::full));
  }
  static std::string get(Engine& engine, std::string_view key) {
    return std::string(engine.view().value()->get(key).value().value_or("(none)"));
  }
  static int in_child(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) std::_Exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  static unsigned mode(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777U;
  }

  const TempDir directory_;
  const fs::path path_ = directory_ / "store";
};

TEST_F(LmdbStore, IsCreatedWithDirectoriesAboveItAndForItsOwnerAlone) {
  const fs::path deep = path_ / "a" / "b";
  ASSERT_TRUE(open_lmdb_engine({.directory = deep}));
  EXPECT_EQ(mode(path_), 0700U);
  EXPECT_EQ(mode(deep), 0700U);
  EXPECT_EQ(mode(deep / "1"), 0700U);
  EXPECT_EQ(mode(deep / "1" / "state"), 0700U);
  EXPECT_EQ(mode(deep / "1" / "state" / "data.mdb"), 0600U);
  EXPECT_EQ(mode(deep / "1" / "state" / "lock.mdb"), 0600U);
  EXPECT_FALSE(fs::exists(deep / "creating"));
}

TEST_F(LmdbStore, KeepsItsIdentity) {
  const StoreIdentity first = (*open())->identity();
  const StoreIdentity again = (*open())->identity();
  EXPECT_EQ(first.id, again.id);
  EXPECT_EQ(first.generation, 1U);
  const auto other = open_lmdb_engine({.directory = directory_ / "other"});
  EXPECT_NE((*other)->identity().id, first.id);
}

TEST_F(LmdbStore, ItsDescriptorsDoNotSurviveExec) {
  const auto engine = open();
  ASSERT_TRUE(engine);
  int ours = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const fs::path target = fs::read_symlink(entry.path(), gone);
    if (gone || target.string().rfind(directory_.path().string(), 0) != 0) continue;
    ++ours;
    const int fd = std::stoi(entry.path().filename().string());
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << target;
  }
  EXPECT_GE(ours, 5) << "directory, owner, data twice, lock";
}

TEST_F(LmdbStore, IsOpenOnceInAProcessAndOnceOnAMachine) {
  const auto engine = open();
  ASSERT_TRUE(engine);
  EXPECT_EQ(refused(), Errc::already_open);
  put(**engine, "/a", "1");
  EXPECT_EQ(in_child([&] {
              const auto second = open();
              return !second && second.error().code == Errc::already_open &&
                             second.error().text.find(std::to_string(::getppid())) !=
                                 std::string::npos
                         ? 0
                         : 1;
            }),
            0);
  EXPECT_EQ(get(**engine, "/a"), "1");
}

TEST_F(LmdbStore, AViewKeepsTheDirectoryTaken) {
  auto engine = open();
  auto view = (*engine)->view().value();
  engine.value().reset();
  EXPECT_EQ(refused(), Errc::already_open);
  view.reset();
  EXPECT_TRUE(open());
}

TEST_F(LmdbStore, AForkedChildIsRefusedAndHarmsNothing) {
  auto engine = open();
  put(**engine, "/a", "1");
  auto view = (*engine)->view().value();
  EXPECT_EQ(in_child([&] {
              if ((*engine)->commit({{Operation::put("/a", "2")}}, Flush::full).error().code !=
                  Errc::unsupported) {
                return 1;
              }
              if ((*engine)->flush().error().code != Errc::unsupported) return 2;
              if ((*engine)->view().error().code != Errc::unsupported) return 3;
              view.reset();
              engine.value().reset();
              return 0;
            }),
            0);
  put(**engine, "/b", "2");
  EXPECT_EQ(view->get("/a").value(), "1");
  EXPECT_FALSE(view->get("/b").value().has_value()) << "the child must not end the parent's view";
  EXPECT_EQ(refused(), Errc::already_open);
}

TEST_F(LmdbStore, AnUnfinishedCreationIsThrownAway) {
  fs::create_directories(path_ / "creating" / "state");
  std::ofstream(path_ / "creating" / "state" / "data.mdb") << "half";
  const auto engine = open();
  ASSERT_TRUE(engine) << engine.error().message();
  EXPECT_FALSE(fs::exists(path_ / "creating"));
}

TEST_F(LmdbStore, TheHighestGenerationCountsAndOlderOnesAreDeleted) {
  {
    const auto engine = open();
    put(**engine, "/a", "3");
    put(**engine, meta_key, encode_meta({.format = 1, .generation = 3, .store_id = {}}));
  }
  fs::rename(path_ / "1", path_ / "3");
  fs::create_directories(path_ / "2" / "state");
  std::ofstream(path_ / "2" / "state" / "data.mdb") << "old";
  // Not ours, whatever their names look like.
  for (const char* name : {"1", "0002", "notes"}) fs::create_directories(path_ / name);
  const auto engine = open();
  ASSERT_TRUE(engine) << engine.error().message();
  EXPECT_EQ((*engine)->identity().generation, 3U);
  EXPECT_EQ(get(**engine, "/a"), "3");
  EXPECT_FALSE(fs::exists(path_ / "2"));
  for (const char* name : {"1", "0002", "notes"}) EXPECT_TRUE(fs::exists(path_ / name)) << name;
}

TEST_F(LmdbStore, AFolderThatIsNotWhatItsNameSaysIsRefused) {
  { put(**open(), "/a", "1"); }
  fs::rename(path_ / "1", path_ / "3");
  const Error mixed = refused();
  EXPECT_EQ(mixed, Errc::corrupt);
  EXPECT_NE(mixed.text.find("generation 3"), std::string::npos) << mixed.text;
  EXPECT_NE(mixed.text.find("say 1"), std::string::npos) << "names both: " << mixed.text;
}

TEST_F(LmdbStore, ADirectoryWithOtherThingsInItIsLeftAlone) {
  fs::create_directories(path_);
  std::ofstream(path_ / "thesis.txt") << "x";
  const Error error = refused();
  EXPECT_EQ(error, Errc::invalid_argument);
  EXPECT_NE(error.text.find("thesis.txt"), std::string::npos);
  EXPECT_FALSE(fs::exists(path_ / "1"));
}

TEST_F(LmdbStore, AFileIsNoDirectory) {
  std::ofstream(path_) << "x";
  EXPECT_EQ(refused(), Errc::invalid_argument);
  EXPECT_EQ(open_lmdb_engine({.directory = path_ / "below"}).error(), Errc::invalid_argument);
  EXPECT_EQ(open_lmdb_engine({.directory = ""}).error(), Errc::invalid_argument);
}

TEST_F(LmdbStore, LostOrForeignDataIsCorruptAndNotReplaced) {
  { put(**open(), "/a", "1"); }
  const fs::path data = path_ / "1" / "state" / "data.mdb";
  fs::rename(data, directory_ / "kept");
  EXPECT_EQ(refused(), Errc::corrupt);
  EXPECT_FALSE(fs::exists(data)) << "a new empty one would look like a store that lost all";
  std::ofstream(data) << "";
  EXPECT_EQ(refused(), Errc::corrupt);
  std::ofstream(data) << std::string(8192, 'x');
  EXPECT_EQ(refused(), Errc::corrupt);
  fs::rename(directory_ / "kept", data);
  EXPECT_EQ(get(**open(), "/a"), "1");
}

TEST_F(LmdbStore, ATruncatedFileEndsNoProcess) {
  {
    const auto engine = open();
    for (int i = 0; i < 200; ++i) put(**engine, "/k" + std::to_string(i), std::string(500, 'v'));
  }
  const fs::path data = path_ / "1" / "state" / "data.mdb";
  fs::resize_file(data, 3 * 4096);
  // Whatever it says: it says it, and is not killed.
  EXPECT_GE(in_child([&] {
              const auto engine = open();
              if (!engine) return 0;
              const auto view = (*engine)->view();
              if (!view) return 0;
              static_cast<void>((*view)->get("/k7"));
              return 0;
            }),
            0);
}

TEST_F(LmdbStore, ANewerFormatIsRefusedByName) {
  { put(**open(), "/a", "1"); }
  {
    const auto engine = open();
    put(**engine, meta_key, encode_meta({.format = 7, .generation = 1, .store_id = {}}));
  }
  const Error error = refused();
  EXPECT_EQ(error, Errc::newer_format);
  EXPECT_NE(error.text.find("format 7"), std::string::npos) << error.text;
}

TEST_F(LmdbStore, TheMapGrowsAndRepeatsTheBatch) {
  const auto engine = open_lmdb_engine({.directory = path_,
                                        .map_bytes = std::size_t{1} << 20,
                                        .map_bytes_max = std::size_t{1} << 26});
  ASSERT_TRUE(engine);
  const std::string value(3'000'000, 'v');
  put(**engine, "/a", value);
  EXPECT_EQ(get(**engine, "/a"), value);
  EXPECT_GE((*engine)->stats().grown, 2U);
  EXPECT_EQ((*engine)->stats().failures, 0U);
}

TEST_F(LmdbStore, AMapAtItsBoundRefusesTheBatchAndGoesOn) {
  const auto engine = open_lmdb_engine({.directory = path_,
                                        .map_bytes = std::size_t{1} << 20,
                                        .map_bytes_max = std::size_t{2} << 20});
  put(**engine, "/a", "1");
  const std::string value(3'000'000, 'v');
  const auto refused = (*engine)->commit({{Operation::put("/a", value)}}, Flush::full);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::map_full);
  EXPECT_FALSE((*engine)->poisoned());
  EXPECT_EQ(get(**engine, "/a"), "1");
  put(**engine, "/a", "2");
  EXPECT_EQ(get(**engine, "/a"), "2");
}

TEST_F(LmdbStore, TheMapWaitsForViewsAndNotForEver) {
  const auto engine = open_lmdb_engine({.directory = path_,
                                        .map_bytes = std::size_t{1} << 20,
                                        .map_bytes_max = std::size_t{1} << 26,
                                        .grow_wait = std::chrono::milliseconds(50)});
  put(**engine, "/a", "1");
  const std::string value(3'000'000, 'v');
  auto view = (*engine)->view().value();
  EXPECT_EQ((*engine)->commit({{Operation::put("/a", value)}}, Flush::full).error(),
            Errc::map_full);
  EXPECT_EQ(view->get("/a").value(), "1") << "the view was not pulled from under its reader";
  view.reset();
  put(**engine, "/a", value);
  EXPECT_EQ(get(**engine, "/a").size(), value.size());
}

TEST_F(LmdbStore, ViewsWaitWhileTheMapGrows) {
  const auto engine = open_lmdb_engine({.directory = path_,
                                        .map_bytes = std::size_t{1} << 20,
                                        .map_bytes_max = std::size_t{1} << 28});
  put(**engine, "/n", "0");
  std::promise<void> stop;
  std::future<void> stopped = stop.get_future();
  std::thread reader([&] {
    while (stopped.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      const auto view = (*engine)->view();
      ASSERT_TRUE(view) << view.error().message();
      ASSERT_TRUE((*view)->get("/n").value().has_value());
    }
  });
  std::string value;
  for (int i = 1; i <= 6; ++i) {
    value.assign(std::size_t{1} << (19 + i), 'v');
    const auto done = (*engine)->commit({{Operation::put("/n", "x"), Operation::put("/v", value)}},
                                        Flush::process);
    ASSERT_TRUE(done) << done.error().message();
  }
  stop.set_value();
  reader.join();
  EXPECT_GE((*engine)->stats().grown, 3U);
}

TEST_F(LmdbStore, LittleAddressSpaceMakesTheMapSmaller) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "SKIPPED: sanitizers take more address space than the limit of this test leaves";
#endif
  EXPECT_EQ(in_child([&] {
              const rlimit limit{std::size_t{2} << 30, std::size_t{2} << 30};
              if (::setrlimit(RLIMIT_AS, &limit) != 0) return 1;
              const auto engine = open();
              if (!engine) return 2;
              return (*engine)->stats().map_bytes < (std::size_t{2} << 30) ? 0 : 3;
            }),
            0);
}

TEST_F(LmdbStore, TooManyViewsAreRefusedAndThenNot) {
  const auto engine = open_lmdb_engine({.directory = path_, .readers_max = 3});
  std::vector<std::unique_ptr<View>> views;
  for (int i = 0; i < 3; ++i) views.push_back((*engine)->view().value());
  EXPECT_EQ((*engine)->view().error(), Errc::readers_full);
  views.pop_back();
  EXPECT_TRUE((*engine)->view());
}

TEST(MetaRecord, ItsBytesAreFixed) {
  MetaRecord record{.format = 1, .generation = 2, .store_id = {}};
  for (std::size_t i = 0; i < 16; ++i) record.store_id[i] = static_cast<std::byte>(i);
  const std::string expected(
      "stet\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
      32);
  const std::string bytes = encode_meta(record);
  ASSERT_EQ(bytes.size(), 40U);
  EXPECT_EQ(bytes.substr(0, 32), expected);
  EXPECT_EQ(bytes.substr(32), std::string("\xc1\x13\x53\xa2\x13\x15\x1a\x47"));
  EXPECT_EQ(decode_meta(bytes).value(), record);
}

TEST(MetaRecord, EveryDamagedByteIsFound) {
  const std::string good = encode_meta({.format = 1, .generation = 2, .store_id = {}});
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    EXPECT_FALSE(decode_meta(bad)) << i;
    EXPECT_FALSE(decode_meta(good.substr(0, i))) << i;
  }
}

}  // namespace
}  // namespace stet::detail
