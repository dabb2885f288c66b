// persistence/src/bring_forward.cpp - what is said of values that cannot be brought forward.
#include <stet/persistence/detail/bring_forward.hpp>

#include <string>

namespace stet::detail {

Error newer_version(std::uint16_t stored, std::uint16_t known) {
  return Error(Errc::newer_format, "the value has version " + std::to_string(stored) +
                                       " of its type, this program knows up to " +
                                       std::to_string(known));
}

Error not_migrated(std::string_view field, std::uint16_t version) {
  return Error(Errc::corrupt, "field '" + std::string(field) + "' of version " +
                                  std::to_string(version) +
                                  " has another type now, and stet_migrate() has not taken it");
}

}  // namespace stet::detail
