// tests/persistence/store_damage_test.cpp
// Goal    verify_store() names all damage that matters: what it finds nothing in can be opened and
//         read by a host, which then sees exactly what was written and does not die of it.
// Method  Stores of both modes; a bit flipped in each block of 64 bytes of their files and a file cut at
//         every page: all of them in the long form, a seeded sample in the short one. A child opens each as a host does and
//         reads all of it: same, refused, different, or ended by a signal. What is not the same must
//         have been found. The figures are printed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <stet/persistence/store_care.hpp>

#include "store_files.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::store_damage_test {
namespace {

using store_files::Model;
namespace fs = std::filesystem;

enum class Seen { same, refused, different, died };

// Opens and reads as a host does, in a child: it may be ended by a signal.
Seen open_and_read(const fs::path& directory, StoreMode mode, const Model& expected) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE}) ::signal(number, SIG_DFL);
    // LMDB says there why it aborts.
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(3);
    ::alarm(60);
    const auto engine = detail::open_lmdb_engine({.directory = directory,
                                                  .map_bytes = std::size_t{64} << 20,
                                                  .map_bytes_max = std::size_t{64} << 20,
                                                  .mode = mode});
    if (!engine) ::_exit(1);
    const auto view = (*engine)->view();
    if (!view) ::_exit(1);
    const auto cursor = (*view)->scan("/", {});
    if (!cursor) ::_exit(1);
    auto at = expected.begin();
    auto more = (*cursor)->next();
    for (; more && *more; more = (*cursor)->next(), ++at) {
      if (at == expected.end() || (*cursor)->key() != at->first ||
          (*cursor)->value() != at->second) {
        ::_exit(2);
      }
    }
    ::_exit(!more ? 1 : at == expected.end() ? 0 : 2);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status)) return Seen::died;
  switch (WEXITSTATUS(status)) {
    case 0: return Seen::same;
    case 1: return Seen::refused;
    case 2: return Seen::different;
    default: return Seen::died;
  }
}

struct Figures {
  std::size_t damaged = 0;
  std::size_t found = 0;
  std::size_t refused = 0;
  std::size_t different = 0;
  std::size_t died = 0;
  std::size_t missed = 0;  // Not the same, and not found.

  // What a host would not have read as it was written.
  [[nodiscard]] std::size_t harmful() const { return refused + different + died; }
  void print(const char* what, const char* mode, std::size_t possible) const {
    std::printf(
        "%s, %s: %zu of %zu, found %zu; a host: refused %zu, read other values %zu, died %zu; "
        "missed %zu: %.2f %% of the harmful ones found\n",
        what, mode, damaged, possible, found, refused, different, died, missed,
        100.0 - 100.0 * static_cast<double>(missed) /
                    static_cast<double>(std::max<std::size_t>(harmful(), 1)));
  }
};

// So many of them by chance, or in the long form all.
template <class T>
void choose(std::vector<T>& all, std::size_t at_least, std::mt19937_64& random) {
  if (scale_percent() >= 10'000) return;
  std::shuffle(all.begin(), all.end(), random);
  all.resize(std::min(all.size(), at_least));
}

class StoreDamage : public testing::TestWithParam<StoreMode> {
 protected:
  void SetUp() override {
    const auto host = store_files::open_host(store_, GetParam());
    model_ = store_files::fill(*host, 150);
  }
  [[nodiscard]] const char* mode() const {
    return GetParam() == StoreMode::direct ? "direct" : "journal";
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names{"state"};
    if (GetParam() == StoreMode::journal) names.emplace_back("journal");
    return names;
  }
  // The store as it was, with other bytes in one file.
  void try_one(const std::string& file, const std::string& bytes, Figures& figures,
               const std::string& what) {
    fs::remove_all(damaged_);
    fs::create_directory(damaged_);
    fs::copy(store_ / "1", damaged_ / "1", fs::copy_options::recursive);
    fs::remove(damaged_ / "1" / file / "lock.mdb");
    store_files::write_file(damaged_ / "1" / file / "data.mdb", bytes);
    const auto report = verify_store(damaged_);
    ASSERT_TRUE(report) << what << ": " << report.error().message();
    const Seen seen = open_and_read(damaged_, GetParam(), model_);
    ++figures.damaged;
    figures.found += report->problems > 0;
    figures.refused += seen == Seen::refused;
    figures.different += seen == Seen::different;
    figures.died += seen == Seen::died;
    if (seen != Seen::same && report->problems == 0) {
      ++figures.missed;
      std::printf("missed: %s, seen %d\n", what.c_str(), static_cast<int>(seen));
      EXPECT_NE(seen, Seen::died) << what;
    }
  }

  const TempDir directory_ = TempDir::in_memory();
  const fs::path store_ = directory_ / "store";
  const fs::path damaged_ = directory_ / "damaged";
  Model model_;
};

TEST_P(StoreDamage, AFlippedBitThatMattersIsFound) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  Figures figures;
  std::size_t possible = 0;
  for (const std::string& file : files()) {
    const std::string good = store_files::read_file(store_ / "1" / file / "data.mdb");
    std::vector<std::size_t> places;
    // Not in the zeros that are written ahead: no flip matters there.
    const std::size_t end = good.find_last_not_of('\0') / 64 * 64;
    for (std::size_t at = 0; at <= end; at += 64) places.push_back(at + random() % 64);
    possible += places.size();
    choose(places, std::max<std::size_t>(scaled(150), 40), random);
    for (const std::size_t place : places) {
      std::string bad = good;
      bad[place] = static_cast<char>(bad[place] ^ (1 << random() % 8));
      try_one(file, bad, figures, file + " byte " + std::to_string(place));
      if (HasFatalFailure()) return;
    }
  }
  figures.print("flipped bits", mode(), possible);
  if (scale_percent() >= 10'000) {
    EXPECT_EQ(figures.damaged, possible);
  }
  EXPECT_GT(figures.harmful(), 0u) << seed;
  EXPECT_LE(figures.missed * 1000, figures.harmful()) << seed;  // 99.9 %.
}

TEST_P(StoreDamage, ACutThatMattersIsFound) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  Figures figures;
  std::size_t possible = 0;
  for (const std::string& file : files()) {
    const std::string good = store_files::read_file(store_ / "1" / file / "data.mdb");
    std::vector<std::size_t> cuts;
    for (std::size_t keep = 0; keep < good.size(); keep += 4096) cuts.push_back(keep);
    possible += cuts.size();
    choose(cuts, scaled(100), random);
    for (const std::size_t keep : cuts) {
      try_one(file, good.substr(0, keep), figures, file + " cut to " + std::to_string(keep));
      if (HasFatalFailure()) return;
    }
  }
  figures.print("cuts", mode(), possible);
  if (scale_percent() >= 10'000) {
    EXPECT_EQ(figures.damaged, possible);
  }
  EXPECT_GT(figures.found, 0u);
  EXPECT_EQ(figures.missed, 0u) << seed;
}

INSTANTIATE_TEST_SUITE_P(Modes, StoreDamage, testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "direct" : "journal";
                         });

}  // namespace
}  // namespace stet::test::store_damage_test
