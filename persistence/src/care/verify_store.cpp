// persistence/src/care/verify_store.cpp - a store checked in a child process.
#include <utility>

#include <stet/persistence/store_care.hpp>

#include "contained.hpp"
#include "problem_message.hpp"
#include "store_check.hpp"

namespace stet {

Result<VerifyReport> verify_store(const std::filesystem::path& store,
                                  const ProblemHook& on_problem) {
  using namespace detail;
  const Result<StorePlace> place = find_store(store);
  if (!place) return place.error();
  VerifyReport report;
  const ChildWork work = [&place](ToParent& parent) -> Result<void> {
    const Result<VerifyReport> found = check_store(*place, [&parent](const StoreProblem& problem) {
      return parent.send(tag_problem, encode_problem(problem));
    });
    if (!found) return found.error();
    parent.send(tag_report, encode_report(*found));
    return {};
  };
  const ParentHooks hooks{.on_message = [&](char tag, std::string_view bytes) {
    if (tag == tag_report) decode_report(bytes, report);
    return tag != tag_problem || !on_problem || on_problem(decode_problem(bytes));
  }};
  const ChildEnd end = run_contained(limits_for(*place), work, hooks);
  switch (end.how) {
    case ChildEnd::How::stopped: return stopped_by_caller();
    case ChildEnd::How::died: {  // Nothing ends it but damage that no check knows.
      ++report.problems;
      if (on_problem) on_problem({.file = {}, .text = end.result.error().text});
      return report;
    }
    case ChildEnd::How::never_ran:
    case ChildEnd::How::returned: break;
  }
  if (!end.result) return end.result.error();
  return report;
}

}  // namespace stet
