// persistence/src/journal/layered_view.cpp - looking up and scanning through layers.
#include "layered_view.hpp"

#include <algorithm>

namespace stet::detail {

std::optional<std::optional<std::string_view>> find_in_layers(const Layers& layers,
                                                              std::string_view key) noexcept {
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    if (const SortedRun::Entry* found = (*layer)->find(key)) {
      return found->is_put() ? std::optional(found->value()) : std::optional<std::string_view>();
    }
    if ((*layer)->ranges().covers(key)) return std::optional<std::string_view>();
  }
  return std::nullopt;
}

Result<std::int64_t> records_added(const Layers& layers, const View& below) {
  std::int64_t added = 0;
  if (layers.empty()) return added;
  const std::shared_ptr<const SortedRun> run = merge_all(layers);
  for (const auto& [from, to] : run->ranges()) {
    const Result<std::unique_ptr<Cursor>> cursor = below.scan(from, to);
    if (!cursor) return cursor.error();
    Result<bool> more = (*cursor)->next();
    for (; more && *more; more = (*cursor)->next()) --added;
    if (!more) return more.error();
  }
  for (const SortedRun::Entry& entry : run->entries()) {
    const auto found = below.get(entry.key());
    if (!found) return found.error();
    const bool is_there = found->has_value() && !run->ranges().covers(entry.key());
    if (entry.is_put() != is_there) added += entry.is_put() ? 1 : -1;
  }
  return added;
}

LayeredCursor::LayeredCursor(const Layers& layers, std::unique_ptr<Cursor> below,
                             std::string_view from, std::string_view to, View::Order order)
    : below_(std::move(below)), order_(order) {
  places_.reserve(layers.size());
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    const SortedRun& run = **layer;
    has_ranges_ = has_ranges_ || !run.ranges().empty();
    const std::size_t low = run.lower_bound(from);
    const std::size_t high = to.empty() ? run.entries().size() : run.lower_bound(to);
    places_.push_back({&run, low, std::max(low, high)});
  }
  choose_next();
}

const SortedRun::Entry* LayeredCursor::head(const Place& place) const noexcept {
  if (place.low == place.high) return nullptr;
  const auto& entries = place.run->entries();
  return &entries[order_ == View::Order::forward ? place.low : place.high - 1];
}

void LayeredCursor::choose_next() noexcept {
  next_ = nullptr;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const SortedRun::Entry* entry = head(places_[i]);
    // Of equal keys the first one stays: it is the newest.
    if (entry == nullptr || (next_ != nullptr && !is_before(entry->key(), next_->key()))) continue;
    next_ = entry;
    next_layer_ = i;
  }
}

// Behind next_, in all layers that have its key.
void LayeredCursor::pass_next() noexcept {
  const std::string_view key = next_->key();
  for (Place& place : places_) {
    const SortedRun::Entry* entry = head(place);
    if (entry == nullptr || entry->key() != key) continue;
    if (order_ == View::Order::forward) {
      ++place.low;
    } else {
      --place.high;
    }
  }
  choose_next();
}

// By a range of a layer newer than this one.
bool LayeredCursor::is_erased_above(std::size_t layer, std::string_view key) const noexcept {
  if (!has_ranges_) return false;
  for (std::size_t i = 0; i < layer; ++i) {
    if (places_[i].run->ranges().covers(key)) return true;
  }
  return false;
}

Result<bool> LayeredCursor::next() {
  // Bounded: each round passes a record.
  for (;;) {
    if (!below_is_read_ && !below_ended_) {
      const Result<bool> more = below_->next();
      if (!more) return more.error();
      below_is_read_ = *more;
      below_ended_ = !*more;
    }
    if (next_ == nullptr && !below_is_read_) return false;
    if (next_ == nullptr || (below_is_read_ && is_before(below_->key(), next_->key()))) {
      key_ = below_->key();
      value_ = below_->value();
      below_is_read_ = false;
      if (is_erased_above(places_.size(), key_)) continue;
      return true;
    }
    if (below_is_read_ && below_->key() == next_->key()) below_is_read_ = false;
    const SortedRun::Entry* entry = next_;
    const std::size_t layer = next_layer_;
    pass_next();
    if (!entry->is_put() || is_erased_above(layer, entry->key())) continue;
    key_ = entry->key();
    value_ = entry->value();
    return true;
  }
}

Result<std::optional<std::string_view>> LayeredView::get(std::string_view key) const {
  if (const auto found = find_in_layers(layers_, key)) return *found;
  return below_->get(key);
}

Result<std::unique_ptr<Cursor>> LayeredView::scan(std::string_view from, std::string_view to,
                                                  Order order) const {
  Result<std::unique_ptr<Cursor>> below = below_->scan(from, to, order);
  if (!below || layers_.empty()) return below;
  return Result<std::unique_ptr<Cursor>>(
      std::make_unique<LayeredCursor>(layers_, std::move(below).value(), from, to, order));
}

}  // namespace stet::detail
