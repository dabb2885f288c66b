// tools/stet/main.cpp - the command `stet`.
#include <exception>
#include <iostream>

#include "command_line.hpp"
#include "standard_io.hpp"
#include "store_commands.hpp"

namespace stet::tool {

int complain(const Error& why) {
  std::cerr << "stet: " << why.text << '\n';
  return why.code == Errc::corrupt ? exit_finding : exit_environment;
}

namespace {

int run(const CommandLine& line) {
  switch (line.verb) {
    case CommandLine::Verb::get: return store_get(line);
    case CommandLine::Verb::scan: return store_scan(line);
    case CommandLine::Verb::stat: return store_stat(line);
    case CommandLine::Verb::verify: return store_verify(line);
    case CommandLine::Verb::copy: return store_copy(line);
    case CommandLine::Verb::salvage: return store_salvage(line);
    case CommandLine::Verb::dump: return store_dump(line);
    case CommandLine::Verb::load: return store_load(line);
  }
  return exit_usage;
}

}  // namespace
}  // namespace stet::tool

int main(int argc, char** argv) {
  using namespace stet::tool;
  try {
    install_signals();
    const Parsed parsed = parse_command_line(argc, argv);
    std::cout << parsed.out << std::flush;
    std::cerr << parsed.error;
    if (!parsed.run) return parsed.exit_code;
    if (parsed.run->verb != CommandLine::Verb::load) expect_damaged_files();
    const int code = run(*parsed.run);
    end_if_interrupted();
    return code;
  } catch (const std::exception& error) {
    std::cerr << "stet: " << error.what() << '\n';
    return exit_environment;
  }
}
