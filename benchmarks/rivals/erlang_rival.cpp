// benchmarks/rivals/erlang_rival.cpp - compiles erlang_rival.erl once, and runs its programs.
#include "erlang_rival.hpp"

#include <cstdlib>
#include <sstream>
#include <system_error>
#include <utility>

#include "../support/child_process.hpp"

namespace stet::bench::erlang_rival {
namespace {

namespace fs = std::filesystem;

// Two, as the pools of the others have. A tree of a million processes passes the default limit.
std::vector<std::string> erl() { return {"erl", "-noinput", "+S", "2:2", "+P", "2000000"}; }

bool is_here() { return is_installed("erl") && is_installed("erlc"); }

// Whatever is the matter with Erlang, it is none of the benchmark's.
Error not_here(const Error& why) { return Error(Errc::unsupported, why.text); }

// The folder of the compiled module: beside the runs' own, so that it is made once.
Result<fs::path> compiled(const Setting& setting) {
  const fs::path folder = setting.directory.parent_path();
  constexpr const char* module = "erlang_rival.beam";
  if (fs::exists(folder / module)) return folder;
  // erlc complains on its standard output.
  const fs::path complaint = setting.directory / "erlc";
  const Result<void> ran =
      run_program({"erlc", "-o", setting.directory.string(), STET_BENCH_ERLANG},
                  {complaint, "/dev/null"}, erlang_seconds_max);
  if (!ran) return not_here(ran.error());
  std::error_code failed;
  fs::rename(setting.directory / module, folder / module, failed);
  if (failed) return Error(Errc::unsupported, "erlc made no module: " + failed.message());
  return folder;
}

// "value FIGURE", then "NAME FIGURE" lines; or "wrong SENTENCE".
Result<Measurement> answer_in(const std::string& text) {
  std::istringstream in(text);
  std::string word;
  Measurement found;
  in >> word;
  if (word == "wrong") return Error(Errc::corrupt, "Erlang's " + text.substr(word.size() + 1));
  if (word != "value" || !(in >> found.value)) {
    return Error(Errc::unsupported, "erl ended without a figure");
  }
  double value = 0;
  while (in >> word >> value) found.details.emplace_back(word, value);
  return found;
}

Result<Measurement> run(const Setting& setting, const std::string& name, const Numbers& numbers) {
  const Result<fs::path> module = compiled(setting);
  if (!module) return module.error();
  ::setenv("ERL_CRASH_DUMP_SECONDS", "0", 1);  // This process is the run's own.
  std::vector<std::string> words = erl();
  for (const char* word : {"-pa", module->c_str(), "-run", "erlang_rival", "main"}) {
    words.emplace_back(word);
  }
  words.push_back(name);
  for (const std::uint64_t number : numbers(setting)) words.push_back(std::to_string(number));
  const ChildOutput output{setting.directory / "out", setting.directory / "error"};
  if (const Result<void> ran = run_program(words, output, erlang_seconds_max); !ran) {
    return not_here(ran.error());
  }
  return answer_in(text_of(output.out));
}

}  // namespace

std::string version(const fs::path& folder) {
  if (!is_here()) return {};
  std::vector<std::string> words = erl();
  words.emplace_back("-eval");
  words.emplace_back("io:put_chars(erlang:system_info(otp_release)), halt(0).");
  const fs::path out = folder / "erlang-version";
  const Result<void> ran = run_program(words, {out, "/dev/null"}, erlang_seconds_max);
  return ran ? text_of(out) : std::string();
}

Run program(const std::string& name, const Numbers& numbers) {
  return [=](const Setting& setting) { return run(setting, name, numbers); };
}

Run savina(const std::string& key) {
  // The same work as CAF's.
  if (key == "savina_big") {
    return program("big", [](const Setting& s) {
      return std::vector{std::uint64_t{120}, s.count(1'000)};
    });
  }
  if (key == "savina_skynet") {
    return program("skynet", [](const Setting& s) {
      return std::vector<std::uint64_t>{s.quick ? 1'000U : 1'000'000U};
    });
  }
  if (key == "fan_out") {
    return program("fan_out", [](const Setting& s) {
      return std::vector{std::uint64_t{1'000}, s.count(300)};
    });
  }
  return {};
}

Subject subject(const Run& run) {
  return {"erlang", "stet", run, is_here() ? "" : "Erlang is not installed"};
}

}  // namespace stet::bench::erlang_rival
