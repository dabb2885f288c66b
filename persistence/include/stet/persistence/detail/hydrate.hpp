// stet/persistence/detail/hydrate.hpp - root records: what is in them, and what is before it.
#pragma once

#include <cstdint>
#include <string_view>

#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/runtime/result.hpp>

namespace stet::detail {

// The payload of a root record that is no split value's, checked. Errors: corrupt, newer_format,
// already_exists (a split value); the text names the scope.
[[nodiscard]] Result<std::string_view> root_payload(std::string_view scope,
                                                    std::string_view record);
[[nodiscard]] Error at_scope(std::string_view scope, const Error& why);

// Of a record written now. It points into the link.
[[nodiscard]] RecordHeader root_header(const StoreLink& link, std::uint16_t codec_version,
                                       std::uint64_t revision);

}  // namespace stet::detail
