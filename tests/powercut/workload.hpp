// tests/powercut/workload.hpp - the seeded batches that writers commit and checkers expect.
//
// Batch n is a function of seed and n alone, so a checker can compute what a store must hold after
// any number of batches. Every batch puts its number at "/head" and into each record it writes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "persistence/src/engine.hpp"
#include "support/seed.hpp"

namespace stet::test {

using Model = std::map<std::string, std::string>;

class WorkloadBatch {
 public:
  static constexpr std::uint64_t slots = 80;
  static std::string slot(std::uint64_t n) {
    return {'/',
            's',
            'l',
            'o',
            't',
            '/',
            static_cast<char>('0' + n / 10),
            static_cast<char>('0' + n % 10)};
  }

  WorkloadBatch(std::uint64_t seed, std::uint64_t number) {
    std::mt19937_64 random(Seed(seed).derive(number).value());
    const std::size_t count = 1 + random() % 10;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t what = random() % 100;
      if (what < 15) {
        steps_.push_back({detail::Operation::Kind::erase, slot(random), {}});
      } else if (what < 18) {
        const std::string from = slot(random);
        // Up to nine neighbours: the range ends at the next slot that is a multiple of ten. Now and
        // then all slots from there on.
        const std::string to = what == 15 ? "/slot0" : from.substr(0, 7) + ":";
        steps_.push_back({detail::Operation::Kind::erase_range, from, to});
      } else {
        // Now and then a value on overflow pages.
        const std::size_t size = random() % 40 == 0 ? 4000 + random() % 6000 : random() % 500;
        std::string value = std::to_string(number) + "|";
        while (value.size() < size) value += std::to_string(random());
        steps_.push_back({detail::Operation::Kind::put, slot(random), std::move(value)});
      }
    }
    steps_.push_back({detail::Operation::Kind::put, "/head", std::to_string(number)});
  }

  // Views into this batch.
  [[nodiscard]] std::vector<detail::Operation> operations() const {
    std::vector<detail::Operation> out;
    for (const Step& step : steps_) out.push_back({step.kind, step.key, step.value});
    return out;
  }

  void apply_to(Model& model) const {
    for (const Step& step : steps_) {
      switch (step.kind) {
        case detail::Operation::Kind::put: model[step.key] = step.value; break;
        case detail::Operation::Kind::erase: model.erase(step.key); break;
        case detail::Operation::Kind::erase_range:
          model.erase(model.lower_bound(step.key), model.lower_bound(step.value));
          break;
      }
    }
  }

 private:
  struct Step {
    detail::Operation::Kind kind;
    std::string key;
    std::string value;
  };

  static std::string slot(std::mt19937_64& random) { return slot(random() % slots); }

  std::vector<Step> steps_;
};

// What a store must hold after any number of batches. Every so many batches the content is kept, so
// that one who checks many stores computes little.
class Workload {
 public:
  // `prepared`: as many batches are made now.
  explicit Workload(std::uint64_t seed, std::uint64_t prepared = 0) : seed_(seed) {
    Model model;
    for (std::uint64_t n = 1; n <= prepared; ++n) {
      WorkloadBatch(seed, n).apply_to(model);
      if (n % kept_every == 0) kept_.push_back(model);
    }
  }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

  [[nodiscard]] Model after(std::uint64_t batches) const {
    const std::size_t kept = std::min<std::size_t>(kept_.size(), batches / kept_every);
    Model model = kept == 0 ? Model() : kept_[kept - 1];
    for (std::uint64_t n = kept * kept_every + 1; n <= batches; ++n) {
      WorkloadBatch(seed_, n).apply_to(model);
    }
    return model;
  }

  // What is wrong with what `engine` holds, in one sentence; empty: nothing. `found` gets the number
  // of batches it holds.
  [[nodiscard]] std::string check(detail::Engine& engine, std::uint64_t acked, std::uint64_t issued,
                                  std::uint64_t& found) const {
    auto view = engine.view();
    if (!view) return "no view: " + view.error().message();
    auto head = (*view)->get("/head");
    if (!head) return "/head cannot be read: " + head.error().message();
    found = head->has_value() ? std::stoull(std::string(**head)) : 0;
    if (found < acked) {
      return "batch " + std::to_string(acked) + " was acknowledged, the store ends with " +
             std::to_string(found);
    }
    if (found > issued) return "the store holds batch " + std::to_string(found) + ", never issued";
    const Model model = after(found);
    auto cursor = (*view)->scan("/", {});
    if (!cursor) return "no scan: " + cursor.error().message();
    auto expected = model.begin();
    for (;;) {
      auto more = (*cursor)->next();
      if (!more) return "a record cannot be read: " + more.error().message();
      if (!*more) break;
      const std::string key((*cursor)->key());
      if (expected == model.end() || expected->first != key ||
          expected->second != (*cursor)->value()) {
        return "after " + std::to_string(found) + " batches the record " + key + " is wrong";
      }
      ++expected;
    }
    if (expected != model.end()) {
      return "after " + std::to_string(found) + " batches " + expected->first + " is missing";
    }
    return {};
  }

 private:
  static constexpr std::uint64_t kept_every = 5;

  std::uint64_t seed_;
  std::vector<Model> kept_;  // After 5, 10, 15 batches and so on.
};

// The same for one store.
inline std::string check_workload(detail::Engine& engine, std::uint64_t seed, std::uint64_t acked,
                                  std::uint64_t issued, std::uint64_t& found) {
  return Workload(seed).check(engine, acked, issued, found);
}

}  // namespace stet::test
