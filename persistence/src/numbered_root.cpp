// persistence/src/numbered_root.cpp - the root of logs and vectors, and the order of their items.
#include <stet/persistence/detail/numbered_root.hpp>

#include <string>
#include <utility>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/detail/hydrate.hpp>
#include <stet/persistence/key.hpp>

namespace stet::detail {
namespace {

constexpr std::uint64_t number_max = std::uint64_t{1} << 63;

using Root = std::pair<std::string, std::uint64_t>;

}  // namespace

void encode_numbered_root(std::string_view container, std::uint64_t number, Buffer& out) {
  encode(Root(container, number), out);
}

Result<std::uint64_t> parse_numbered_root(std::string_view scope, std::string_view record,
                                          std::string_view container) {
  const Result<std::string_view> payload = root_payload(scope, record);
  if (!payload) return payload.error();
  Root root;
  if (!decode(*payload, root) || root.first != container) {
    return Error(Errc::already_exists,
                 "a value is stored here, no " + std::string(container) + ": use another scope");
  }
  if (root.second > number_max) {
    return Error(Errc::corrupt, "a " + std::string(container) + " that is beyond its bound");
  }
  return root.second;
}

Result<void> check_item_number(std::string_view element, std::uint64_t expected) {
  std::uint64_t number = 0;
  if (!take_ordered(element, number) || !element.empty()) {
    return Error(Errc::corrupt, "an item without a number");
  }
  if (number == expected) return {};
  return Error(Errc::corrupt, "item " + std::to_string(number) + " where " +
                                  std::to_string(expected) + " must stand");
}

}  // namespace stet::detail
