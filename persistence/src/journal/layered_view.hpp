// persistence/src/journal/layered_view.hpp - runs laid over a view, read as one.
//
// The newest layer that says anything about a key decides. What a layer erased by a range hides all
// that is older, never what the same layer put.
//
// Threads    One at a time.
// Ownership  Keeps the layers and the view below.
// Errors     Those of the view below; no_memory.
// Bounds     A lookup asks each layer; a step of a scan compares one key of each. Records that a
//            range hides are walked over one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../engine.hpp"
#include "overlay.hpp"

namespace stet::detail {

// What the layers say of a key; nullopt: nothing. The inner one is empty where it is gone.
[[nodiscard]] std::optional<std::optional<std::string_view>> find_in_layers(
    const Layers& layers, std::string_view key) noexcept;

// How many records more there are with the layers than below. Looks up each key of theirs, and counts
// what their ranges erase.
[[nodiscard]] Result<std::int64_t> records_added(const Layers& layers, const View& below);

// Merges layers into a cursor over what lies below them, of the same bounds and order.
class LayeredCursor final : public Cursor {
 public:
  // `layers` and what they hold outlive it.
  LayeredCursor(const Layers& layers, std::unique_ptr<Cursor> below, std::string_view from,
                std::string_view to, View::Order order);

  [[nodiscard]] Result<bool> next() override;
  [[nodiscard]] std::string_view key() const noexcept override { return key_; }
  [[nodiscard]] std::string_view value() const noexcept override { return value_; }

 private:
  // The entries of one layer that are still to come: [low, high).
  struct Place {
    const SortedRun* run = nullptr;
    std::size_t low = 0;
    std::size_t high = 0;
  };

  [[nodiscard]] const SortedRun::Entry* head(const Place& place) const noexcept;
  [[nodiscard]] bool is_before(std::string_view left, std::string_view right) const noexcept {
    return order_ == View::Order::forward ? left < right : right < left;
  }
  void choose_next() noexcept;
  void pass_next() noexcept;
  [[nodiscard]] bool is_erased_above(std::size_t layer, std::string_view key) const noexcept;

  const std::unique_ptr<Cursor> below_;
  const View::Order order_;
  std::vector<Place> places_;  // Newest first.
  bool has_ranges_ = false;
  const SortedRun::Entry* next_ = nullptr;  // Of the layers, with the one it is in.
  std::size_t next_layer_ = 0;
  bool below_is_read_ = false;  // Its record is still to come.
  bool below_ended_ = false;
  std::string_view key_;
  std::string_view value_;
};

class LayeredView final : public View {
 public:
  // `layers`: oldest first, all newer than `below`.
  LayeredView(Layers layers, std::unique_ptr<View> below, CommitNumber number)
      : layers_(std::move(layers)), below_(std::move(below)), number_(number) {}

  [[nodiscard]] CommitNumber number() const noexcept override { return number_; }
  [[nodiscard]] Result<std::optional<std::string_view>> get(std::string_view key) const override;
  [[nodiscard]] Result<std::unique_ptr<Cursor>> scan(std::string_view from, std::string_view to,
                                                     Order order) const override;

 private:
  const Layers layers_;
  const std::unique_ptr<View> below_;
  const CommitNumber number_;
};

}  // namespace stet::detail
