// tests/persistence/foreign_watch_test.cpp - who of other processes is found, and when it is told.
#include "persistence/src/foreign_watch.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "persistence/src/lmdb/foreign_environment.hpp"
#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::foreign_watch_test {
namespace {

using namespace stet::detail;
using namespace std::chrono_literals;

TEST(ForeignWatch, TellsOfTheOldestOnceItIsOverTheAgeAndOnceItIsGone) {
  ForeignWatch watch(60s);
  EXPECT_FALSE(watch.update({}, 0s));
  EXPECT_FALSE(watch.is_watching());
  EXPECT_FALSE(watch.update({{.pid = 7, .number = 3}}, 10s));
  EXPECT_TRUE(watch.is_watching());
  EXPECT_FALSE(watch.update({{.pid = 8, .number = 4}, {.pid = 7, .number = 3}}, 69s));
  EXPECT_FALSE(watch.alarm().has_value());
  EXPECT_TRUE(watch.update({{.pid = 8, .number = 4}, {.pid = 7, .number = 3}}, 70s));
  EXPECT_NE(watch.alarm()->text.find("process 7 "), std::string::npos);
  EXPECT_NE(watch.alarm()->text.find(" 60 s"), std::string::npos);
  EXPECT_FALSE(watch.update({{.pid = 8, .number = 4}, {.pid = 7, .number = 3}}, 80s));
  // The other one is not over the age yet.
  EXPECT_TRUE(watch.update({{.pid = 8, .number = 4}}, 128s));
  EXPECT_FALSE(watch.alarm().has_value());
  EXPECT_TRUE(watch.update({{.pid = 8, .number = 4}}, 129s));
  EXPECT_TRUE(watch.update({}, 130s));
  EXPECT_FALSE(watch.is_watching());
}

TEST(ForeignWatch, AReaderThatBeginsAnewIsANewOne) {
  ForeignWatch watch(60s);
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_FALSE(watch.update({{.pid = 7, .number = i}}, i * 30s));
  }
}

// A process that holds a read transaction until it is killed.
class HeldReader {
 public:
  explicit HeldReader(const std::filesystem::path& directory) {
    int ready[2];
    if (::pipe(ready) != 0) return;
    child_ = ::fork();
    if (child_ == 0) {
      ForeignEnvironment environment(directory);
      const char ok = environment.open() == 0 ? 'y' : 'n';
      if (::write(ready[1], &ok, 1) == 1) ::pause();
      std::_Exit(1);
    }
    char ok = 'n';
    is_open_ = ::read(ready[0], &ok, 1) == 1 && ok == 'y';
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~HeldReader() { kill(); }
  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
  }
  [[nodiscard]] bool is_open() const { return is_open_; }
  [[nodiscard]] pid_t pid() const { return child_; }

 private:
  pid_t child_ = 0;
  bool is_open_ = false;
};

class ForeignReaders : public testing::TestWithParam<StoreMode> {};

TEST_P(ForeignReaders, AreFoundOnceCommitsWentPastThemAndForgottenWhenTheyAreKilled) {
  const TempDir directory = TempDir::in_memory();
  const auto engine = open_lmdb_engine({.directory = directory / "store",
                                        .mode = GetParam(),
                                        .journal = {.fold_idle = std::chrono::milliseconds(1)}})
                          .value();
  const auto put = [&engine](std::string_view value) {
    ASSERT_TRUE(engine->commit({{Operation::put("/a", value)}}, Flush::full));
  };
  put("1");
  const bool journal = GetParam() == StoreMode::journal;
  HeldReader reader(directory / "store" / "1" / (journal ? "journal" : "state"));
  ASSERT_TRUE(reader.is_open());
  EXPECT_TRUE(engine->foreign_readers().empty());  // It shows the last commit.
  put("2");
  const std::unique_ptr<View> own = engine->view().value();  // Never counted.
  put("3");
  const std::vector<detail::ForeignReader> found = engine->foreign_readers();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().pid, reader.pid());
  put("4");
  EXPECT_EQ(engine->foreign_readers(), found);  // The same transaction.
  reader.kill();
  EXPECT_TRUE(engine->foreign_readers().empty());
}

INSTANTIATE_TEST_SUITE_P(Modes, ForeignReaders,
                         testing::Values(StoreMode::direct, StoreMode::journal));

}  // namespace
}  // namespace stet::test::foreign_watch_test
