// persistence/src/log_root.cpp - a log's root record and the order of its items.
#include <string>
#include <utility>

#include <stet/persistence/detail/hydrate.hpp>
#include <stet/persistence/detail/log_state.hpp>

namespace stet::detail {
namespace {

constexpr std::string_view log_name = "log";
constexpr std::uint64_t number_max = std::uint64_t{1} << 63;

using Root = std::pair<std::string, std::uint64_t>;

}  // namespace

void encode_log_root(std::uint64_t first, Buffer& out) { encode(Root(log_name, first), out); }

Result<std::uint64_t> parse_log_root(std::string_view scope, std::string_view record) {
  const Result<std::string_view> payload = root_payload(scope, record);
  if (!payload) return payload.error();
  Root root;
  if (!decode(*payload, root) || root.first != log_name) {
    return Error(Errc::already_exists, "a value is stored here, no log: use another scope");
  }
  if (root.second > number_max) return Error(Errc::corrupt, "a log that begins beyond its bound");
  return root.second;
}

Result<void> check_log_number(std::string_view element, std::uint64_t expected) {
  std::uint64_t number = 0;
  if (!take_ordered(element, number) || !element.empty()) {
    return Error(Errc::corrupt, "an item without a number");
  }
  if (number == expected) return {};
  return Error(Errc::corrupt, "item " + std::to_string(number) + " where " +
                                  std::to_string(expected) + " must stand");
}

}  // namespace stet::detail
