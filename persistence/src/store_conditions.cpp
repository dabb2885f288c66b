// persistence/src/store_conditions.cpp - is a value as a write expects it, and is it split?
//
// Looked up when the write has its place in the queue: nothing can come between. What waits in batches
// counts as written, for the write comes after it: if that is never stored, neither is this.
#include <algorithm>
#include <string>

#include <stet/persistence/key.hpp>
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
    const Result<std::uint64_t> revision = revision_of(key, **found);
    // A damaged record has no revision, and must not be overwritten by who thinks to know it.
    if (!revision) return revision.error();
    present = *revision;
  }
  if (present == expected.revision) return {};
  link_->counters.note_conflict();
  return Error(Errc::revision_conflict, "\"" + std::string(key) + "\" is " + describe(present) +
                                            ", not " + describe(expected.revision) +
                                            ": read it and try again");
}

// A split value's is the highest of its records, for who changes a field writes no root.
Result<std::uint64_t> StoreActor::revision_of(std::string_view key, std::string_view record) {
  const Result<RecordView> root = parse_record(key, record);
  if (!root) return root.error();
  std::uint64_t highest = root->header.revision;
  const bool is_split = root->header.root && root->header.root->layout == Layout::split;
  if (!is_split || is_planted(Fault::root_revision)) return highest;
  const KeyRange fields = fields_range(key);
  Scan question{
      .scope = std::string(key), .after = fields.from, .records_max = Scan::page_records_max};
  for (bool more = true; more;) {
    const Result<View*> current = view();
    if (!current) return current.error();
    const Result<Page> page = read_page(**current, question, &batches_);
    if (!page) return page.error();
    more = page->more && fields.contains(page->records.back().key);
    if (more) question.after = page->records.back().key;
    for (const Record& field : page->records) {
      if (!fields.contains(field.key)) break;
      const Result<RecordView> one = parse_record(field.key, field.value);
      if (!one) return one.error();
      highest = std::max(highest, one->header.revision);
    }
  }
  return highest;
}

// With the batches that wait; of what cannot be read nobody can say it.
bool StoreActor::is_split(std::string_view scope) {
  const Result<std::optional<std::string>> root = read_here(scope);
  if (!root || !*root) return false;
  const Result<RecordView> record = parse_record(scope, **root);
  return record && record->header.root && record->header.root->layout == Layout::split;
}

Result<void> StoreActor::check_conditions(const std::vector<Condition>& conditions) {
  for (const Condition& condition : conditions) {
    if (auto good = check_expected(condition.key, condition.expected); !good) return good;
  }
  return {};
}

}  // namespace stet::detail
