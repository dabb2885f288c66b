// benchmarks/persistence/census_bench.cpp
// Question   How long does the census of this machine's package index take, all of it durable?
// Measures   s from start to exit of stet-census with a fresh store. What `apt-cache dumpavail` prints
//            is saved to a file once, before the first run.
// Leaves out apt-cache itself, resuming, --verify.
// Floor      the recount: the same numbers by one plain loop in memory, nothing is stored.
// Rival      none.
// Expect     The parser and the messages cost a second or two; the rest is LMDB's pages.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "../questions.hpp"
#include "../support/child_process.hpp"
#include "../support/clock.hpp"
#include "tools/examples/census/recount.hpp"

namespace stet::bench {
namespace {

namespace fs = std::filesystem;

// Beside the runs' own folders, so that all of them read the same bytes: from memory, by then.
Result<fs::path> package_index(const Setting& setting) {
  const fs::path index = setting.directory.parent_path() / "dumpavail";
  if (fs::exists(index)) return index;
  const fs::path partial = index.string() + ".partial";
  if (Result<void> ran =
          run_program({"apt-cache", "dumpavail"}, {partial, "/dev/null"}, run_seconds_max);
      !ran) {
    return ran.error();
  }
  std::error_code failed;
  if (setting.quick) {
    // The beginning will do; what the cut leaves of a stanza is one as well.
    fs::resize_file(partial, std::min<std::uintmax_t>(fs::file_size(partial), 100'000), failed);
  }
  fs::rename(partial, index, failed);
  if (failed) return Error(Errc::io, "cannot name " + index.string() + ": " + failed.message());
  return index;
}

Result<::census::Recount> recount_of(const fs::path& index) {
  Result<::census::Input> input = ::census::Input::open(index.string());
  if (!input) return std::move(input).error();
  return ::census::recount(*input);
}

// What stands behind "key": in a flat JSON object; -1: nothing.
double number_in(const std::string& json, const std::string& key) {
  const std::size_t at = json.find('"' + key + "\":");
  if (at == std::string::npos) return -1;
  return std::strtod(json.c_str() + at + key.size() + 3, nullptr);
}

Result<Measurement> run_census(const Setting& setting) {
  const Result<fs::path> index = package_index(setting);
  if (!index) return index.error();
  const ChildOutput output{setting.directory / "out", setting.directory / "error"};
  const std::uint64_t began = now_ns();
  const Result<void> ran = run_program({STET_BENCH_CENSUS, "--json", "--fresh", "--store",
                                        (setting.directory / "store").string(), index->string()},
                                       output, run_seconds_max);
  const double seconds = static_cast<double>(now_ns() - began) * 1e-9;
  if (!ran) return ran.error();
  const std::string json = text_of(output.out);
  const Result<::census::Recount> again = recount_of(*index);
  if (!again) return again.error();
  const double stanzas = number_in(json, "stanzas");
  const double edges = number_in(json, "edges");
  if (stanzas != static_cast<double>(again->stanzas) ||
      edges != static_cast<double>(again->edges) ||
      number_in(json, "packages") != static_cast<double>(again->packages.size())) {
    return Error(Errc::corrupt, "the census and its recount disagree");
  }
  return Measurement{seconds,
                     {{"stanzas", stanzas},
                      {"messages", stanzas + edges},
                      {"commits", number_in(json, "commits")}}};
}

Result<Measurement> run_recount(const Setting& setting) {
  const Result<fs::path> index = package_index(setting);
  if (!index) return index.error();
  const std::uint64_t began = now_ns();
  const Result<::census::Recount> done = recount_of(*index);
  const double seconds = static_cast<double>(now_ns() - began) * 1e-9;
  if (!done) return done.error();
  if (done->stanzas == 0) return Error(Errc::corrupt, "no stanza was counted");
  return Measurement{seconds, {{"stanzas", static_cast<double>(done->stanzas)}}};
}

// Why it cannot be asked here; empty: it can.
std::string reason_against() {
  if (::access(STET_BENCH_CENSUS, X_OK) != 0) return "no stet-census was built";
  // Only its first bytes: head ends it. Asked for each list of questions, so it must be quick.
  if (std::system("test -n \"$(apt-cache dumpavail 2>/dev/null | head -c 1)\"") != 0) {
    return "apt-cache dumpavail prints nothing here";
  }
  return {};
}

}  // namespace

Question package_census() {
  const std::string missing = reason_against();
  return {"census",
          "How long does the census of this machine's package index take, all of it durable?",
          "s",
          Better::lower,
          {{"stet", "", run_census, missing}, {"raw", "stet", run_recount, missing}}};
}

}  // namespace stet::bench
