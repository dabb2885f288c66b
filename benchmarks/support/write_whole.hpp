// benchmarks/support/write_whole.hpp - writes a file that appears whole or not at all.
//
// Threads    Any; two that write the same path disturb each other.
// Errors     io, with the path.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include <stet/runtime/result.hpp>

namespace stet::bench {

[[nodiscard]] inline Result<void> write_whole(const std::filesystem::path& path,
                                              std::string_view text) {
  const std::filesystem::path partial = path.string() + ".partial";
  std::ofstream out(partial, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return Error(Errc::io, "cannot write " + partial.string());
  std::error_code failed;
  std::filesystem::rename(partial, path, failed);
  if (failed) return Error(Errc::io, "cannot name " + path.string() + ": " + failed.message());
  return {};
}

}  // namespace stet::bench
