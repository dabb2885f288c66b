// tools/examples/tour/tuning.cpp - options from code, a file, the environment and flags.
//
// Prints
//   runtime.profile = latency  # app.toml:2:11
//   runtime.workers = 2  # STET_RUNTIME_WORKERS
//   runtime.turn_messages = 100  # code
//   app.toml:3:11: runtime.workers: "5000" is outside 0..1024
//   no option is called "runtime.seeed" (value "1"); the nearest is runtime.seed (integer: 0..18446744073709551615)
//   while it runs: ok
//   while it runs, the number of workers: invalid_argument
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include <unistd.h>

#include <stet/config/config.hpp>
#include <stet/runtime/system.hpp>

int main() {
  const auto file = std::filesystem::temp_directory_path() / ("tour." + std::to_string(::getpid()));
  const auto write = [&](const char* text) { std::ofstream(file) << text; };
  const auto shown = [&](std::string text) {  // Without the directory, which differs.
    const auto at = text.find(file.string());
    return at == text.npos ? text : text.replace(at, file.string().size(), "app.toml");
  };

  // Default < profile < host's code < file < environment < flag < lock.
  stet::Options options{stet::runtime_options};
  static_cast<void>(options.set("runtime.turn_messages", "100"));
  write("[runtime]\nprofile = \"latency\"\nworkers = 1\n");
  const std::array<const char*, 2> environment{"STET_RUNTIME_WORKERS=2", nullptr};
  if (!stet::read_config(options, {.file = file, .environment = environment.data()}).empty())
    return 1;
  std::istringstream values(options.values_text());
  for (std::string line; std::getline(values, line);) {
    if (line.find("# default") == line.npos && line.find("# profile") == line.npos)
      std::cout << shown(line) << '\n';
  }

  // Whatever is wrong is told at once, and nothing of it is applied.
  write("[runtime]\nprofile = \"latency\"\nworkers = 5000\n");
  const std::array<const char*, 1> flags{"--stet.runtime.seeed=1"};
  for (const auto& finding : stet::read_config(options, {.file = file, .flags = flags}))
    std::cout << shown(finding.message()) << '\n';
  std::filesystem::remove(file);

  // What is marked live in the table changes in a running system, the rest is refused.
  stet::System system(stet::SystemOptions::from(options));
  const auto change = [&](const char* key, const char* text) {
    static_cast<void>(options.set(key, text));
    const auto done = system.reconfigure(options);
    return done ? "ok" : stet::to_string(done.error().code);
  };
  std::cout << "while it runs: " << change("runtime.slot_runs", "8") << '\n';
  static_cast<void>(options.lock("runtime.workers", 1));
  std::cout << "while it runs, the number of workers: " << change("runtime.workers", "1") << '\n';
}
