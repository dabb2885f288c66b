// tests/persistence/lmdb_reader_test.cpp
// Goal    Another process sees journal and state as of one moment, whether folded or not, and holds
//         the host up in nothing.
// Method  Stores of both modes, read after and beside the engine that writes them, compared record
//         by record.
#include "persistence/src/lmdb/lmdb_reader.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::lmdb_reader_test {
namespace {

using namespace stet::detail;
namespace fs = std::filesystem;
using Model = std::map<std::string, std::string>;

class LmdbReaderTest : public testing::TestWithParam<StoreMode> {
 protected:
  std::unique_ptr<LmdbEngine> open_host(std::size_t journal_bytes = std::size_t{1} << 20) const {
    const JournalOptions journal{.bytes_max = journal_bytes, .fold_idle = std::chrono::hours(1)};
    return open_lmdb_engine({.directory = path_, .mode = GetParam(), .journal = journal}).value();
  }
  // What is wrong, in one sentence; empty: nothing.
  [[nodiscard]] std::string compare(const Model& model, CommitNumber number) const {
    const auto reader = open_lmdb_reader(path_);
    if (!reader) return reader.error().message();
    Model found;
    const Result<void> done =
        (*reader)->scan("/", {}, [&](std::string_view key, std::string_view value) {
          found.emplace(key, value);
          return true;
        });
    if (!done) return done.error().message();
    if (found != model) return "other records than were written";
    for (const auto& [key, value] : model) {
      if ((*reader)->get(key).value() != value) return key + " reads differently";
    }
    if ((*reader)->get("/no such").value().has_value()) return "it finds what is not there";
    const LmdbReader::Info info = (*reader)->info();
    if (info.number != number) return "it shows commit " + std::to_string(info.number);
    std::uint64_t records = 0;
    static_cast<void>((*reader)->scan({}, {}, [&records](std::string_view, std::string_view) {
      ++records;
      return true;
    }));
    if (info.records != records) return "it counts " + std::to_string(info.records) + " records";
    return {};
  }
  // The same by another process, which is what it is for while a host is open.
  [[nodiscard]] int compare_in_child(const Model& model, CommitNumber number) const {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      const std::string wrong = compare(model, number);
      std::fprintf(stderr, "%s%s", wrong.c_str(), wrong.empty() ? "" : "\n");
      std::_Exit(wrong.empty() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }

  const TempDir directory_ = TempDir::in_memory();
  const fs::path path_ = directory_ / "store";
};

TEST_P(LmdbReaderTest, SeesEveryCommitBesideTheHost) {
  const auto host = open_host();
  Model model;
  for (int i = 0; i < 20; ++i) {
    const std::string key = "/k" + std::to_string(i);
    ASSERT_TRUE(host->commit({{Operation::put(key, "v")}}, Flush::process));
    model[key] = "v";
  }
  ASSERT_TRUE(
      host->commit({{Operation::erase_range("/k1", "/k2"), Operation::erase("/k3")}}, Flush::full));
  model.erase(model.lower_bound("/k1"), model.lower_bound("/k2"));
  model.erase("/k3");
  EXPECT_EQ(compare_in_child(model, host->committed_number()), 0);
  // Nor does it keep anything from being written.
  ASSERT_TRUE(host->commit({{Operation::put("/after", "v")}}, Flush::full));
  model["/after"] = "v";
  EXPECT_EQ(compare_in_child(model, host->committed_number()), 0);
}

TEST_P(LmdbReaderTest, SeesWhatAHostLeftFoldedOrNot) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  Model model;
  for (std::size_t round = 0; round < scaled(20); ++round) {
    CommitNumber number = 0;
    {
      // Now and then so small that it folds.
      const auto host = open_host(random() % 2 == 0 ? 20'000 : std::size_t{1} << 20);
      for (int i = 0; i < 40; ++i) {
        const std::string key = "/k" + std::to_string(random() % 300);
        const std::string value(random() % 2000, 'v');
        switch (random() % 8) {
          case 0: {
            const std::string to = key + "9";
            ASSERT_TRUE(host->commit({{Operation::erase_range(key, to)}}, Flush::process));
            model.erase(model.lower_bound(key), model.lower_bound(to));
            break;
          }
          case 1:
            ASSERT_TRUE(host->commit({{Operation::erase(key)}}, Flush::process));
            model.erase(key);
            break;
          default:
            ASSERT_TRUE(host->commit({{Operation::put(key, value)}}, Flush::process));
            model[key] = value;
        }
      }
      number = host->committed_number();
    }
    ASSERT_EQ(compare(model, number), "") << seed << " round " << round;
  }
}

TEST_P(LmdbReaderTest, AHalfOfAStoreIsRefused) {
  { ASSERT_TRUE(open_host()->commit({{Operation::put("/a", "1")}}, Flush::full)); }
  const fs::path journal = path_ / "1" / "journal";
  if (GetParam() == StoreMode::journal) {
    fs::remove_all(journal);
  } else {
    fs::copy(path_ / "1" / "state", journal, fs::copy_options::recursive);
  }
  EXPECT_EQ(open_lmdb_reader(path_).error(), Errc::corrupt);
}

INSTANTIATE_TEST_SUITE_P(Modes, LmdbReaderTest,
                         testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "Direct" : "Journal";
                         });

}  // namespace
}  // namespace stet::test::lmdb_reader_test
