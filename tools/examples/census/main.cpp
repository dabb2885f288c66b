// tools/examples/census/main.cpp - stet-census: command line in, exit code out.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>

#include <stet/persistence/store_options.hpp>

#include "census.hpp"

namespace {

void say(const std::string& sentence) {
  if (!sentence.empty()) std::fprintf(stderr, "stet-census: %s\n", sentence.c_str());
}

// A full disk or a closed pipe behind stdout is an error: the result is what we were run for.
int print(const std::string& text, int exit_code) {
  const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  if (written) return exit_code;
  say("the result cannot be written to standard output");
  return census::exit_environment;
}

}  // namespace

int main(int argc, char** argv) {
  const stet::Options tables{stet::runtime_options, stet::store_options};
  const census::Parsed parsed = census::parse_command_line(argc, argv, tables, environ);
  if (!parsed.run) {
    std::fputs(parsed.error.c_str(), stderr);
    return print(parsed.out, parsed.exit_code);
  }

  stet::Result<census::Input> input = census::Input::open(parsed.run->input);
  if (!input) {
    say(input.error().text);
    return census::exit_environment;
  }
  say(input->notice());
  census::Outcome outcome = census::run_census(*parsed.run, *input);
  if (outcome.input_failed && input->is_apt_cache()) {
    // What was counted of it is of no use: the next run sees another input and starts anew.
    say(outcome.error);
    input = census::Input::open_status("failed");
    if (!input) {
      say(input.error().text);
      return census::exit_environment;
    }
    say(input->notice());
    outcome = census::run_census(*parsed.run, *input);
  }
  say(outcome.error);
  return print(outcome.out, outcome.exit_code);
}
