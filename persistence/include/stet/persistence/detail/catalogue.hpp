// stet/persistence/detail/catalogue.hpp - each kind of repository is written down once.
#pragma once

#include <string_view>

#include <stet/persistence/data_store.hpp>
#include <stet/persistence/type_info.hpp>
#include <stet/runtime/result.hpp>

namespace stet::detail {

// Sends the entry to the store, the first time this process sees this type at this key pattern.
void declare(const DataStore& data, CatalogueEntry (*entry_of)(std::string_view pattern));

// Is this record of the catalogue to take the place of the one that is there? Not if that one tells of
// a newer version of the same type. Errors: already_exists, where they tell of two types.
[[nodiscard]] Result<bool> check_catalogue(std::string_view key, std::string_view stored,
                                           std::string_view declared);

}  // namespace stet::detail
