// stet/persistence/detail/bring_forward.hpp - values of any version of their type.
//
// Threads    The value's rules.
// Errors     corrupt; newer_format; what stet_migrate() returns. The value is then of no use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/detail/split.hpp>
#include <stet/persistence/detail/struct_fields.hpp>
#include <stet/persistence/migration.hpp>
#include <stet/persistence/type_info.hpp>
#include <stet/runtime/result.hpp>

namespace stet::detail {

[[nodiscard]] Error newer_version(std::uint16_t stored, std::uint16_t known);
[[nodiscard]] Error not_migrated(std::string_view field, std::uint16_t version);

// Calls take(name, value) -> Result<void> for each entry of a map with texts as keys; what has
// another key is left out. Errors: corrupt; what `take` returns.
template <class Take>
[[nodiscard]] Result<void> for_each_field(std::string_view bytes, Take&& take) {
  ReadContext context(bytes, nullptr);
  std::size_t count = 0;
  const char* at = read_map_head(context, bytes.data(), count);
  for (; at != nullptr && count != 0; --count) {
    const char* const name_at = at;
    at = skip_value(context, at);
    if (at == nullptr) break;
    const std::string_view name_bytes(name_at, static_cast<std::size_t>(at - name_at));
    const char* const value_at = at;
    at = skip_value(context, at);
    if (at == nullptr) break;
    std::string name;
    if (!decode(name_bytes, name)) continue;
    const std::string_view value(value_at, static_cast<std::size_t>(at - value_at));
    if (Result<void> done = take(std::string_view(name), value); !done) return done;
  }
  if (at != nullptr && at != context.end()) at = context.fail("bytes follow the value", at);
  if (at == nullptr) return context.error();
  return {};
}

// A struct that is put together from its fields, in any order.
template <class T>
class FieldCollector {
 public:
  static constexpr std::size_t unknown = static_cast<std::size_t>(-1);

  // The value begins anew. `version` is at most the type's.
  void begin(std::uint16_t version, T& value) {
    version_ = version;
    old_ = {};
    seen_ = 0;
    value = T{};
  }
  // Which field it is now. `kept`: of the same version, what is not known.
  [[nodiscard]] Result<std::size_t> take(std::string_view name, std::string_view bytes, T& value,
                                         UnknownFields& kept) {
    if (!is_old()) {
      const std::size_t field = find_field<T>(name);
      if (field == field_count<T>) {
        keep_field(kept, name, bytes);
        return unknown;
      }
      if (auto done = decode_field(bytes, value, field, &kept); !done) return done.error();
      return field;
    }
    return take_old(name, bytes, value);
  }
  // All have come.
  [[nodiscard]] Result<void> finish(T& value) {
    if (!is_old()) return {};
    if constexpr (Migrates<T>) {
      if (Result<void> done = T::stet_migrate(version_, value, old_); !done) return done;
    }
    if (const std::string* const left = old_.first_wanted()) return not_migrated(*left, version_);
    return {};
  }

 private:
  [[nodiscard]] bool is_old() const noexcept { return version_ != saved_version<T>(); }

  // What a field of this name is called now.
  [[nodiscard]] std::string_view name_now(std::string_view name) const noexcept {
    if constexpr (requires { T::stet_before; }) {
      for (const Renamed& renamed : T::stet_before) {
        if (version_ <= renamed.until && name == renamed.from) return renamed.to;
      }
    }
    return name;
  }
  [[nodiscard]] Result<std::size_t> take_old(std::string_view name, std::string_view bytes,
                                             T& value) {
    const std::size_t field = find_field<T>(name_now(name));
    if (field == field_count<T>) {
      old_.add(name, bytes, false);
      return unknown;
    }
    if ((seen_ >> field & 1) != 0) {
      return Error(Errc::corrupt, "field '" + std::string(field_names<T>[field]) +
                                      "' is there twice, under an old and a new name");
    }
    seen_ |= std::uint64_t{1} << field;
    Result<void> done = decode_field(bytes, value, field, nullptr);
    if (done) return field;
    if constexpr (!Migrates<T>) return done.error();
    with_field<T>(field, [&value]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      T fresh{};
      std::get<I>(tie_fields(value)) = std::move(std::get<I>(tie_fields(fresh)));
    });
    old_.add(name, bytes, true);
    return field;
  }

  std::uint16_t version_ = 1;
  OldFields old_;
  std::uint64_t seen_ = 0;
};

// As decode(), of a value that was stored with this version of its type.
template <class T>
[[nodiscard]] Result<void> decode_version(std::uint16_t version, std::string_view bytes, T& value,
                                          UnknownFields* kept = nullptr) {
  constexpr std::uint16_t known = saved_version<T>();
  if (version > known) return newer_version(version, known);
  if constexpr (kind_of<T> == Kind::structure && known > 1) {
    if (version < known) {
      if (kept != nullptr) kept->clear();
      FieldCollector<T> collector;
      collector.begin(version, value);
      UnknownFields none;
      auto done =
          for_each_field(bytes, [&](std::string_view name, std::string_view field) -> Result<void> {
            const auto taken = collector.take(name, field, value, none);
            if (!taken) return taken.error();
            return {};
          });
      if (!done) return done;
      return collector.finish(value);
    }
  }
  return decode(bytes, value, kept);
}

}  // namespace stet::detail
