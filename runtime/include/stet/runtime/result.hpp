// stet/runtime/result.hpp - what went wrong, as a value.
//
// Errors of the world (a full disk, a receiver that is gone) are values of type Error inside a
//        Result<T>; errors of the programmer are assertions. Nothing here throws but
//        std::bad_alloc.
//
// Threads    A Result is a plain value: one thread at a time.
// Ownership  Holds either a T or an Error, by value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <stet/runtime/detail/assert.hpp>

namespace stet {

// Each line says who caused it and what a caller can do.
enum class Errc : std::uint8_t {
  // Messages.
  receiver_gone = 1,  // The actor has stopped: look it up again, or give up.
  mailbox_full,       // The receiver's bound is reached: slow down and try again.
  timed_out,          // No answer before the deadline; it may still have been handled.
  would_deadlock,     // A worker asked to wait for a worker: use .then(self, f) instead.
  would_block,        // Full for now, and the caller did not want to wait: try again.
  handler_threw,      // The receiver's handler threw; its actor was stopped.
  broken_promise,     // The receiver dropped the question without an answer.
  ask_cycle,          // Exclusive questions wait for each other; the text names who: use then().
  no_memory,          // An allocation failed; nothing was changed.
  shutting_down,      // The system stops: nothing new is accepted.
  // Arguments and configuration.
  invalid_argument,  // The caller's value is malformed; the text says how.
  unknown_option,    // No option has this key; the text names the nearest one.
  out_of_range,      // The value lies outside the option's range; the text names both.
  // The store.
  not_found,          // No such record, scope or directory.
  already_exists,     // It is there already.
  already_owned,      // Another owner holds this scope: wait for its release.
  already_open,       // This store is open: in this process, or in the one named in the text.
  too_large,          // A key, value or change is over its bound: make it smaller.
  corrupt,            // Stored bytes do not have the shape or checksum they must have.
  newer_format,       // Written by a newer version of stet: use that version.
  unsupported,        // This place (a network file system, a forked child) cannot hold a store.
  io,                 // The operating system refused; the native code says why.
  disk_full,          // No room: free some. Reads go on, writes resume when there is room.
  map_full,           // The memory map is full and cannot grow: raise its bound.
  readers_full,       // Too many readers at once: end some.
  poisoned,           // A flush failed: nothing is written any more. Reopen the store.
  outcome_unknown,    // It may be stored or not. Reopen and read to learn which.
  revision_conflict,  // The record is not at the expected revision: read it and try again.
  hydration_failed,   // Stored state could not be read; the actor never started.
  rolled_back,        // The turn threw: none of its changes were kept.
  closed,             // The object was closed before.
  expired,            // It was open for too long or kept too much; the text says what. Begin anew.
};

// A stable name in snake_case, for logs and metrics; "unknown" for a value outside the enum.
[[nodiscard]] std::string_view to_string(Errc code) noexcept;

// One failure: what kind, the operating system's or engine's code (0 if none), and where and why in
// one sentence that says what to do.
struct Error {
  Errc code = Errc::io;
  int native = 0;
  std::string text;

  Error() = default;
  explicit Error(Errc error_code, std::string why = {}, int native_code = 0)
      : code(error_code), native(native_code), text(std::move(why)) {}

  // "disk_full (28): commit: no space left on device"
  [[nodiscard]] std::string message() const;

  friend bool operator==(const Error& left, Errc right) noexcept { return left.code == right; }
};

// Either a T or an Error. Converts from both, so `return value;` and `return Error(...)` read well.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  Result(Errc code) : state_(std::in_place_index<1>, Error(code)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Requires has_value().
  [[nodiscard]] T& value() & {
    STET_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    STET_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T value() && {
    STET_ASSERT(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }
  [[nodiscard]] T value_or(T fallback) && {
    return has_value() ? std::move(*std::get_if<0>(&state_)) : std::move(fallback);
  }

  // Requires !has_value().
  [[nodiscard]] const Error& error() const& {
    STET_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] Error error() && {
    STET_ASSERT(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  Result(Errc code) : error_(Error(code)) {}

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  // Requires has_value().
  void value() const { STET_ASSERT(has_value()); }
  // Requires !has_value().
  [[nodiscard]] const Error& error() const& {
    STET_ASSERT(!has_value());
    return *error_;
  }
  [[nodiscard]] Error error() && {
    STET_ASSERT(!has_value());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace stet
