// stet/persistence/detail/log_state.hpp - what a log has in memory, and what of it is to be written.
//
// Items never change: what is to be written follows from two pairs of numbers, the first and the
// next one in memory and in the store. The root record names the first. It is written with the
// first item and with each cut; so numbers go on where they were, also when no item is left.
//
// Threads    One at a time, as the log.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/detail/bring_forward.hpp>
#include <stet/persistence/detail/container.hpp>
#include <stet/persistence/detail/container_state.hpp>
#include <stet/persistence/detail/hydrate.hpp>
#include <stet/persistence/detail/numbered_root.hpp>
#include <stet/persistence/key.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/persistence/type_info.hpp>

namespace stet {

// The items from number `first` on.
template <class T>
struct LogItems {
  std::uint64_t first = 0;
  std::deque<T> items;

  [[nodiscard]] std::uint64_t next() const noexcept { return first + items.size(); }
  friend bool operator==(const LogItems&, const LogItems&) = default;
};

namespace detail {

inline constexpr std::string_view log_root = "log";

// A log as it is read.
template <class T>
class LogTable final : public EntrySink {
 public:
  [[nodiscard]] KeyTag tag() const noexcept override { return KeyTag::item; }
  Result<void> take_root(std::string_view scope, std::string_view record) override {
    const Result<std::uint64_t> first = parse_numbered_root(scope, record, log_root);
    if (!first) return first.error();
    table.first = *first;
    has_root = true;
    return {};
  }
  Result<void> take_entry(const EntryView& entry) override {
    if (!has_root) return Error(Errc::corrupt, "items of a log without its root");
    if (auto good = check_item_number(entry.element, table.next()); !good) return good;
    T item{};
    if (auto done = decode_version(entry.codec_version, entry.value, item); !done) return done;
    table.items.push_back(std::move(item));
    return {};
  }

  LogItems<T> table;
  bool has_root = false;
};

template <class T>
class LogState final : public ContainerState {
 public:
  using Entries = LogTable<T>;

  LogState(std::shared_ptr<Unit> unit, Claim claim) noexcept
      : ContainerState(std::move(unit), std::move(claim)) {
    mark_broken();  // Until all items are read.
  }
  ~LogState() override { leave_turn(); }

  // All of its items, as they are stored.
  void take(Entries&& entries) {
    items_ = std::move(entries.table);
    stored_first_ = items_.first;
    stored_next_ = items_.next();
    has_root_ = entries.has_root;
    mark_sound();
  }
  [[nodiscard]] const LogItems<T>& table() const noexcept { return items_; }
  void append(T&& item) { items_.items.push_back(std::move(item)); }
  void cut_before(std::uint64_t number) {
    const std::uint64_t first = std::clamp(number, items_.first, items_.next());
    const auto gone = static_cast<std::ptrdiff_t>(first - items_.first);
    items_.items.erase(items_.items.begin(), items_.items.begin() + gone);
    items_.first = first;
  }

  Result<void> write_to(ChangeWriter& writer, std::uint64_t revision) override {
    const std::size_t bytes_before = writer.bytes();
    const std::uint32_t operations_before = writer.operations();
    const std::uint64_t next = items_.next();
    if (items_.first != stored_first_ || (!has_root_ && next != stored_next_)) {
      put_root(writer, revision);
    }
    for (std::uint64_t gone = stored_first_; gone < std::min(items_.first, stored_next_); ++gone) {
      writer.erase(number_key(gone), true);
    }
    for (std::uint64_t fresh = std::max(items_.first, stored_next_); fresh < next; ++fresh) {
      if (const std::size_t bytes = put(writer, fresh, revision); bytes > record_bytes_max) {
        writer.rewind(bytes_before, operations_before);
        return too_large(bytes);
      }
    }
    has_root_ = has_root_ || writer.operations() != operations_before;
    stored_first_ = items_.first;
    stored_next_ = next;
    return {};
  }

 private:
  // Valid until the next call.
  [[nodiscard]] std::string_view number_key(std::uint64_t number) {
    const std::size_t before_number = scope().size() + 2;
    if (key_.empty()) key_ = element_key(scope(), KeyTag::item, {});
    key_.resize(before_number);
    append_ordered(key_, number);
    return key_;
  }
  void put_root(ChangeWriter& writer, std::uint64_t revision) {
    writer.put(scope(), true, [&](Buffer& to) {
      encode_record(
          scope(), root_header(*unit()->link(), 1, revision),
          [this](Buffer& out) { encode_numbered_root(log_root, items_.first, out); }, to);
    });
  }
  // The record's size.
  std::size_t put(ChangeWriter& writer, std::uint64_t number, std::uint64_t revision) {
    const RecordHeader header{.revision = revision, .codec_version = saved_version<T>()};
    const T& item = items_.items[static_cast<std::size_t>(number - items_.first)];
    const std::string_view key = number_key(number);
    std::size_t record_bytes = 0;
    writer.put(key, true, [&](Buffer& to) {
      const std::size_t record_at = to.size();
      encode_record(
          key, header, [&item](Buffer& out) { encode(item, out); }, to);
      record_bytes = to.size() - record_at;
    });
    return record_bytes;
  }

  LogItems<T> items_;
  std::uint64_t stored_first_ = 0;
  std::uint64_t stored_next_ = 0;
  bool has_root_ = false;
  std::string key_;
};

}  // namespace detail
}  // namespace stet
