// runtime/src/config/toml_file.cpp - the only file that sees toml++.
#include "toml_file.hpp"

// Header only, so that a host links nothing; no exceptions: an error is an ordinary result. In a
// namespace of our own, because a host may use toml++ too, with other settings.
#define toml stet_private_toml
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
#define TOML_UNDEF_MACROS 1
// It asserts of its input what it then checks (3.3: 1979-05-27Tx), and where NDEBUG is defined it
// lets clang assume the same. A wrong file must do neither.
#define TOML_ASSERT(expression) static_assert(true)
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace stet::detail {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

ConfigFinding about_file(const std::filesystem::path& path, Error error, Place place = {}) {
  return {{OptionSource::file, path.string(), place.line, place.column},
          {},
          {},
          {},
          {},
          std::move(error)};
}

Error refused(int code) {
  return Error(code == ENOENT ? Errc::not_found : Errc::io,
               "cannot be read: " + std::generic_category().message(code), code);
}

Result<std::string> read_bytes(const std::filesystem::path& path) {
  errno = 0;
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return refused(errno);
  // One byte more than allowed shows that there is more.
  std::string bytes(file_bytes_max + 1, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  if (std::ferror(file.get()) != 0) return refused(errno);
  if (bytes.size() > file_bytes_max) {
    return Error(Errc::too_large, "is larger than " + std::to_string(file_bytes_max) + " bytes");
  }
  return bytes;
}

Place place_of(const toml::source_region& region) noexcept {
  return {region.begin.line, region.begin.column};
}

TomlEntry entry_of(std::string key, Place key_place, const toml::node& node) {
  TomlEntry entry{std::move(key), {}, TomlKind::other, key_place, place_of(node.source())};
  if (const auto* text = node.as_string()) {
    entry.text = text->get();
    entry.kind = TomlKind::string;
  } else if (const auto* number = node.as_integer()) {
    entry.text = std::to_string(number->get());
    entry.kind = TomlKind::integer;
  } else if (const auto* flag = node.as_boolean()) {
    entry.text = flag->get() ? "true" : "false";
    entry.kind = TomlKind::boolean;
  } else if (node.is_array()) {
    entry.text = "an array";
  } else if (node.is_floating_point()) {
    entry.text = "a number with a fraction";
  } else {
    entry.text = "a date or time";
  }
  return entry;
}

// Bounded as the parser's own recursion is: by key_dots_max and TOML_MAX_NESTED_VALUES.
void collect(const std::string& prefix, const toml::table& table, std::vector<TomlEntry>& out) {
  for (const auto& [key, node] : table) {
    std::string name = prefix;
    if (!name.empty()) name += '.';
    name += key.str();
    if (const toml::table* inner = node.as_table()) {
      collect(name, *inner, out);
    } else {
      out.push_back(entry_of(std::move(name), place_of(key.source()), node));
    }
  }
}

}  // namespace

TomlFile read_toml_file(const std::filesystem::path& path) {
  TomlFile file;
  Result<std::string> bytes = read_bytes(path);
  if (!bytes) {
    file.findings.push_back(about_file(path, std::move(bytes).error()));
    return file;
  }
  if (const std::optional<Refusal> refusal = refuse_before_parsing(*bytes)) {
    std::string why = "this is no TOML: ";
    why.append(refusal->why);
    file.findings.push_back(
        about_file(path, Error(Errc::invalid_argument, std::move(why)), refusal->place));
    return file;
  }
  const toml::parse_result parsed = toml::parse(std::string_view(*bytes));
  if (!parsed) {
    std::string why = "this is no TOML: ";
    why.append(parsed.error().description());
    file.findings.push_back(about_file(path, Error(Errc::invalid_argument, std::move(why)),
                                       place_of(parsed.error().source())));
    return file;
  }
  collect({}, parsed.table(), file.entries);
  std::sort(file.entries.begin(), file.entries.end(), [](const TomlEntry& a, const TomlEntry& b) {
    return std::pair(a.key_place.line, a.key_place.column) <
           std::pair(b.key_place.line, b.key_place.column);
  });
  return file;
}

}  // namespace stet::detail
