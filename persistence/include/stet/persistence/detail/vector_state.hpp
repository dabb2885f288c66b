// stet/persistence/detail/vector_state.hpp - what a vector has in memory, and what of it is to be
// written.
//
// What a turn touches is noted by index; what it has pushed lies behind the least size the vector
// had since it was last written. So what is pushed and popped in one turn is not written, and an
// element that changes often is one record.
//
// Threads    One at a time, as the vector.
// Bounds     The note of touched indexes is no more than twice as long as there are different ones.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/detail/bring_forward.hpp>
#include <stet/persistence/detail/container.hpp>
#include <stet/persistence/detail/container_state.hpp>
#include <stet/persistence/detail/hydrate.hpp>
#include <stet/persistence/detail/numbered_root.hpp>
#include <stet/persistence/key.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/persistence/type_info.hpp>

namespace stet::detail {

inline constexpr std::string_view vector_root = "vector";

// A vector as it is read.
template <class T>
class VectorTable final : public EntrySink {
 public:
  [[nodiscard]] KeyTag tag() const noexcept override { return KeyTag::item; }
  Result<void> take_root(std::string_view scope, std::string_view record) override {
    const Result<std::uint64_t> found = parse_numbered_root(scope, record, vector_root);
    if (!found) return found.error();
    size = *found;
    has_root = true;
    return {};
  }
  Result<void> take_entry(const EntryView& entry) override {
    if (!has_root) return Error(Errc::corrupt, "elements of a vector without its root");
    if (auto good = check_item_number(entry.element, table.size()); !good) return good;
    T item{};
    UnknownFields unknown;
    if (auto done = decode_version(entry.codec_version, entry.value, item, &unknown); !done) {
      return done;
    }
    if (!unknown.empty()) kept.insert_or_assign(kept.end(), table.size(), std::move(unknown));
    table.push_back(std::move(item));
    return {};
  }
  Result<void> take_end() override {
    if (table.size() == size) return {};
    return Error(Errc::corrupt, std::to_string(table.size()) + " elements where the root says " +
                                    std::to_string(size));
  }

  std::vector<T> table;
  std::map<std::size_t, UnknownFields> kept;  // Of a newer program, where an element has any.
  std::uint64_t size = 0;
  bool has_root = false;
};

template <class T>
class VectorState final : public ContainerState {
 public:
  using Entries = VectorTable<T>;

  VectorState(std::shared_ptr<Unit> unit, Claim claim) noexcept
      : ContainerState(std::move(unit), std::move(claim)) {
    mark_broken();  // Until all elements are read.
  }
  ~VectorState() override { leave_turn(); }

  // All of its elements, as they are stored.
  void take(Entries&& entries) {
    items_ = std::move(entries.table);
    kept_ = std::move(entries.kept);
    has_root_ = entries.has_root;
    stored_size_ = least_size_ = items_.size();
    touched_.clear();
    mark_sound();
  }
  [[nodiscard]] const std::vector<T>& table() const noexcept { return items_; }

  void push_back(T&& item) { items_.push_back(std::move(item)); }
  // Before the element is changed. Requires index < size.
  [[nodiscard]] T& touch(std::size_t index) {
    if (index < least_size_ && (touched_.empty() || touched_.back() != index)) {
      if (touched_.size() >= settle_at_) settle();
      touched_.push_back(index);
    }
    return items_[index];
  }
  // Nothing of a newer program stays with an element that takes the place of the one it came with.
  void forget_unknown(std::size_t index) noexcept { kept_.erase(index); }
  void resize(std::size_t size) {
    items_.resize(size);
    least_size_ = std::min(least_size_, size);
    kept_.erase(kept_.lower_bound(size), kept_.end());
  }

  Result<void> write_to(ChangeWriter& writer, std::uint64_t revision) override {
    const std::size_t bytes_before = writer.bytes();
    const std::uint32_t operations_before = writer.operations();
    const std::size_t size = items_.size();
    if (size != stored_size_ || (!has_root_ && size != 0)) put_root(writer, revision);
    erase_behind(writer, size);
    settle();
    std::size_t largest = 0;
    for (const std::size_t index : touched_) {
      if (index < least_size_) largest = std::max(largest, put(writer, index, revision));
    }
    for (std::size_t fresh = least_size_; fresh < size; ++fresh) {
      largest = std::max(largest, put(writer, fresh, revision));
    }
    if (largest > record_bytes_max) {
      writer.rewind(bytes_before, operations_before);
      return too_large(largest);
    }
    has_root_ = has_root_ || size != 0;
    stored_size_ = least_size_ = size;
    touched_.clear();
    return {};
  }

 private:
  static constexpr std::size_t settle_at_least = 64;
  // From so many on one range is cheaper than an erase an element: a commit takes few ranges.
  static constexpr std::size_t range_from = 64;

  // Each index once, in order.
  void settle() {
    std::sort(touched_.begin(), touched_.end());
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    settle_at_ = std::max(settle_at_least, 2 * touched_.size());
  }
  void erase_behind(ChangeWriter& writer, std::size_t size) {
    if (size >= stored_size_) return;
    if (stored_size_ - size >= range_from) {
      writer.erase_items(index_key(size));
      return;
    }
    for (std::size_t gone = size; gone < stored_size_; ++gone) {
      writer.erase(index_key(gone), true);
    }
  }
  // Valid until the next call.
  [[nodiscard]] std::string_view index_key(std::size_t index) {
    const std::size_t before_index = scope().size() + 2;
    if (key_.empty()) key_ = element_key(scope(), KeyTag::item, {});
    key_.resize(before_index);
    append_ordered(key_, std::uint64_t{index});
    return key_;
  }
  void put_root(ChangeWriter& writer, std::uint64_t revision) {
    writer.put(scope(), true, [&](Buffer& to) {
      encode_record(
          scope(), root_header(*unit()->link(), 1, revision),
          [this](Buffer& out) { encode_numbered_root(vector_root, items_.size(), out); }, to);
    });
  }
  // The record's size.
  std::size_t put(ChangeWriter& writer, std::size_t index, std::uint64_t revision) {
    const RecordHeader header{.revision = revision, .codec_version = saved_version<T>()};
    const std::string_view key = index_key(index);
    std::size_t record_bytes = 0;
    writer.put(key, true, [&](Buffer& to) {
      const std::size_t record_at = to.size();
      encode_record(
          key, header, [this, index](Buffer& out) { encode_item(index, out); }, to);
      record_bytes = to.size() - record_at;
    });
    return record_bytes;
  }
  void encode_item(std::size_t index, Buffer& out) const {
    const auto kept = kept_.find(index);
    if (kept == kept_.end()) return encode<T>(items_[index], out);
    encode<T>(items_[index], out, kept->second);
  }

  std::vector<T> items_;
  std::map<std::size_t, UnknownFields> kept_;
  std::vector<std::size_t> touched_;
  std::size_t settle_at_ = settle_at_least;
  std::size_t stored_size_ = 0;
  std::size_t least_size_ = 0;  // Since the last write.
  bool has_root_ = false;
  std::string key_;
};

}  // namespace stet::detail
