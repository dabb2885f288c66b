// persistence/src/care/salvage_store.cpp - a salvage in a child process, made whole by one rename.
#include <string>
#include <utility>

#include <stet/persistence/store_care.hpp>

#include "../lmdb/lmdb_reader.hpp"
#include "contained.hpp"
#include "problem_message.hpp"
#include "salvage.hpp"
#include "staging.hpp"

namespace stet {

Result<SalvageReport> salvage_store(const std::filesystem::path& store,
                                    const std::filesystem::path& target,
                                    const ProblemHook& on_problem) {
  using namespace detail;
  const Result<StorePlace> place = find_store(store);
  if (!place) return place.error();
  const Result<std::optional<pid_t>> holder = store_holder(store);
  if (!holder) return holder.error();
  if (holder->has_value()) {
    return Error(Errc::already_open, store.string() + " is open in process " +
                                         std::to_string(**holder) + ": end it before a salvage");
  }
  Result<Staging> begun = Staging::begin(target);
  if (!begun) return std::move(begun).error();
  Staging staging = std::move(begun).value();

  SalvageReport report;
  bool reported = false;
  const ChildWork work = [&place, &staging](ToParent& parent) -> Result<void> {
    const Result<SalvageReport> saved =
        salvage_files(*place, staging.path(), [&parent](const StoreProblem& problem) {
          return parent.send(tag_problem, encode_problem(problem));
        });
    if (!saved) return saved.error();
    parent.send(tag_report, encode_report(*saved));
    return {};
  };
  const ParentHooks hooks{.on_message = [&](char tag, std::string_view bytes) {
    if (tag == tag_report) {
      decode_report(bytes, report);
      reported = true;
    }
    return tag != tag_problem || !on_problem || on_problem(decode_problem(bytes));
  }};
  const ChildEnd end = run_contained(limits_for(*place), work, hooks);
  if (end.how == ChildEnd::How::stopped) return stopped_by_caller();
  if (!end.result) return end.result.error();
  if (!reported) return Error(Errc::io, "the process that salvaged sent no report");
  if (Result<void> named = staging.give_name(); !named) return std::move(named).error();
  return report;
}

}  // namespace stet
