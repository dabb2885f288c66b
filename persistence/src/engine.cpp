// persistence/src/engine.cpp - what every engine checks before it writes.
#include "engine.hpp"

#include <algorithm>
#include <string>

namespace stet::detail {
namespace {

Error too_large(std::string_view what, std::size_t bytes, std::size_t bytes_max) {
  std::string text("a ");
  text.append(what).append(" of ").append(std::to_string(bytes)).append(" bytes; at most ");
  text.append(std::to_string(bytes_max)).append(" are stored: make it smaller or split it");
  return Error(Errc::too_large, std::move(text));
}

}  // namespace

bool has_puts(std::span<const Operation> operations) noexcept {
  return std::any_of(operations.begin(), operations.end(),
                     [](const Operation& each) { return each.kind == Operation::Kind::put; });
}

std::size_t sum_bytes(std::span<const Operation> operations) noexcept {
  std::size_t bytes = 0;
  for (const Operation& each : operations) bytes += each.key.size() + each.value.size();
  return bytes;
}

Result<void> check_batch(std::span<const Operation> operations, const EngineLimits& limits) {
  std::size_t batch_bytes = 0;
  for (const Operation& operation : operations) {
    const bool is_range = operation.kind == Operation::Kind::erase_range;
    if (operation.key.empty()) return Error(Errc::invalid_argument, "a record needs a key");
    if (operation.key.size() > limits.key_bytes_max) {
      return too_large("key", operation.key.size(), limits.key_bytes_max);
    }
    if (is_range && !(operation.key < operation.value)) {
      return Error(Errc::invalid_argument, "a range to erase must end after it begins");
    }
    const std::size_t value_bytes_max = is_range ? limits.key_bytes_max : limits.value_bytes_max;
    if (operation.value.size() > value_bytes_max) {
      return too_large(is_range ? "range's end" : "value", operation.value.size(), value_bytes_max);
    }
    // No overflow: each part is bounded, and a span of that many operations does not fit memory.
    batch_bytes += operation.key.size() + operation.value.size();
  }
  if (batch_bytes > limits.batch_bytes_max) {
    return too_large("batch", batch_bytes, limits.batch_bytes_max);
  }
  return {};
}

Result<Successor> Engine::make_successor(CommitNumber /*at_least*/) {
  return Error(Errc::unsupported, "this kind of store cannot be reopened while it is in use");
}

}  // namespace stet::detail
