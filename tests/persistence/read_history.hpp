// tests/persistence/read_history.hpp - does each read see all that was sent before it?
//
// One actor sends writes and reads without waiting for answers, and keeps every state that there was
// after a write. An answer is right if it shows one of the states from its question to now; a page
// must show one state as a whole. So it may see what was sent later, but never miss what was sent
// before, nor mix.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/store_messages.hpp>
#include <stet/runtime/actor.hpp>

namespace stet::test {

struct ReadHistory {
  using State = std::map<std::string, std::string>;
  std::vector<State> states{State{}};
  std::size_t questions = 0;
  std::size_t answers = 0;
  std::size_t wrong = 0;   // Answers that show none of the states they may show.
  std::size_t failed = 0;  // Answers that are errors.
};

struct WriteAndRead {
  std::size_t operations = 0;
};

class HistoryClient : public Actor<HistoryClient> {
 public:
  HistoryClient(std::shared_ptr<detail::StoreLink> link, std::uint64_t seed, ReadHistory& history)
      : link_(std::move(link)), random_(seed), history_(&history) {}

  void handle(const WriteAndRead& message) {
    for (std::size_t i = 0; i < message.operations; ++i) {
      switch (random_() % 8) {
        case 0: remove(); break;
        case 1: remove_below(); break;
        case 2:
        case 3: insert(); break;
        case 4:
        case 5: get(); break;
        default: scan(); break;
      }
    }
  }

 private:
  [[nodiscard]] std::string random_key() { return "//h/" + std::to_string(random_() % 12); }
  [[nodiscard]] ReadHistory::State& next_state() {
    return history_->states.emplace_back(history_->states.back());
  }

  void insert() {
    std::string key = random_key();
    std::string value = std::to_string(history_->states.size());  // Of one write only.
    next_state()[key] = value;
    link_->insert.send(std::move(key), std::move(value));
  }
  void remove() {
    std::string key = random_key();
    next_state().erase(key);
    link_->remove.send(std::move(key));
  }
  void remove_below() {
    next_state().clear();
    link_->remove_prefix.send("//h");
  }
  void get() {
    const std::string key = random_key();
    const auto value_in = [key](const ReadHistory::State& state) {
      const auto found = state.find(key);
      return found == state.end() ? std::nullopt : std::optional(found->second);
    };
    expect(link_->get.ask(key), value_in);
  }
  void scan() {
    Scan question{"//h"};
    question.order = random_() % 2 == 0 ? ScanOrder::forward : ScanOrder::backward;
    question.records_max = static_cast<std::uint32_t>(1 + random_() % 12);
    if (random_() % 2 == 0) question.after = random_key();
    const auto page_in = [question](const ReadHistory::State& state) {
      std::vector<std::pair<std::string, std::string>> records;
      const bool forward = question.order == ScanOrder::forward;
      const auto take = [&](const auto& record) {
        const bool is_behind = question.after.empty() || (forward ? record.first > question.after
                                                                  : record.first < question.after);
        if (is_behind) records.push_back(record);
      };
      if (forward) {
        for (auto it = state.begin(); it != state.end(); ++it) take(*it);
      } else {
        for (auto it = state.rbegin(); it != state.rend(); ++it) take(*it);
      }
      const bool more = records.size() > question.records_max;
      if (more) records.resize(question.records_max);
      return std::pair(std::move(records), more);
    };
    expect(link_->scan.ask(question), page_in);
  }

  template <class M, class F>
  void expect(Ask<M> question, F part_of) {
    ++history_->questions;
    std::move(question).then(*this, [this, part_of, sent_at = history_->states.size() - 1](
                                        const Result<typename Ask<M>::Reply>& answer) {
      ++history_->answers;
      if (!answer) {
        ++history_->failed;
        return;
      }
      for (std::size_t i = sent_at; i < history_->states.size(); ++i) {
        if (is_same(*answer, part_of(history_->states[i]))) return;
      }
      ++history_->wrong;
    });
  }
  template <class T>
  [[nodiscard]] static bool is_same(const std::optional<std::string>& found, const T& expected) {
    return found == expected;
  }
  template <class T>
  [[nodiscard]] static bool is_same(const Page& found, const T& expected) {
    if (found.more != expected.second || found.records.size() != expected.first.size()) {
      return false;
    }
    for (std::size_t i = 0; i < found.records.size(); ++i) {
      if (found.records[i].key != expected.first[i].first ||
          found.records[i].value != expected.first[i].second) {
        return false;
      }
    }
    return true;
  }

  std::shared_ptr<detail::StoreLink> link_;
  std::mt19937_64 random_;
  ReadHistory* history_;
};

}  // namespace stet::test
