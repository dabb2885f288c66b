// runtime/src/config/toml_file.hpp - a TOML file as a list of keys and texts.
//
// Threads    Pure but for reading the file: any thread.
// Bounds     file_bytes_max; keys of key_dots_max dots, values nested 32 deep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <stet/config/finding.hpp>

#include "toml_guard.hpp"

namespace stet::detail {

inline constexpr std::size_t file_bytes_max = std::size_t{1} << 20;

enum class TomlKind : std::uint8_t { string, integer, boolean, other };

struct TomlEntry {
  std::string key;  // With its sections: "runtime.workers".
  std::string text;
  TomlKind kind;
  Place key_place;
  Place value_place;
};

struct TomlFile {
  std::vector<TomlEntry> entries;       // In the order of the file.
  std::vector<ConfigFinding> findings;  // Not to be read, or a syntax error: then at most one.
};

[[nodiscard]] TomlFile read_toml_file(const std::filesystem::path& path);

}  // namespace stet::detail
