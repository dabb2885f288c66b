// persistence/src/store_session.hpp - how revisions never restart.
//
// Each opening of a store is a session with a number of its own; a revision is the session's number
// and a count. The number is stored with the session's first commit that puts a record, so whatever
// record of a session is found, the next session's number is above it.
//
// Threads    Pure functions, and read_session(): any.
// Bounds     2^40 changes a session, 2^24 sessions.
#pragma once

#include <cstdint>
#include <string>

#include <stet/runtime/result.hpp>

#include "engine.hpp"

namespace stet::detail {

[[nodiscard]] std::string session_key();
[[nodiscard]] std::string session_value(std::uint64_t session);

// Of the last opening that wrote anything; 0 for a new store. Errors: corrupt, and the view's.
[[nodiscard]] Result<std::uint64_t> read_session(Engine& engine);

[[nodiscard]] constexpr std::uint64_t first_revision(std::uint64_t session) noexcept {
  constexpr unsigned count_bits = 40;
  return (session << count_bits) + 1;
}

}  // namespace stet::detail
