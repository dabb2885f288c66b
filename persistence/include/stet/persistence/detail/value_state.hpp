// stet/persistence/detail/value_state.hpp - a value in memory, without its type, and what of it is
// stored.
//
// At the end of a turn what may have changed is encoded and compared, by hash, with what is stored:
// all of a packed value, the fields of a split one that were within reach of a change. The rest is
// neither looked at nor written. A value that has grown or shrunk over the bounds of split.hpp
// changes its form in the same change: the old form's records are erased, the new one's put.
//
// Threads    One at a time, as the Persistable.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stet/persistence/buffer.hpp>
#include <stet/persistence/detail/split.hpp>
#include <stet/persistence/detail/state.hpp>
#include <stet/persistence/record_format.hpp>

namespace stet::detail {

class ValueState : public State {
 public:
  using State::State;

  [[nodiscard]] bool has() const noexcept { return has_; }
  // One field was within reach of a change; all were.
  void note_field(std::size_t field) noexcept { changed_ |= std::uint64_t{1} << field; }
  void note_all() noexcept { changed_ = ~std::uint64_t{0}; }
  // Nothing that is stored may stay.
  void note_cleared() noexcept { rewrite_ = true; }
  // The value is to be stored, or not.
  [[nodiscard]] Token commit(bool has, std::optional<Durability> durability) {
    has_ = has;
    return State::commit(durability);
  }
  [[nodiscard]] Result<void> write_to(ChangeWriter& writer, std::uint64_t revision) override;

  // The root record as the store has it now. Only outside of turns.
  [[nodiscard]] Result<std::optional<std::string>> read_again(std::chrono::nanoseconds timeout);

 protected:
  // As it was read: what is stored from now on.
  void set_stored(StoredValue stored) noexcept;
  virtual void encode_payload(Buffer& out) const = 0;
  [[nodiscard]] virtual std::uint16_t codec_version() const noexcept = 0;
  // Of a struct: how many, 0 where it is never split; fields_max at most.
  [[nodiscard]] virtual std::size_t fields() const noexcept = 0;
  [[nodiscard]] virtual std::string_view field_name(std::size_t field) const noexcept = 0;
  virtual void encode_field(std::size_t field, Buffer& out) const = 0;
  [[nodiscard]] virtual const UnknownFields& unknown() const noexcept = 0;

 private:
  struct Written {
    std::array<char, 16> hash;
    std::size_t payload_bytes;
    std::size_t record_bytes;
  };
  // Puts a record, and says what it was.
  template <class WritePayload>
  Written put(ChangeWriter& writer, std::string_view key, const RecordHeader& header,
              WritePayload&& write_payload);

  void write_absent(ChangeWriter& writer, bool is_sure);
  // False: it is too large for this form, or too small; nothing was written.
  [[nodiscard]] Result<bool> write_packed(ChangeWriter& writer, std::uint64_t revision, bool all);
  [[nodiscard]] Result<bool> write_split(ChangeWriter& writer, std::uint64_t revision, bool all);
  [[nodiscard]] Result<bool> write_fields(ChangeWriter& writer, std::uint64_t revision, bool all,
                                          const std::vector<UnknownField>& others);
  void write_names(ChangeWriter& writer, std::uint64_t revision,
                   const std::vector<UnknownField>& others);
  std::string_view field_key(std::string_view name);
  [[nodiscard]] Error too_large(std::size_t bytes, std::size_t bytes_max) const;

  StoredValue stored_;
  std::uint64_t changed_ = 0;  // A bit for each field.
  bool rewrite_ = false;
  bool has_ = false;
  std::string key_;
};

}  // namespace stet::detail
