// stet/config/config.hpp - options from a TOML file, the environment and flags. Start here.
//
//   stet::Options options{stet::runtime_options, stet::store_options};
//   options.lock("runtime.workers", 4);  // Nobody may change it.
//   for (const auto& finding : stet::read_config(options, {.file = "app.toml",
//                                                          .environment = environ}))
//     std::cerr << finding.message() << '\n';
//   stet::System system{stet::SystemOptions::from(options)};
//
// File       TOML: sections are the parts of a key, [runtime] workers = 4 is runtime.workers. A
//            value may always be a string, as a flag would have it ("5ms", "64MiB"); integers and
//            booleans also stand bare. At most 1 MiB.
// Environment  STET_RUNTIME_WORKERS=4 is runtime.workers. Ours are the names whose first part
//            belongs to a table (STET_RUNTIME_, STET_STORE_); all others are left alone.
// Flags      --stet.runtime.workers=4; other arguments are left alone.
// Precedence see stet/runtime/options.hpp: file < environment < flags; a lock stands above them.
// Errors     All at once: file, environment, flags, each in its own order. After a syntax error the
//            rest of that file is not looked at. With any finding the options are as before.
// Threads    Any, one call at a time on one Options. Reads the environment that it is given: nobody
//            may change that meanwhile.
// Live       To apply a changed file in a running system: read it into fresh Options, then call
//            System::reconfigure().
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <stet/config/finding.hpp>
#include <stet/runtime/options.hpp>

namespace stet {

struct ConfigSources {
  std::filesystem::path file = {};           // Empty: none. One that is not there is a finding.
  const char* const* environment = nullptr;  // Like environ, ended by nullptr; nullptr: not read.
  std::span<const char* const> flags = {};   // Like argv.
};

// Empty: all is well, and the options have it. Throws nothing but bad_alloc.
[[nodiscard]] std::vector<ConfigFinding> read_config(Options& options,
                                                     const ConfigSources& sources);

// "STET_RUNTIME_WORKERS" for "runtime.workers".
[[nodiscard]] std::string environment_name(std::string_view key);

}  // namespace stet
