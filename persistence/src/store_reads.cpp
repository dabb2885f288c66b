// persistence/src/store_reads.cpp - reading what was written before, committed or not.
//
// What waits in batches is newer than the engine. A scan merges both, so it neither waits for a
// commit nor misses a write that came before it.
#include <algorithm>
#include <utility>

#include <stet/persistence/key.hpp>

#include "store_actor.hpp"

namespace stet::detail {

Batch::Lookup StoreActor::pending(std::string_view key) const noexcept {
  for (auto batch = batches_.rbegin(); batch != batches_.rend(); ++batch) {
    const Batch::Lookup found = (*batch)->find(key);
    if (found.found != Batch::Found::unknown) return found;
  }
  return {};
}

// Kept until the next commit or until no mail waits: many reads in a row share one.
Result<View*> StoreActor::view() {
  if (view_ == nullptr) {
    Result<std::unique_ptr<View>> begun = engine_->view();
    if (!begun) return begun.error();
    view_ = std::move(begun).value();
  }
  return view_.get();
}

Result<std::optional<std::string_view>> StoreActor::read(std::string_view key) {
  const Batch::Lookup found = pending(key);
  if (found.found == Batch::Found::present) return std::optional(found.value);
  if (found.found == Batch::Found::absent) return std::optional<std::string_view>();
  const Result<View*> current = view();
  if (!current) return current.error();
  return (*current)->get(key);
}

void StoreActor::handle(const Get& message, Promise<Get> answer) {
  if (auto good = check_key(message.key); !good) return answer.fail(good.error());
  const Result<std::optional<std::string_view>> found = read(message.key);
  if (!found) return answer.fail(found.error());
  std::optional<std::string> value;
  if (*found) value.emplace(**found);
  answer.resolve(std::move(value));
}

void StoreActor::handle(const Scan& message, Promise<Scan> answer) {
  if (auto good = check_scope(message.scope); !good) return answer.fail(good.error());
  const std::size_t records_max =
      std::clamp<std::size_t>(message.records_max, 1, Scan::page_records_max);
  // The first key that may follow: nothing lies between a key and the key with a zero byte after
  // it.
  const std::string first = message.after.empty() ? std::string() : message.after + '\0';
  Page page;
  std::size_t bytes = 0;
  for (const KeyRange& range : scope_range(message.scope)) {
    const std::string& from = std::max(range.from, first);
    if (page.more || from >= range.to) continue;
    if (auto good = scan_range(from, range.to, records_max, bytes, page); !good) {
      return answer.fail(good.error());
    }
  }
  answer.resolve(std::move(page));
}

Result<void> StoreActor::scan_range(std::string_view from, std::string_view to,
                                    std::size_t records_max, std::size_t& bytes, Page& page) {
  std::vector<std::string_view> written;
  for (const auto& batch : batches_) batch->append_keys(from, to, written);
  std::sort(written.begin(), written.end());
  written.erase(std::unique(written.begin(), written.end()), written.end());

  const Result<View*> current = view();
  if (!current) return current.error();
  Result<std::unique_ptr<Cursor>> cursor = (*current)->scan(from, to);
  if (!cursor) return cursor.error();
  Result<bool> stored = (*cursor)->next();
  auto next_written = written.begin();
  for (;;) {
    if (!stored) return stored.error();
    const bool has_written = next_written != written.end();
    if (!*stored && !has_written) return {};
    const bool take_written = has_written && (!*stored || *next_written <= (*cursor)->key());
    const std::string_view key = take_written ? *next_written : (*cursor)->key();
    const bool take_stored = *stored && key == (*cursor)->key();
    const Batch::Lookup newer = pending(key);
    const bool is_there = newer.found == Batch::Found::present ||
                          (newer.found == Batch::Found::unknown && take_stored);
    if (is_there) {
      const std::string_view value =
          newer.found == Batch::Found::present ? newer.value : (*cursor)->value();
      const bool is_over = bytes + key.size() + value.size() > Scan::page_bytes_max;
      if (page.records.size() >= records_max || (is_over && !page.records.empty())) {
        page.more = true;
        return {};
      }
      bytes += key.size() + value.size();
      page.records.push_back({std::string(key), std::string(value)});
    }
    if (take_written) ++next_written;
    if (take_stored) stored = (*cursor)->next();
  }
}

}  // namespace stet::detail
