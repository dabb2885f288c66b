// tests/persistence/journal_engine_rig.hpp - an engine in journal mode, in a directory of its own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "persistence/src/lmdb/meta_record.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::journal_engine {

using namespace stet::detail;
namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Records = std::vector<std::pair<std::string, std::string>>;

inline Records scan(const View& view, View::Order order = View::Order::forward) {
  Records found;
  const std::unique_ptr<Cursor> cursor = view.scan("/", {}, order).value();
  while (cursor->next().value()) found.emplace_back(cursor->key(), cursor->value());
  if (order == View::Order::backward) std::reverse(found.begin(), found.end());
  return found;
}

class JournalEngineTest : public testing::Test {
 protected:
  LmdbOptions options() const {
    LmdbOptions options{.directory = path_, .mode = StoreMode::journal};
    options.journal = {.bytes_max = journal_bytes_,
                       .fold_idle = idle_,
                       .erased_records_max = erased_records_max_,
                       .pending_ranges_max = pending_ranges_max_};
    return options;
  }
  std::unique_ptr<LmdbEngine> open() {
    auto engine = open_lmdb_engine(options());
    EXPECT_TRUE(engine) << engine.error().message();
    return std::move(engine).value();
  }
  Error refused() {
    auto engine = open_lmdb_engine(options());
    EXPECT_FALSE(engine);
    return engine ? Error() : engine.error();
  }
  static void put(Engine& engine, std::string_view key, std::string_view value,
                  Flush flush = Flush::full) {
    const auto done = engine.commit({{Operation::put(key, value)}}, flush);
    ASSERT_TRUE(done) << done.error().message();
  }
  static std::string get(Engine& engine, std::string_view key) {
    return std::string(engine.view().value()->get(key).value().value_or("(none)"));
  }
  // The mark in the state's file; another engine must not be open.
  CommitNumber mark() {
    LmdbOptions direct = options();
    direct.journal.fold_idle = milliseconds(3'600'000);
    const auto engine = open_lmdb_engine(direct);
    return decode_number(*(*engine)->view().value()->get(mark_key).value()).value();
  }
  // Of an engine that is open.
  static CommitNumber mark_of(Engine& engine) {
    return decode_number(*engine.view().value()->get(mark_key).value()).value();
  }
  static bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 3000; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
  }

  const TempDir directory_ = TempDir::in_memory();
  const fs::path path_ = directory_ / "store";
  std::size_t journal_bytes_ = std::size_t{1} << 20;
  milliseconds idle_{3'600'000};
  std::size_t erased_records_max_ = 50'000;
  std::size_t pending_ranges_max_ = 256;
};

}  // namespace stet::test::journal_engine
