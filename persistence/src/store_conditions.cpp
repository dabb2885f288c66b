// persistence/src/store_conditions.cpp - is a record as a write expects it?
//
// Looked up when the write has its place in the queue: nothing can come between. What waits in batches
// counts as written, for the write comes after it: if that is never stored, neither is this.
#include <string>

#include <stet/persistence/record_format.hpp>

#include "planted_fault.hpp"
#include "store_actor.hpp"

namespace stet::detail {
namespace {

std::string describe(const std::optional<std::uint64_t>& revision) {
  return revision ? "at revision " + std::to_string(*revision) : std::string("absent");
}

}  // namespace

Result<void> StoreActor::check_expected(std::string_view key, const Expected& expected) {
  Result<std::optional<std::string>> found = std::optional<std::string>();
  if (is_planted(Fault::forget_batch)) {
    const Result<View*> committed = view();
    if (!committed) return committed.error();
    found = read_copy(**committed, key);
  } else {
    found = read_here(key);
  }
  if (!found) return found.error();
  std::optional<std::uint64_t> present;
  if (*found) {
    const Result<RecordView> record = parse_record(key, **found);
    // A damaged record has no revision, and must not be overwritten by who thinks to know it.
    if (!record) return record.error();
    present = record->header.revision;
  }
  if (present == expected.revision) return {};
  link_->counters.note_conflict();
  return Error(Errc::revision_conflict, "\"" + std::string(key) + "\" is " + describe(present) +
                                            ", not " + describe(expected.revision) +
                                            ": read it and try again");
}

Result<void> StoreActor::check_conditions(const std::vector<Condition>& conditions) {
  for (const Condition& condition : conditions) {
    if (auto good = check_expected(condition.key, condition.expected); !good) return good;
  }
  return {};
}

}  // namespace stet::detail
