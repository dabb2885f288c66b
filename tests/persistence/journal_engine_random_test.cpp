// tests/persistence/journal_engine_random_test.cpp
// Goal    Whatever is written, in journal mode a view shows what a plain map would hold, for ever.
// Method  Random puts, erases and erased ranges, views kept for a while, reopened now and then; a
//         tiny journal, so that folds come all the time, and erase few records, so that ranges are
//         pending all the time.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "persistence/journal_engine_rig.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::journal_engine_random_test {
namespace {

using namespace journal_engine;
using Model = std::map<std::string, std::string>;

class JournalEngineRandomTest : public JournalEngineTest {};

TEST_F(JournalEngineRandomTest, AnySequenceMatchesAPlainMapWithViewsAndReopening) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  journal_bytes_ = 30'000;
  idle_ = milliseconds(3);
  erased_records_max_ = 2;
  pending_ranges_max_ = 6;
  std::unique_ptr<LmdbEngine> engine = open();
  Model model;
  std::deque<std::pair<std::unique_ptr<View>, Model>> views;
  const auto key = [&] { return "/key/" + std::to_string(random() % 400); };
  for (std::size_t batch = 0; batch < scaled(600); ++batch) {
    std::deque<std::string> bytes;  // Owns what the operations view.
    const auto keep = [&](std::string text) -> std::string_view {
      return bytes.emplace_back(std::move(text));
    };
    std::vector<Operation> operations;
    for (std::uint64_t n = 1 + random() % 20; n > 0; --n) {
      const std::uint64_t what = random() % 20;
      if (what == 0) {
        std::string from = key();
        std::string to = key();
        if (from == to) continue;
        if (to < from) std::swap(from, to);
        model.erase(model.lower_bound(from), model.lower_bound(to));
        operations.push_back(Operation::erase_range(keep(from), keep(to)));
      } else if (what < 5) {
        const std::string_view erased = keep(key());
        model.erase(std::string(erased));
        operations.push_back(Operation::erase(erased));
      } else {
        const std::string_view put = keep(key());
        const std::string_view value = keep(std::string(random() % 1000, 'x') + std::to_string(n));
        model[std::string(put)] = value;
        operations.push_back(Operation::put(put, value));
      }
    }
    const CommitNumber before = engine->committed_number();
    const auto done = engine->commit(operations, random() % 3 == 0 ? Flush::full : Flush::process);
    ASSERT_TRUE(done) << done.error().message();
    ASSERT_EQ(*done, operations.empty() ? before : before + 1);
    if (random() % 10 == 0) views.emplace_back(engine->view().value(), model);
    if (views.size() > 5) views.pop_front();
    if (random() % 60 == 0) {
      views.clear();
      engine.reset();
      engine = open();
      ASSERT_EQ(engine->committed_number(), *done) << seed;
    }
    if (batch % 20 != 0) continue;
    const auto now = engine->view().value();
    ASSERT_EQ(now->number(), engine->committed_number()) << seed;
    ASSERT_EQ(scan(*now), Records(model.begin(), model.end())) << seed << " batch " << batch;
    const std::uint64_t more = engine->stats().records - model.size();
    ASSERT_TRUE(more == 2 || more == 3) << more << seed << " meta and mark, and what is pending";
    for (const auto& [view, expected] : views) {
      ASSERT_EQ(scan(*view, View::Order::backward), Records(expected.begin(), expected.end()))
          << seed;
    }
  }
}

}  // namespace
}  // namespace stet::test::journal_engine_random_test
