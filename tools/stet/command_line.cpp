// tools/stet/command_line.cpp - the only file of this command that sees CLI11.
#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <sstream>
#include <utility>

namespace stet::tool {
namespace {

using Verb = CommandLine::Verb;

constexpr const char* exit_codes =
    "Exit: 0 fine, 1 a finding (not there, damaged), 2 usage, 3 environment or input.";
constexpr const char* key_rules =
    "A key is a scope's path, as //bank/alice; bytes that are no text stand as \\xNN, a backslash "
    "as \\\\. ";

CLI::App* add_verb(CLI::App& store, const char* name, const char* what, CommandLine& line,
                   Verb verb) {
  CLI::App* const added = store.add_subcommand(name, what);
  added->add_option("directory", line.directory, "The store's directory")->required();
  added->callback([&line, verb] { line.verb = verb; });
  added->footer(exit_codes);
  return added;
}

}  // namespace

Parsed parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app("Looks into stores and moves them.");
  app.name("stet");
  app.set_version_flag("--version", "stet " STET_VERSION, "Print the version and exit");
  app.require_subcommand(1);
  app.footer(exit_codes);
  CLI::App& store =
      *app.add_subcommand("store",
                          "The records of a store. All but load, copy and salvage only read, also "
                          "beside the program that has it open; while "
                          "they do, that program cannot use freed room in its file again.");
  store.require_subcommand(1);
  store.footer(exit_codes);

  CLI::App* const get = add_verb(store, "get", "Print one value as JSON", line, Verb::get);
  get->add_option("key", line.key, std::string(key_rules) + "Quote it")->required();
  get->add_flag("--record", line.record, "With its key, revision, version and program");

  CLI::App* const scan =
      add_verb(store, "scan", "Print records as JSON, one a line, in key order", line, Verb::scan);
  scan->add_option("scope", line.key, "Only this scope and all below it");
  scan->add_option("--limit", line.limit, "So many records at most (default: all)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62));

  add_verb(store, "stat", "Print what the store is, who has it open, and its types, as JSON", line,
           Verb::stat);
  add_verb(store, "verify",
           "Check every page, record and journal entry; print problems and a count as JSON, one a "
           "line",
           line, Verb::verify);
  CLI::App* const copy = add_verb(
      store, "copy",
      "Make a checked copy, which is a store: a backup, or one restored; also while it is open",
      line, Verb::copy);
  copy->add_flag("--compact", line.compact, "Without the free pages");
  CLI::App* const salvage = add_verb(
      store, "salvage",
      "Make a new store of what can be read of a damaged one; print what cannot, and counts, "
      "as JSON",
      line, Verb::salvage);
  for (CLI::App* const maker : {copy, salvage}) {
    maker->add_option("target", line.target, "The new store's directory, which must not be there")
        ->required();
  }
  add_verb(store, "dump",
           "Print all of the store as JSON lines that load takes: the same lines for the same "
           "records",
           line, Verb::dump);
  CLI::App* const load = add_verb(
      store, "load", "Make a new store of a dump, all or nothing; the directory must not be there",
      line, Verb::load);
  load->add_option("input", line.input, "A file, or - for standard input")->capture_default_str();

  Parsed parsed;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream ignored;
    if (app.exit(error, out, ignored) == exit_fine) {  // Help or version.
      parsed.out = out.str();
      if (!parsed.out.ends_with('\n')) parsed.out.push_back('\n');
      return parsed;
    }
    parsed.exit_code = exit_usage;
    parsed.error = std::string("stet: ") + error.what() + "; see stet store --help\n";
    return parsed;
  }
  const bool makes = line.verb == Verb::copy || line.verb == Verb::salvage;
  if (line.directory.empty() || (makes && line.target.empty())) {
    parsed.exit_code = exit_usage;
    parsed.error = "stet: a directory is expected, not an empty text\n";
    return parsed;
  }
  parsed.run = std::move(line);
  return parsed;
}

}  // namespace stet::tool
