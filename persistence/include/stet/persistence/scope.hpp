// stet/persistence/scope.hpp - a path under which keys live.
//
//   Scope::base("//bank").scope("alice").scope("/cards")      //bank/alice/cards
//   Scope::base("//bank").scope_segment(input)                one segment, whatever the input says
//
// A mistake does not interrupt the chain: the first one is kept, further steps change nothing, and
// who uses the scope (a DataStore, a Repository) reports it. Ask earlier with error() or checked().
//
// Threads    A plain value: one thread at a time.
// Errors     invalid_argument, inside: no "//" in front of a base, nothing between slashes, a slash
//            at the end, a zero byte, no UTF-8. too_large: over 400 bytes.
// Bounds     scope_bytes_max.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <stet/runtime/result.hpp>

namespace stet {

inline constexpr std::size_t scope_bytes_max = 400;

class Scope {
 public:
  // "//" and at least one segment. Repeated slashes after that count as one.
  [[nodiscard]] static Scope base(std::string_view path);
  // Goes on below: one segment or several, leading and repeated slashes ignored.
  [[nodiscard]] Scope scope(std::string_view segments) const;
  // Goes on with exactly one segment: "/" is written as %2F, "%" as %25. For input of users, that
  // must not leave its scope.
  [[nodiscard]] Scope scope_segment(std::string_view segment) const;

  // "//bank/alice", without a slash at the end. Of a broken scope: as far as it was sound, maybe
  // "".
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
  // The first mistake. Requires !ok().
  [[nodiscard]] const Error& error() const noexcept { return *error_; }
  // Itself, or the first mistake.
  [[nodiscard]] Result<Scope> checked() const;

  // Whether `other` is this scope or lies below it: "//a" contains "//a/b", not "//ab".
  [[nodiscard]] bool contains(const Scope& other) const noexcept;

  friend bool operator==(const Scope& left, const Scope& right) noexcept {
    return left.path_ == right.path_ && left.ok() == right.ok();
  }

 private:
  Scope() = default;
  [[nodiscard]] Scope failed(Errc code, std::string why) const;

  std::string path_;
  std::optional<Error> error_;
};

}  // namespace stet
