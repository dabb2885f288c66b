// stet/persistence/detail/value_sink.hpp - a value as it is read: its root record, and, where it is
// split, the records of its fields.
//
// Threads    One at a time.
// Errors     corrupt (also: a field that the root names is missing), newer_format. What was taken
// is
//            then of no use.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/detail/bring_forward.hpp>
#include <stet/persistence/detail/container.hpp>
#include <stet/persistence/detail/split.hpp>
#include <stet/runtime/result.hpp>

namespace stet::detail {

class ValueSink : public EntrySink {
 public:
  explicit ValueSink(std::uint64_t hash_seed) noexcept : hash_seed_(hash_seed) {}

  [[nodiscard]] KeyTag tag() const noexcept override { return KeyTag::field; }
  // The value begins anew.
  [[nodiscard]] Result<void> take_root(std::string_view scope, std::string_view record) override;
  [[nodiscard]] Result<void> take_entry(const EntryView& entry) override;
  [[nodiscard]] Result<void> take_end() override;

  // Nothing was taken: what comes next is read anew, the root with it.
  void reset() noexcept {
    stored_ = {};
    missing_.clear();
  }
  [[nodiscard]] bool has_root() const noexcept { return stored_.form != StoredValue::Form::none; }
  // The root says that fields follow.
  [[nodiscard]] bool is_split() const noexcept { return stored_.form == StoredValue::Form::split; }
  // The highest of its records.
  [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }
  [[nodiscard]] StoredValue take_stored() noexcept { return std::move(stored_); }

 protected:
  [[nodiscard]] virtual std::uint16_t known_version() const noexcept = 0;
  [[nodiscard]] virtual Result<void> take_packed(std::uint16_t version,
                                                 std::string_view payload) = 0;
  // How many there are; nullopt: it is no struct. After it take_field(), in any order.
  [[nodiscard]] virtual std::optional<std::size_t> begin_fields(std::uint16_t version) = 0;
  // Which of the known fields it is; unknown_field: none.
  static constexpr std::size_t unknown_field = static_cast<std::size_t>(-1);
  [[nodiscard]] virtual Result<std::size_t> take_field(std::string_view name,
                                                       std::string_view value) = 0;
  [[nodiscard]] virtual Result<void> finish_fields() = 0;

 private:
  const std::uint64_t hash_seed_;
  StoredValue stored_;
  FieldNames missing_;  // Named by the root, not come yet.
  std::uint64_t revision_ = 0;
};

template <class T>
class ValueTable final : public ValueSink {
 public:
  using ValueSink::ValueSink;

  T value{};
  UnknownFields kept;  // Of a newer program.

 private:
  std::uint16_t known_version() const noexcept override { return saved_version<T>(); }
  Result<void> take_packed(std::uint16_t version, std::string_view payload) override {
    return decode_version(version, payload, value, &kept);
  }
  std::optional<std::size_t> begin_fields([[maybe_unused]] std::uint16_t version) override {
    kept.clear();
    if constexpr (is_struct) {
      fields_.begin(version, value);
      return field_count<T>;
    } else {
      return std::nullopt;
    }
  }
  Result<std::size_t> take_field([[maybe_unused]] std::string_view name,
                                 [[maybe_unused]] std::string_view bytes) override {
    if constexpr (is_struct) {
      return fields_.take(name, bytes, value, kept);
    } else {
      return unknown_field;
    }
  }
  Result<void> finish_fields() override {
    if constexpr (is_struct) {
      return fields_.finish(value);
    } else {
      return {};
    }
  }

  static constexpr bool is_struct = kind_of<T> == Kind::structure;
  std::conditional_t<is_struct, FieldCollector<T>, std::monostate> fields_;
};

// All of a value whose root record was read already. On a host thread that owns the scope.
[[nodiscard]] Result<void> read_value(const StoreLink& link, const std::string& scope,
                                      const std::optional<std::string>& record, ValueSink& sink,
                                      std::chrono::nanoseconds timeout);

}  // namespace stet::detail
