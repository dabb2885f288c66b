// stet/persistence/migration.hpp - reading what an older version of a type has stored.
//
// Missing, added, reordered and widened fields need nothing (codec.hpp). For more a type says which
// version it is, and how values of older ones become its own:
//
//   struct Account {
//     std::int64_t cents = 0;       // 1, 2: "euros", a double.
//     std::string owner;            // 1: "name".
//
//     static constexpr std::uint16_t stet_version = 3;
//     static constexpr auto stet_before = stet::before(stet::renamed(1, "name", "owner"));
//     static stet::Result<void> stet_migrate(std::uint16_t from, Account& account,
//                                            stet::OldFields& old) {
//       if (const auto euros = old.take<double>("euros")) account.cents = std::llround(*euros * 100);
//       return {};
//     }
//   };
//
// A value of an older version is read by name; renamed(1, "name", "owner") says that up to version
// 1 what is `owner` now was stored as "name". Then stet_migrate() is called, if there is one, with
// the fields that have no member any more, and with those whose member has a type that cannot take
// them. The latter it must take, or the value is not read. Then they are dropped. The value is
// written in its new form with its next change; reading alone writes nothing. So it works for
// values, packed or split, and for elements of containers. An error of stet_migrate() is that of
// the reading.
//
// A value of a newer version is not read: newer_format, and the record stays as it is.
//
// A struct within another has the version of the outermost, which is the one that is stored: where
// it changes so that it needs more than names, raise that one, and take the field as a whole:
// old.take<InnerAsItWas>("inner").
//
// Threads    Called where the value is read.
// Errors     A wrong declaration does not compile, with one line that says what is wrong.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/fields.hpp>

namespace stet {

class OldFields {
 public:
  [[nodiscard]] bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
  // The field, under the name it was stored with. Nullopt: there is none, or it is none of these.
  template <class V>
  [[nodiscard]] std::optional<V> take(std::string_view name) {
    Field* const field = find(name);
    V value{};
    if (field == nullptr || !decode(field->value, value)) return std::nullopt;
    field->is_wanted = false;
    return value;
  }

  // Not for applications. `is_wanted`: it must be taken.
  void add(std::string_view name, std::string_view value, bool is_wanted) {
    fields_.push_back({std::string(name), std::string(value), is_wanted});
  }
  [[nodiscard]] const std::string* first_wanted() const noexcept {
    for (const Field& field : fields_) {
      if (field.is_wanted) return &field.name;
    }
    return nullptr;
  }

 private:
  struct Field {
    std::string name;
    std::string value;
    bool is_wanted;
  };
  [[nodiscard]] const Field* find(std::string_view name) const noexcept {
    for (const Field& field : fields_) {
      if (field.name == name) return &field;
    }
    return nullptr;
  }
  [[nodiscard]] Field* find(std::string_view name) noexcept {
    return const_cast<Field*>(std::as_const(*this).find(name));
  }

  std::vector<Field> fields_;
};

}  // namespace stet
