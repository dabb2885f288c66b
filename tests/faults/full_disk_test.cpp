// tests/faults/full_disk_test.cpp
// Goal    A store whose disk is full says so and keeps what it was sent; once there is room it goes on
//         by itself. As often as that happens, nothing is lost and nothing comes twice.
// Method  A store fills its disk, the room comes back, everything is erased, and so on: on a small tmpfs
//         (needs root) where a second file takes the room, and under a limit on file sizes. At the
//         end the store is opened again and compared.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "scenario.hpp"
#include "support/scale.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::full_disk_test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Takes room away until little is left, or gives it back.
struct Disk {
  std::function<void()> take;
  std::function<void()> give;
};

class Filler {
 public:
  Filler(const fs::path& directory, StoreMode mode, Disk disk, std::size_t reserve = 0)
      : directory_(directory), mode_(mode), disk_(std::move(disk)), reserve_(reserve) {}

  // What is wrong; empty: nothing.
  std::string run(std::size_t cycles) {
    std::string wrong = cycle_all(cycles);
    if (!wrong.empty()) return wrong;
    const auto engine = detail::open_lmdb_engine({.directory = directory_, .mode = mode_});
    if (!engine) return "it does not open: " + engine.error().message();
    const auto view = (*engine)->view();
    const auto cursor = (*view)->scan("//fill/", "//fill0");
    auto expected = written_.begin();
    while ((*cursor)->next().value()) {
      if (expected == written_.end() || (*cursor)->key() != expected->first ||
          (*cursor)->value() != expected->second) {
        return "it holds what was not written";
      }
      ++expected;
    }
    return expected == written_.end() ? "" : expected->first + " is missing";
  }

 private:
  std::string cycle_all(std::size_t cycles) {
    System system({.workers = 1});
    StoreOptions options{.engine = EngineChoice::lmdb(directory_),
                         .mode = mode_,
                         .journal_bytes = 200'000,
                         .disk_reserve = reserve_,
                         .retry_initial = 1ms,
                         .retry_max = 5ms};
    options.on_health = [this](const StoreHealth& now) {
      full_ += now.state == StoreState::full;
      state_ = now.state;
    };
    const auto store = Store::open(system, std::move(options));
    if (!store) return store.error().message();
    const DataStore data{*store};
    for (std::size_t n = 0; n < cycles; ++n) {
      const std::string wrong = cycle(data, n, n + 1 == cycles);
      if (!wrong.empty()) return "cycle " + std::to_string(n) + ": " + wrong;
    }
    return {};
  }

  std::string cycle(const DataStore& data, std::size_t n, bool is_last) {
    const int alarms = full_;
    disk_.take();
    // Bounded by the room there is.
    std::size_t batch = 0;
    for (bool refused = false; !refused; ++batch) {
      if (batch == 10'000) return "it never was full";
      std::vector<Record> records;
      for (std::size_t i = 0; i < 8; ++i) {
        const std::string key = "//fill/" + std::to_string(n) + "_" + std::to_string(batch * 8 + i);
        std::string value = store_files::record(key, n * 100'000 + batch + 1, 1500);
        written_[key] = value;  // Also where it is late: it stays in the queue.
        records.push_back({key, std::move(value)});
      }
      const auto done = data.write_all(std::move(records), 100ms);
      if (done) continue;
      if (done.error() != Errc::timed_out) return "refused with " + done.error().message();
      // Late is not yet refused; but then the health says why. Bounded by the process's own end.
      while (full_ == alarms && !data.flush(20ms).has_value()) {
      }
      refused = full_ != alarms;
    }
    const auto some = data.base(written_.begin()->first).read(5s);
    if (!some || !*some || **some != written_.begin()->second) return "a record cannot be read";
    disk_.give();
    if (const auto flushed = data.flush(10s); !flushed) {
      return "it did not go on: " + flushed.error().message();
    }
    if (state_ != StoreState::ok && state_ != StoreState::slow)
      return "it does not say that it is well";
    if (is_last) return {};  // Something is left to compare.
    const auto erased = data.base("//fill").erase_all(10s);
    if (!erased) return "no erase: " + erased.error().message();
    written_.clear();
    return {};
  }

  const fs::path directory_;
  const StoreMode mode_;
  const Disk disk_;
  const std::size_t reserve_;
  std::map<std::string, std::string> written_;
  std::atomic<int> full_{0};
  std::atomic<StoreState> state_{StoreState::ok};
};

constexpr unsigned seconds_max = 250;

class FullDiskCycles : public testing::TestWithParam<StoreMode> {
 protected:
  std::string run_cycles(const fs::path& directory, const Disk& disk) const {
    // A file never becomes smaller, and each time it is full it has become a little larger: so after
    // some cycles the next store begins.
    constexpr std::size_t cycles_of_a_store = 20;
    std::string wrong;
    for (std::size_t left = scaled(20); left > 0 && wrong.empty();) {
      const std::size_t cycles = std::min(left, cycles_of_a_store);
      wrong =
          run_apart([&] { return Filler(directory, GetParam(), disk).run(cycles); }, seconds_max);
      fs::remove_all(directory);
      left -= cycles;
    }
    return wrong;
  }
};

TEST_P(FullDiskCycles, GoOnOnASmallFileSystem) {
  const TempDir place;
  if (::mount("stet-test", place.path().c_str(), "tmpfs", 0, "size=64m") != 0) {
    GTEST_SKIP() << "SKIPPED: mounting a small tmpfs needs root";
  }
  const fs::path other = place / "other";
  const Disk disk{.take =
                      [&] {
                        struct statvfs room {};
                        ::statvfs(place.path().c_str(), &room);
                        const std::uint64_t free = room.f_bavail * room.f_frsize;
                        const std::uint64_t left = std::uint64_t{400} << 10;
                        std::ofstream(other) << std::string(free > left ? free - left : 0, 'x');
                      },
                  .give = [&] { fs::remove(other); }};
  EXPECT_EQ(run_cycles(place / "store", disk), "");
  ::umount2(place.path().c_str(), MNT_DETACH);
}

TEST_P(FullDiskCycles, LeaveTheReserveToOthers) {
  const TempDir place;
  if (::mount("stet-test", place.path().c_str(), "tmpfs", 0, "size=64m") != 0) {
    GTEST_SKIP() << "SKIPPED: mounting a small tmpfs needs root";
  }
  const auto room = [&place] {
    struct statvfs status {};
    ::statvfs(place.path().c_str(), &status);
    return status.f_bavail * status.f_frsize;
  };
  const fs::path other = place / "other";
  // Folds may take half of it.
  constexpr std::uint64_t reserve = std::uint64_t{3} << 20;
  const std::uint64_t kept = GetParam() == StoreMode::journal ? reserve / 2 : reserve;
  std::uint64_t least = ~std::uint64_t{0};
  const Disk disk{.take =
                      [&] {
                        const std::uint64_t left = reserve + (std::uint64_t{2} << 20);
                        const std::uint64_t free = room();
                        std::ofstream(other) << std::string(free > left ? free - left : 0, 'x');
                      },
                  .give =
                      [&] {
                        least = std::min(least, room());
                        fs::remove(other);
                      }};
  const std::string wrong = run_apart(
      [&] {
        std::string found = Filler(place / "store", GetParam(), disk, reserve).run(3);
        if (found.empty() && least < kept) {
          found = "it left " + std::to_string(least) + " bytes";
        }
        return found;
      },
      seconds_max);
  EXPECT_EQ(wrong, "");
  ::umount2(place.path().c_str(), MNT_DETACH);
}

TEST_P(FullDiskCycles, GoOnUnderALimitOnFileSizes) {
  const TempDir place = TempDir::in_memory();
  const auto limit_to = [](rlim_t bytes) {
    const rlimit limit{bytes, RLIM_INFINITY};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  };
  const Disk disk{
      .take =
          [&] {
            std::uint64_t largest = 0;
            for (const auto& entry : fs::recursive_directory_iterator(place / "store")) {
              if (entry.is_regular_file()) largest = std::max(largest, entry.file_size());
            }
            // Not a multiple of a page: a write may end in the middle of one.
            limit_to(largest + 400'100);
          },
      .give = [&] { limit_to(RLIM_INFINITY); }};
  EXPECT_EQ(run_cycles(place / "store", disk), "");
}

INSTANTIATE_TEST_SUITE_P(Modes, FullDiskCycles,
                         testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "Direct" : "Journal";
                         });

}  // namespace
}  // namespace stet::test::full_disk_test
