// stet/persistence/detail/hydrate.hpp - from a root record to a value, and its header back.
#pragma once

#include <cstdint>
#include <string_view>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/runtime/result.hpp>

namespace stet::detail {

// The record's payload, checked. Errors: corrupt, newer_format (also a layout this version does not
// read); the text names the scope.
[[nodiscard]] Result<std::string_view> root_payload(std::string_view scope,
                                                    std::string_view record);
[[nodiscard]] Error at_scope(std::string_view scope, const Error& why);

template <class T>
[[nodiscard]] Result<void> hydrate(std::string_view scope, std::string_view record, T& value,
                                   UnknownFields* kept) {
  const Result<std::string_view> payload = root_payload(scope, record);
  if (!payload) return payload.error();
  if (auto done = decode(*payload, value, kept); !done) return at_scope(scope, done.error());
  return {};
}

// Of a record written now. It points into the link.
[[nodiscard]] RecordHeader root_header(const StoreLink& link, std::uint16_t codec_version,
                                       std::uint64_t revision);

}  // namespace stet::detail
