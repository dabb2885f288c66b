// persistence/src/store_session.cpp - the record that numbers the openings of a store.
#include "store_session.hpp"

#include <stet/persistence/key.hpp>

namespace stet::detail {

std::string session_key() { return system_key("store", "session"); }

std::string session_value(std::uint64_t session) {
  std::string value;
  append_ordered(value, session);
  return value;
}

Result<std::uint64_t> read_session(Engine& engine) {
  Result<std::unique_ptr<View>> view = engine.view();
  if (!view) return view.error();
  const Result<std::optional<std::string_view>> found = (*view)->get(session_key());
  if (!found) return found.error();
  if (!found->has_value()) return std::uint64_t{0};
  std::string_view bytes = **found;
  std::uint64_t session = 0;
  if (!take_ordered(bytes, session) || !bytes.empty()) {
    return Error(Errc::corrupt, "the store's session record is damaged: restore a copy");
  }
  return session;
}

}  // namespace stet::detail
