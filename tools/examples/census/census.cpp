// tools/examples/census/census.cpp - opens the store, finds the place to go on from, counts, reports.
#include "census.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <stet/persistence/data_store.hpp>
#include <stet/persistence/repository.hpp>
#include <stet/persistence/store.hpp>
#include <stet/persistence/store_options.hpp>
#include <stet/runtime/system.hpp>

#include "checkpoint.hpp"
#include "counting.hpp"
#include "population.hpp"
#include "recount.hpp"
#include "report.hpp"
#include "resume.hpp"
#include "trouble.hpp"

namespace census {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

void say(const std::string& sentence) {
  std::fprintf(stderr, "stet-census: %s\n", sentence.c_str());
}

// One run over one input.
class Run {
 public:
  Run(const CommandLine& line, Input& input) : line_(line), input_(input) {}

  Outcome run();

 private:
  Outcome failed(const stet::Error& error) const;
  Outcome input_failed(const stet::Error& error) const;
  stet::Result<void> open_store();
  stet::Result<bool> find_place(std::unique_ptr<LineReader>& reader);
  stet::Result<bool> matches(std::unique_ptr<LineReader>& reader);
  stet::Result<void> start_anew();
  stet::Result<void> count(LineReader& reader);
  Outcome finish(double seconds);

  const CommandLine& line_;
  Input& input_;
  Trouble trouble_;
  Counting::Settlements settlements_;
  std::optional<stet::System> system_;
  std::optional<stet::Store> store_;
  std::optional<stet::DataStore> packages_;
  std::optional<stet::Repository<Checkpoint>> checkpoints_;
  Checkpoint checkpoint_;
  bool input_error_ = false;  // The last error was one of reading the input.
  bool resumed_ = false;
  bool complete_ = false;  // Nothing was left to do.
  std::uint64_t messages_ = 0;
};

Outcome Run::failed(const stet::Error& error) const {
  const std::string first = trouble_.first();
  Outcome outcome;
  outcome.exit_code = exit_environment;
  outcome.error = !first.empty() ? first : error.text.empty() ? error.message() : error.text;
  return outcome;
}

Outcome Run::input_failed(const stet::Error& error) const {
  Outcome outcome;
  outcome.exit_code = exit_environment;
  outcome.error = error.text;
  outcome.input_failed = true;
  return outcome;
}

Outcome Run::run() {
  const Clock::time_point started = Clock::now();
  std::error_code code;
  std::filesystem::create_directories(line_.store, code);
  if (code) {
    Outcome outcome;
    outcome.exit_code = exit_environment;
    outcome.error = "cannot make the directory " + line_.store.string() + ": " + code.message();
    return outcome;
  }
  stet::SystemOptions system_options = stet::SystemOptions::from(line_.options);
  system_options.dead_letters = [this](const stet::DeadLetter& letter) {
    trouble_.report("a package could not take a message: " +
                    std::string(stet::to_string(letter.reason)));
  };
  system_.emplace(std::move(system_options));
  if (stet::Result<void> opened = open_store(); !opened) return failed(opened.error());
  const stet::DataStore root = stet::DataStore(*store_).base("//census");
  packages_.emplace(root.scope("package"));
  checkpoints_.emplace(root.scope("checkpoint"));

  std::unique_ptr<LineReader> reader;
  const stet::Result<bool> found = find_place(reader);
  if (!found) return input_error_ ? input_failed(found.error()) : failed(found.error());
  if (const stet::Result<void> done = count(*reader); !done) {
    return input_error_ ? input_failed(done.error()) : failed(done.error());
  }
  return finish(std::chrono::duration<double>(Clock::now() - started).count());
}

stet::Result<void> Run::open_store() {
  stet::StoreOptions options = stet::StoreOptions::from(line_.options);
  options.engine = stet::EngineChoice::lmdb(line_.store);
  options.program = "stet-census 0.1.0";
  options.on_refused = [this](std::string_view scope, const stet::Error& why) {
    trouble_.report("the store refused " + std::string(scope) + ": " + why.message());
  };
  // Waiting for room may take long: the user must know what to do. Only said when it changes.
  options.on_health = [](const stet::StoreHealth& health) {
    if (health.state == stet::StoreState::full || health.state == stet::StoreState::degraded) {
      std::fprintf(stderr, "stet-census: the store waits, and goes on by itself: %s\n",
                   health.reason.message().c_str());
    }
  };
  // A run that was just killed may take a moment to die and to let go of its store.
  const Clock::time_point give_up = Clock::now() + 3s;
  for (;;) {
    stet::Result<stet::Store> store = stet::Store::open(*system_, options);
    if (store) {
      store_.emplace(*store);
      return {};
    }
    if (store.error().code != stet::Errc::already_open || Clock::now() > give_up) {
      return std::move(store).error();
    }
    std::this_thread::sleep_for(50ms);
  }
}

// Leaves the reader where counting begins, and checkpoint_ as it is there.
stet::Result<bool> Run::find_place(std::unique_ptr<LineReader>& reader) {
  bool stored = false;
  if (!line_.fresh) {
    stet::Result<Checkpoint> checkpoint = checkpoints_->read();
    if (checkpoint) {
      checkpoint_ = *checkpoint;
      stored = true;
    } else if (checkpoint.error().code != stet::Errc::not_found) {
      return checkpoint.error();
    }
  }
  if (stored || line_.verify) {
    if (stet::Result<void> kept = input_.keep(); !kept) return kept.error();
  }
  if (stored) {
    stet::Result<bool> equal = matches(reader);
    if (!equal) {
      input_error_ = true;
      return equal;
    }
    resumed_ = *equal;
    if (!resumed_) {
      say(input_.name() + " is not the input that the store was counted from: starting anew");
      if (stet::Result<void> done = input_.rewind(); !done) return done.error();
    }
  }
  if (!line_.verify) input_.forget();
  if (resumed_) return true;
  // Also without a checkpoint: a run that was killed early has left packages behind.
  if (stet::Result<void> done = start_anew(); !done) return done.error();
  reader = std::make_unique<LineReader>(input_);
  checkpoint_.counted = to_stored(reader->position());
  return true;
}

stet::Result<bool> Run::matches(std::unique_ptr<LineReader>& reader) {
  const Position counted = from_stored(checkpoint_.counted);
  const Position announced = from_stored(checkpoint_.announced);
  if (announced != counted) {
    LineReader ahead(input_);
    stet::Result<bool> equal = skip_consumed(ahead, announced);
    if (!equal || !*equal) return equal;
    if (stet::Result<void> done = input_.rewind(); !done) return done.error();
  }
  reader = std::make_unique<LineReader>(input_);
  return skip_consumed(*reader, counted);
}

stet::Result<void> Run::start_anew() {
  checkpoint_ = {};
  // First the checkpoint: packages without one are erased by the next run, whatever happens now.
  if (stet::Result<stet::Ack> done = checkpoints_->clear(); !done) return done.error();
  if (stet::Result<stet::Ack> done = packages_->erase_all(); !done) return done.error();
  return {};
}

stet::Result<void> Run::count(LineReader& reader) {
  Counting counting({*system_, *store_, *packages_, *checkpoints_, settlements_, trouble_}, input_,
                    reader, checkpoint_);
  stet::Result<void> done = counting.run();
  input_error_ = counting.input_failed();
  complete_ = counting.was_complete();
  messages_ = counting.messages();
  return done;
}

Outcome Run::finish(double seconds) {
  if (complete_) say("this input has been counted before: printing what is stored");
  const stet::Result<Packages> packages = read_packages(*packages_);
  if (!packages) return failed(packages.error());
  const stet::StoreStats stats = store_->stats();
  Report report;
  report.counts = from_stored(checkpoint_.counts);
  report.packages = packages->size();
  report.top = top_packages(*packages, line_.top);
  report.resumed = resumed_;
  report.complete = complete_;
  report.seconds = seconds;
  report.messages = messages_;
  report.commits = stats.commits;
  if (stats.commits > 0) {
    report.mean_batch = static_cast<double>(stats.records) / static_cast<double>(stats.commits);
  }
  Outcome outcome;
  outcome.out = line_.json ? report_json(report) : report_text(report);
  if (!line_.verify) return outcome;

  if (stet::Result<void> done = input_.rewind(); !done) return input_failed(done.error());
  const stet::Result<Recount> again = recount(input_);
  if (!again) return input_failed(again.error());
  std::uint64_t differences = count_differences(*packages, again->packages, stderr);
  const Counts& counts = report.counts;
  if (counts.stanzas != again->stanzas || counts.edges != again->edges ||
      counts.bad_lines != again->bad_lines || counts.bad_stanzas != again->bad_stanzas ||
      counts.bad_alternatives != again->bad_alternatives) {
    say("the totals differ from those of the recount");
    ++differences;
  }
  if (differences > 0) {
    outcome.exit_code = exit_difference;
    outcome.error = "--verify: " + std::to_string(differences) + " differences";
  } else {
    say("--verify: all " + std::to_string(packages->size()) + " packages agree");
  }
  return outcome;
}

}  // namespace

Outcome run_census(const CommandLine& line, Input& input) {
  Run run(line, input);
  return run.run();
}

}  // namespace census
