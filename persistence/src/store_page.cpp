// persistence/src/store_page.cpp - stepping through a view, and through batches over it.
#include "store_page.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <stet/persistence/key.hpp>
#include <stet/persistence/scope.hpp>

namespace stet::detail {
namespace {

class PageReader {
 public:
  PageReader(const View& view, const Scan& question, const Batches* newer)
      : view_(view),
        newer_(newer),
        order_(question.order == ScanOrder::forward ? View::Order::forward : View::Order::backward),
        records_max_(std::clamp<std::size_t>(question.records_max, 1, Scan::page_records_max)),
        bytes_max_(std::min(question.bytes_max, group_bytes_max)) {}

  [[nodiscard]] Result<void> read(std::string_view from, std::string_view to);
  [[nodiscard]] bool is_full() const noexcept { return page_.more; }
  [[nodiscard]] Page take() noexcept { return std::move(page_); }

 private:
  [[nodiscard]] bool is_before(std::string_view left, std::string_view right) const noexcept {
    return order_ == View::Order::forward ? left < right : right < left;
  }
  [[nodiscard]] std::vector<std::string_view> written(std::string_view from,
                                                      std::string_view to) const;
  // False: the page is full.
  [[nodiscard]] bool add(std::string_view key, std::string_view value);

  const View& view_;
  const Batches* const newer_;
  const View::Order order_;
  const std::size_t records_max_;
  const std::size_t bytes_max_;
  Page page_;
  std::size_t bytes_ = 0;
};

std::vector<std::string_view> PageReader::written(std::string_view from,
                                                  std::string_view to) const {
  std::vector<std::string_view> keys;
  if (newer_ == nullptr) return keys;
  for (const auto& batch : *newer_) batch->append_keys(from, to, keys);
  std::sort(keys.begin(), keys.end(),
            [this](const auto& left, const auto& right) { return is_before(left, right); });
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

bool PageReader::add(std::string_view key, std::string_view value) {
  const bool is_over = bytes_ + key.size() + value.size() > bytes_max_;
  if (page_.records.size() >= records_max_ || (is_over && !page_.records.empty())) {
    page_.more = true;
    return false;
  }
  bytes_ += key.size() + value.size();
  page_.records.push_back({std::string(key), std::string(value)});
  return true;
}

Result<void> PageReader::read(std::string_view from, std::string_view to) {
  const std::vector<std::string_view> keys = written(from, to);
  auto next_written = keys.begin();
  Result<std::unique_ptr<Cursor>> cursor = view_.scan(from, to, order_);
  if (!cursor) return cursor.error();
  Result<bool> stored = (*cursor)->next();
  for (;;) {
    if (!stored) return stored.error();
    const bool has_written = next_written != keys.end();
    if (!*stored && !has_written) return {};
    const bool take_written =
        has_written && (!*stored || !is_before((*cursor)->key(), *next_written));
    const std::string_view key = take_written ? *next_written : (*cursor)->key();
    const bool take_stored = *stored && key == (*cursor)->key();
    const Batch::Lookup newer = newer_ == nullptr ? Batch::Lookup{} : find_in(*newer_, key);
    if (newer.found == Batch::Found::present) {
      if (!add(key, newer.value)) return {};
    } else if (newer.found == Batch::Found::unknown && take_stored) {
      if (!add(key, (*cursor)->value())) return {};
    }
    if (take_written) ++next_written;
    if (take_stored) stored = (*cursor)->next();
  }
}

}  // namespace

Batch::Lookup find_in(const Batches& batches, std::string_view key) noexcept {
  for (auto batch = batches.rbegin(); batch != batches.rend(); ++batch) {
    const Batch::Lookup found = (*batch)->find(key);
    if (found.found != Batch::Found::unknown) return found;
  }
  return {};
}

Result<void> check_scope_path(std::string_view path) {
  const Scope scope = Scope::base(path);
  if (!scope.ok()) return scope.error();
  if (scope.path() != path) {
    return Error(Errc::invalid_argument, "scope \"" + std::string(path) + "\" is written \"" +
                                             scope.path() + "\": use that");
  }
  return {};
}

Result<std::optional<std::string>> read_copy(const View& view, std::string_view key) {
  const Result<std::optional<std::string_view>> found = view.get(key);
  if (!found) return found.error();
  std::optional<std::string> value;
  if (*found) value.emplace(**found);
  return value;
}

Result<Page> read_page(const View& view, const Scan& question, const Batches* newer) {
  PageReader reader(view, question, newer);
  const bool forward = question.order == ScanOrder::forward;
  const bool goes_on = !question.after.empty();
  // Nothing lies between a key and the key with a zero byte after it.
  const std::string first = goes_on && forward ? question.after + '\0' : std::string();
  auto ranges = scope_range(question.scope);
  if (!forward) std::reverse(ranges.begin(), ranges.end());
  for (const KeyRange& range : ranges) {
    const std::string& from = std::max(range.from, first);
    const std::string& to = goes_on && !forward ? std::min(range.to, question.after) : range.to;
    if (reader.is_full() || from >= to) continue;
    if (auto good = reader.read(from, to); !good) return good.error();
  }
  return reader.take();
}

}  // namespace stet::detail
