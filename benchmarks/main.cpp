// benchmarks/main.cpp - stet-bench: asks the questions and writes the report.
//
//   stet-bench [FILTER...] [--rounds N] [--quick] [--list] [--out DIR] [--scratch DIR]
//
// FILTER is a part of a question's key. Exit codes: 0 fine, 1 a subject failed its own check, 2
// usage, 3 the report cannot be written.
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "baseline/raw_lmdb.hpp"
#include "questions.hpp"
#include "rivals/caf_rival.hpp"
#include "rivals/erlang_rival.hpp"
#include "rivals/leveldb_store.hpp"
#include "rivals/msgpack_codec.hpp"
#include "rivals/rocksdb_store.hpp"
#include "savina/growth_plot.hpp"
#include "support/report.hpp"
#include "support/round_robin.hpp"

namespace {

using namespace stet::bench;

constexpr int rounds_max = 1000;

constexpr const char* usage =
    "usage: stet-bench [FILTER...] [--rounds N] [--quick] [--list] [--out DIR] [--scratch DIR]\n"
    "  FILTER         only questions whose key contains it (any of several);\n"
    "                 those that take minutes (large_64, large_256) by their whole key\n"
    "  --rounds N     how often each subject is asked, 1 to 1000 (default 5;\n"
    "                 with fewer than 5 the report says that its rows are no result)\n"
    "  --quick        next to no work: proves that all runs and checks itself, gives no figures\n"
    "  --list         prints the questions\n"
    "  --out DIR      where report.json and report.md go (default: bench)\n"
    "  --scratch DIR  a folder on the disk to be measured (default: the report's)\n";

struct Arguments {
  std::vector<std::string> filters{};
  int rounds = 5;
  bool quick = false;
  bool list = false;
  std::filesystem::path out = "bench";
  std::filesystem::path scratch{};
};

// Says what is wrong in one sentence, or nothing.
std::string parse(int count, char** words, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const bool takes_value = word == "--rounds" || word == "--out" || word == "--scratch";
    if (takes_value && i + 1 == count) return std::string(word) + " needs a value";
    if (word == "--quick") {
      arguments.quick = true;
    } else if (word == "--list") {
      arguments.list = true;
    } else if (word == "--out") {
      arguments.out = words[++i];
    } else if (word == "--scratch") {
      arguments.scratch = words[++i];
    } else if (word == "--rounds") {
      const std::string_view text = words[++i];
      const auto [end, error] =
          std::from_chars(text.data(), text.data() + text.size(), arguments.rounds);
      const bool whole = error == std::errc() && end == text.data() + text.size();
      if (!whole || arguments.rounds < 1 || arguments.rounds > rounds_max) {
        return "--rounds " + std::string(text) + " is not a number from 1 to 1000";
      }
    } else if (word.starts_with("-")) {
      return "unknown option " + std::string(word);
    } else {
      arguments.filters.emplace_back(word);
    }
  }
  return {};
}

bool is_wanted(const Question& question, const std::vector<std::string>& filters) {
  if (question.only_if_named) {
    return std::find(filters.begin(), filters.end(), question.key) != filters.end();
  }
  if (filters.empty()) return true;
  for (const std::string& filter : filters) {
    if (question.key.find(filter) != std::string::npos) return true;
  }
  return false;
}

// What interrupted runs left behind: folders named after processes that are no more.
void remove_stale_scratch(const std::filesystem::path& base) {
  constexpr std::string_view prefix = "scratch-";
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(base, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    pid_t owner = 0;
    const auto [end, error] =
        std::from_chars(name.data() + prefix.size(), name.data() + name.size(), owner);
    if (error != std::errc() || end != name.data() + name.size() || owner <= 0) continue;
    if (::kill(owner, 0) == 0 || errno != ESRCH) continue;
    std::filesystem::remove_all(entry.path(), ignored);
  }
}

// False if a subject failed.
bool ask_all(const std::vector<Question>& questions, const RoundOptions& options, Report& report) {
  bool all_fine = true;
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  for (const Question& question : questions) {
    if (!terminal) std::fprintf(stderr, "%s\n", question.key.c_str());
    report.answers.push_back(
        ask_in_turn(question, options, [&](int round, const std::string& subject) {
          if (!terminal) return;
          std::fprintf(stderr, "\r\033[K%s, round %d of %d: %s", question.key.c_str(), round + 1,
                       options.rounds, subject.c_str());
        }));
    if (terminal) std::fprintf(stderr, "\r\033[K");
    for (const Row& row : report.answers.back().rows) {
      if (row.error.empty()) continue;
      all_fine = false;
      std::fprintf(stderr, "%s/%s failed: %s\n", question.key.c_str(), row.subject.c_str(),
                   row.error.c_str());
    }
  }
  return all_fine;
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  if (const std::string wrong = parse(count, words, arguments); !wrong.empty()) {
    std::fprintf(stderr, "stet-bench: %s\n%s", wrong.c_str(), usage);
    return 2;
  }
  std::vector<Question> questions;
  for (Question& question : all_questions()) {
    if (is_wanted(question, arguments.filters)) questions.push_back(std::move(question));
  }
  if (questions.empty()) {
    std::fprintf(stderr, "stet-bench: no question's key contains that; --list names them\n");
    return 2;
  }
  if (arguments.list) {
    for (const Question& question : questions) {
      std::printf("%-14s %s\n", question.key.c_str(), question.text.c_str());
    }
    return 0;
  }

  RoundOptions options;
  options.rounds = arguments.rounds;
  options.quick = arguments.quick;
  const std::filesystem::path base = arguments.scratch.empty() ? arguments.out : arguments.scratch;
  remove_stale_scratch(base);
  // With the process id: two runs never share a folder.
  options.scratch = base / ("scratch-" + std::to_string(::getpid()));
  std::error_code failed;
  std::filesystem::create_directories(options.scratch, failed);
  if (failed) {
    std::fprintf(stderr, "stet-bench: cannot make %s: %s\n", options.scratch.c_str(),
                 failed.message().c_str());
    return 3;
  }

  Report report;
  report.machine = describe_machine(options.scratch);
  report.machine.rivals = {{"caf", caf_rival::version()},
                           {"erlang", erlang_rival::version(options.scratch)},
                           {"leveldb", leveldb_version()},
                           {"lmdb", raw_lmdb_version()},
                           {"msgpack-cxx", msgpack_rival::version()},
                           {"rocksdb", rocksdb_version()}};
  report.rounds = options.rounds;
  report.quick = options.quick;
  report.load_before = load_average();
  const bool all_fine = ask_all(questions, options, report);
  report.load_after = load_average();
  std::filesystem::remove_all(options.scratch, failed);

  judge(report, all_targets());
  std::fputs(to_markdown(report).c_str(), stdout);
  if (const stet::Result<void> written = write_report(report, arguments.out); !written) {
    std::fprintf(stderr, "stet-bench: %s\n", written.error().message().c_str());
    return 3;
  }
  if (const stet::Result<void> drawn = write_growth(report.answers, arguments.out); !drawn) {
    std::fprintf(stderr, "stet-bench: %s\n", drawn.error().message().c_str());
    return 3;
  }
  return all_fine ? 0 : 1;
}
