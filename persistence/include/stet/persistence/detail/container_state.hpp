// stet/persistence/detail/container_state.hpp - what a container has in memory, and what of it is
// to be written.
//
// The table is a std::map or std::set. What a turn touches is noted by key; at its end each of
// these keys is looked up once: there, its record is put; not there, erased. So an entry that
// changes often in a turn is one record.
//
// Threads    One at a time, as the container.
// Bounds     The note of touched keys is no more than twice as long as there are different ones.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/detail/bring_forward.hpp>
#include <stet/persistence/detail/container.hpp>
#include <stet/persistence/detail/container_key.hpp>
#include <stet/persistence/detail/state.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/persistence/type_info.hpp>

namespace stet::detail {

class ContainerState : public State {
 public:
  using State::State;

  // On a host thread: fills what take() is then called with. Changes are refused until it is.
  [[nodiscard]] Result<void> read_all(EntrySink& sink, std::chrono::nanoseconds timeout);

 protected:
  // Valid until the next call.
  [[nodiscard]] std::string_view key_of(std::string_view element);
  [[nodiscard]] Error too_large(std::size_t bytes) const;

 private:
  std::string key_;
};

// A map's values; what a set has instead is nil.
template <class Table>
struct ValueOf {
  using type = std::monostate;
};
template <class Table>
  requires requires { typename Table::mapped_type; }
struct ValueOf<Table> {
  using type = typename Table::mapped_type;
};

// A table as it is read.
template <class Table>
class EntryTable final : public EntrySink {
 public:
  using Key = typename Table::key_type;
  using Value = typename ValueOf<Table>::type;
  static constexpr bool is_map = !std::is_same_v<Value, std::monostate>;

  Result<void> take_entry(const EntryView& entry) override {
    Key key{};
    std::string_view element = entry.element;
    if (!take_key(element, key)) return Error(Errc::corrupt, "an entry with a key of another type");
    Value value{};
    UnknownFields unknown;
    if (auto done = decode_version(entry.codec_version, entry.value, value, &unknown); !done)
      return done;
    if (!unknown.empty()) kept.insert_or_assign(key, std::move(unknown));
    if constexpr (is_map) {
      table.insert_or_assign(table.end(), std::move(key), std::move(value));
    } else {
      table.insert(table.end(), std::move(key));
    }
    return {};
  }

  Table table;
  std::map<Key, UnknownFields> kept;  // Of a newer program, where an entry has any.
};

template <class Table>
class EntriesState final : public ContainerState {
 public:
  using Entries = EntryTable<Table>;
  using Key = typename Entries::Key;

  EntriesState(std::shared_ptr<Unit> unit, Claim claim) noexcept
      : ContainerState(std::move(unit), std::move(claim)) {
    mark_broken();  // Until all entries are read.
  }
  ~EntriesState() override { leave_turn(); }

  // All of its entries, as they are stored.
  void take(Entries&& entries) {
    entries_ = std::move(entries);
    touched_.clear();
    is_cleared_ = false;
    mark_sound();
  }

  [[nodiscard]] const Table& table() const noexcept { return entries_.table; }
  // Before the entry is changed.
  [[nodiscard]] Table& touch(const Key& key) {
    const bool is_last = !touched_.empty() && touched_.back() == key;
    if (is_last) return entries_.table;
    if (touched_.size() >= settle_at_) settle();
    touched_.push_back(key);
    return entries_.table;
  }
  // Nothing of a newer program stays with a value that takes the place of the one it came with.
  void forget_unknown(const Key& key) noexcept { entries_.kept.erase(key); }
  void clear() noexcept {
    if (entries_.table.empty() && touched_.empty()) return;
    entries_.table.clear();
    entries_.kept.clear();
    touched_.clear();
    is_cleared_ = true;
  }

  Result<void> write_to(ChangeWriter& writer, std::uint64_t revision) override {
    const std::size_t bytes_before = writer.bytes();
    const std::uint32_t operations_before = writer.operations();
    settle();
    if (is_cleared_) writer.erase_entries(scope());
    for (const Key& key : touched_) {
      const auto found = entries_.table.find(key);
      element_.clear();
      append_key(element_, key);
      const std::string_view record_key = key_of(element_);
      if (found == entries_.table.end()) {
        if (!is_cleared_) writer.erase(record_key, true);
        continue;
      }
      if (const std::size_t bytes = put(writer, record_key, revision, found);
          bytes > record_bytes_max) {
        writer.rewind(bytes_before, operations_before);
        return too_large(bytes);
      }
    }
    touched_.clear();
    is_cleared_ = false;
    return {};
  }

 private:
  static constexpr std::size_t settle_at_least = 64;

  // Each key once.
  void settle() {
    if (touched_.size() > 1) {
      std::sort(touched_.begin(), touched_.end());
      touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    }
    settle_at_ = std::max(settle_at_least, 2 * touched_.size());
  }

  // The record's size.
  std::size_t put(ChangeWriter& writer, std::string_view record_key, std::uint64_t revision,
                  typename Table::const_iterator entry) {
    std::size_t record_bytes = 0;
    const RecordHeader header{.revision = revision,
                              .codec_version = saved_version<typename Entries::Value>()};
    writer.put(record_key, true, [&](Buffer& to) {
      const std::size_t record_at = to.size();
      encode_record(
          record_key, header,
          [&](Buffer& out) {
            if (!is_whole_key(record_key)) append_cut_element(element_, out);
            encode_value(entry, out);
          },
          to);
      record_bytes = to.size() - record_at;
    });
    return record_bytes;
  }
  void encode_value(typename Table::const_iterator entry, Buffer& out) const {
    if constexpr (!Entries::is_map) {
      encode(std::monostate(), out);
    } else if (entries_.kept.empty()) {
      encode(entry->second, out);
    } else {
      const auto kept = entries_.kept.find(entry->first);
      if (kept == entries_.kept.end()) return encode(entry->second, out);
      encode(entry->second, out, kept->second);
    }
  }

  Entries entries_;
  std::vector<Key> touched_;
  std::size_t settle_at_ = settle_at_least;
  std::string element_;
  bool is_cleared_ = false;
};

}  // namespace stet::detail
