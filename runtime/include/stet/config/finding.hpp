// stet/config/finding.hpp - one thing that is wrong with a configuration, and where.
//
// Threads    A plain value.
#pragma once

#include <string>

#include <stet/runtime/option_origin.hpp>
#include <stet/runtime/result.hpp>

namespace stet {

struct ConfigFinding {
  OptionOrigin origin;     // The file with line and column, the name in the environment, the flag.
  std::string key = {};    // As written, sections included; empty where it is about the whole file.
  std::string value = {};  // As written; a text without its quotes.
  std::string range = {};  // What the key, or the nearest one, may be.
  std::string nearest = {};  // Of an unknown key: the known one that looks most like it.
  Error error = {};          // Its text is a sentence with all of these but the origin.

  // "app.toml:3:11: runtime.workers: "5000" is outside 0..1024"
  [[nodiscard]] std::string message() const;
};

}  // namespace stet
