// tools/examples/census/command_line.cpp - the only file that sees CLI11.
#include "command_line.hpp"

#include <CLI/CLI.hpp>

#ifdef STET_CENSUS_CONFIG
#include <stet/config/config.hpp>
#endif

#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

namespace census {
namespace {

Parsed failed(int exit_code, std::string sentence) {
  Parsed parsed;
  parsed.exit_code = exit_code;
  parsed.error = "stet-census: " + std::move(sentence) + "\n";
  return parsed;
}

#ifdef STET_CENSUS_CONFIG
// All that is wrong with file, environment and flags, a line each; nothing: they are applied.
Parsed configure(stet::Options& options, const std::string& file, const char* const* environment,
                 const std::vector<const char*>& flags) {
  Parsed parsed;
  for (const stet::ConfigFinding& finding :
       stet::read_config(options, {file, environment, flags})) {
    const stet::Errc code = finding.error.code;
    const bool unreadable = code == stet::Errc::not_found || code == stet::Errc::io;
    if (parsed.exit_code != exit_environment) {
      parsed.exit_code = unreadable ? exit_environment : exit_usage;
    }
    parsed.error.append("stet-census: ").append(finding.message()).append("\n");
  }
  return parsed;
}
#else
Parsed configure(stet::Options& options, const std::string& file, const char* const*,
                 const std::vector<const char*>& flags) {
  if (!file.empty()) {
    return failed(exit_environment, "--config: this program was built without toml++");
  }
  Parsed parsed;
  for (const char* flag : flags) {
    if (const stet::Result<bool> done = options.parse_flag(flag); !done) {
      parsed.exit_code = exit_usage;
      parsed.error.append("stet-census: ").append(done.error().text).append("\n");
    }
  }
  return parsed;
}
#endif

Parsed printed(std::string text) {
  Parsed parsed;
  parsed.out = std::move(text);
  return parsed;
}

// Empty: neither variable names a directory. A relative XDG_DATA_HOME is to be ignored, says XDG.
std::filesystem::path default_store() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data == '/') {
    return std::filesystem::path(data) / "stet/census";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return std::filesystem::path(home) / ".local/share/stet/census";
  }
  return {};
}

}  // namespace

Parsed parse_command_line(int argc, const char* const* argv, const stet::Options& options,
                          const char* const* environment) {
  CommandLine line{options, {}, {}, 20, false, false, false};

  // Ours first: CLI11 would have to be told every key, and names no range and no nearest key.
  std::vector<std::string> rest;
  std::vector<const char*> flags;
  bool only_operands = false;  // After "--".
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--") only_operands = true;
    if (!only_operands && argument.starts_with(stet::Options::flag_prefix)) {
      flags.push_back(argv[i]);
      continue;
    }
    rest.insert(rest.begin(), std::string(argument));  // CLI11 takes them from the back.
  }

  CLI::App app("Counts who depends on whom among Debian packages; every package is an actor.");
  app.name("stet-census");
  std::string store;
  std::string config;
  bool options_markdown = false;
  bool print_options = false;
  app.set_help_flag();
  bool help = false;
  app.add_flag("-h,--help", help, "Print this help and exit");
  app.add_flag("--json", line.json, "Print the result as JSON, and nothing else, on stdout");
  app.add_option("--top", line.top, "How many packages to list, most depended on first")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  CLI::Option* store_option =
      app.add_option("--store", store,
                     "Directory of the state (default: $XDG_DATA_HOME/stet/census, else "
                     "$HOME/.local/share/stet/census)");
  app.add_flag("--fresh", line.fresh, "Forget what is stored and count from the beginning");
  app.add_flag("--verify", line.verify, "Count again in one plain loop and compare every package");
  CLI::Option* config_option = app.add_option(
      "--config", config,
      "A TOML file of options, as in [runtime] workers = 4; STET_RUNTIME_WORKERS=4 in the "
      "environment and --stet.runtime.workers=4 are stronger");
  app.add_flag("--print-options", print_options,
               "Print all options, each with where its value came from, and exit");
  app.add_flag("--help-options-markdown", options_markdown,
               "Print the table of --stet options as Markdown and exit");
  app.add_option("input", line.input,
                 "A file of Debian control stanzas; - for standard input (default: what "
                 "`apt-cache dumpavail` prints, else /var/lib/dpkg/status)");
  try {
    app.parse(std::move(rest));
  } catch (const CLI::ParseError& error) {
    return failed(exit_usage, std::string(error.what()) + "; see stet-census --help");
  }
  if (help) {
    return printed(app.help() + "\nRuntime and store, as --stet.key=value:\n" +
                   options.help_text() +
                   "\nExit: 0 fine, 1 --verify found a difference, 2 usage, 3 environment or "
                   "input.\n");
  }
  if (options_markdown) return printed(options.markdown_table());
  if (!config_option->empty() && config.empty()) {
    return failed(exit_usage, "--config: a file is expected, not an empty text");
  }
  if (Parsed wrong = configure(line.options, config, environment, flags); !wrong.error.empty()) {
    return wrong;
  }
  if (print_options) return printed(line.options.values_text());

  if (!store_option->empty()) {
    if (store.empty())
      return failed(exit_usage, "--store: a directory is expected, not an empty text");
    line.store = std::move(store);
  } else {
    line.store = default_store();
    if (line.store.empty()) {
      return failed(exit_environment,
                    "no place for the store: set HOME or XDG_DATA_HOME, or give --store DIR");
    }
  }
  Parsed parsed;
  parsed.run = std::move(line);
  return parsed;
}

}  // namespace census
