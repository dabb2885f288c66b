// persistence/src/care/salvage.cpp - trees first, then pages that lost their tree, then the journal.
#include "salvage.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <stet/persistence/record_format.hpp>

#include "../journal/journal_entry.hpp"
#include "../lmdb/meta_record.hpp"
#include "../lmdb/pending_ranges.hpp"
#include "../lmdb/store_builder.hpp"
#include "page_walk.hpp"
#include "record_check.hpp"

namespace stet::detail {
namespace {

// Of a record that was checked; 0 for those that have none.
std::uint64_t revision_of(std::string_view key, std::string_view record) {
  const Result<RecordView> view = parse_record(key, record);
  return view ? view->header.revision : 0;
}

// One environment's file: what its tree gives, then what lies beside it.
class SalvagedFile : public PageVisitor {
 public:
  SalvagedFile(std::string name, SalvageReport& report, const ProblemHook& hook)
      : name_(std::move(name)), report_(report), hook_(hook) {}

  bool damage(PageNumber page, std::string_view key, const std::string& why) override {
    const std::optional<PageNumber> where = page == 0 ? std::nullopt : std::optional(page);
    hook_stopped_ =
        hook_ && !hook_({.file = name_, .page = where, .key = std::string(key), .text = why});
    return !hook_stopped_;
  }

  [[nodiscard]] Result<void> read(const std::filesystem::path& environment) {
    Result<PageFile> file = PageFile::open(environment / "data.mdb");
    if (!file) {  // Not there, or not to be read: all of it is lost.
      ++report_.pages_lost;
      damage(0, {}, file.error().text);
      return {};
    }
    file_.emplace(std::move(file).value());
    walk_.emplace(*file_);
    const auto metas = file_->metas();
    if (!metas) return metas.error();
    const Result<FileMeta> newest = PageFile::newest(*metas);
    std::optional<FileMeta> meta;
    if (newest) {
      meta = *newest;
    } else {
      damage(0, {}, newest.error().text);
      for (const auto& each : *metas) {
        if (each && (!meta || each->commit > meta->commit)) meta = each;
      }
    }
    bool search = !newest;
    if (meta) {
      walk_->walk_records(*meta, *this);
      report_.pages_lost += walk_->pages_lost();
      report_.records_lost += walk_->values_lost();
      search = search || walk_->pages_lost() > 0;
      if (search) walk_->walk_free(*meta, *this);
    }
    if (!failed_ && search) {
      is_beside_ = true;
      report_.may_be_stale = report_.may_be_stale || !newest || !walk_->is_free_whole();
      search_pages();
    }
    if (hook_stopped_ && !failed_) return Error(Errc::closed, "nobody listens any more");
    return failed_ ? Result<void>(*failed_) : Result<void>();
  }

 protected:
  [[nodiscard]] const PageFile& file() const noexcept { return *file_; }
  [[nodiscard]] const PageWalk& walk() const noexcept { return *walk_; }
  // A record that stands in no tree.
  [[nodiscard]] bool is_beside() const noexcept { return is_beside_; }
  virtual bool found_beside(std::string_view key, std::string_view value,
                            const PageWalk::Place& place) = 0;
  bool fail(const Result<void>& done) {
    if (!done) failed_ = done.error();
    return done.has_value();
  }
  [[nodiscard]] SalvageReport& report() noexcept { return report_; }

 private:
  // Leaves that are in no tree and not free: those below a branch that is damaged.
  void search_pages() {
    PageFile::Page page;
    PageFile::Page head;
    std::string room;
    PageNumber number = 2;
    while (number < file_->pages()) {
      const PageNumber here = number++;
      if (walk_->is_used(here) || walk_->is_free(here) || !file_->read(here, page)) continue;
      if (page.kind == PageFile::Kind::overflow) number = here + page.overflow_pages;
      if (page.kind != PageFile::Kind::leaf) continue;
      for (std::size_t i = 0; i < page.nodes; ++i) {
        const PageFile::Node node = file_->node(page, i);
        const Result<std::string_view> value = file_->value(node, room, head);
        if (value && !found_beside(node.key, *value, {here, i})) return;
      }
    }
  }

  const std::string name_;
  SalvageReport& report_;
  const ProblemHook& hook_;
  std::optional<PageFile> file_;
  std::optional<PageWalk> walk_;
  std::optional<Error> failed_;
  bool hook_stopped_ = false;
  bool is_beside_ = false;
};

class SalvagedState final : public SalvagedFile {
 public:
  SalvagedState(std::string name, SalvageReport& report, const ProblemHook& hook,
                StoreBuilder& into)
      : SalvagedFile(std::move(name), report, hook), into_(into) {}

  bool record(std::string_view key, std::string_view value) override {
    if (Result<void> fine = check_record(key, value); !fine) {
      ++report().records_lost;
      return damage(walk().place().page, key, fine.error().text);
    }
    if (is_engine_key(key)) return note(key, value);
    return pending_.covers(key) || fail(into_.put(key, value));
  }

  [[nodiscard]] const std::optional<MetaRecord>& meta() const noexcept { return meta_; }
  [[nodiscard]] const std::optional<CommitNumber>& mark() const noexcept { return mark_; }

 private:
  bool found_beside(std::string_view key, std::string_view value,
                    const PageWalk::Place& place) override {
    if (!check_record(key, value)) {
      if (!check_key(key)) return true;  // It is no record.
      ++report().records_lost;
      return damage(place.page, key, "the record is damaged");
    }
    if (is_engine_key(key)) return note(key, value);
    if (!report().may_be_stale && pending_.covers(key)) return true;
    const auto there = into_.get(key);
    if (!there) return fail(there.error());
    if (there->has_value() && revision_of(key, **there) >= revision_of(key, value)) return true;
    return fail(into_.put(key, value));
  }

  bool note(std::string_view key, std::string_view value) {
    if (key == meta_key && !meta_) meta_ = *decode_meta(value);
    // An older one only makes that more of the journal is applied, again.
    if (key == mark_key && !mark_) mark_ = *decode_number(value);
    // Not an older one, which would hide what was put since: then erased records may be back.
    if (key == pending_key && pending_.empty() && !report().may_be_stale) {
      pending_ = *decode_pending(value);
      // Beside the tree it may come behind what it covers.
      for (const auto& [from, to] : pending_) {
        if (!is_beside()) break;
        if (!fail(into_.apply(std::vector{Operation::erase_range(from, to)}))) return false;
      }
    }
    return true;
  }

  StoreBuilder& into_;
  std::optional<MetaRecord> meta_;
  std::optional<CommitNumber> mark_;
  KeyRanges pending_;
};

class SalvagedJournal final : public SalvagedFile {
 public:
  SalvagedJournal(std::string name, SalvageReport& report, const ProblemHook& hook,
                  const std::optional<MetaRecord>& state, std::optional<CommitNumber> mark)
      : SalvagedFile(std::move(name), report, hook), mark_(mark) {
    if (state) id_ = state->store_id;
  }

  bool record(std::string_view key, std::string_view value) override {
    if (key == cut_key && check_record(key, value)) cut_ = *decode_number(value);
    if (is_engine_key(key)) return true;
    const CommitNumber number = entry_number(key);
    if (number == 0) return damage(walk().place().page, key, "the key is none of a journal's");
    if (number <= mark_.value_or(0)) return true;
    last_ = std::max(last_, number);
    if (const auto entry = decode(number, value); !entry) {
      return damage(walk().place().page, {}, entry.error().text);
    }
    places_.insert_or_assign(number, walk().place());
    return true;
  }

  // What was found, in its order.
  [[nodiscard]] Result<void> apply(StoreBuilder& into) {
    PageFile::Page page;
    PageFile::Page head;
    std::string room;
    for (const auto& [number, place] : places_) {
      if (Result<void> done = file().read(place.page, page); !done) return done;
      const auto value = file().value(file().node(page, place.index), room, head);
      if (!value) return value.error();
      const auto entry = decode(number, *value);
      if (!entry) return entry.error();
      if (Result<void> done = into.apply(*entry); !done) return done;
      ++report().entries;
    }
    const CommitNumber before = std::max(mark_.value_or(0), cut_.value_or(0));
    const CommitNumber first = places_.empty() ? last_ : places_.begin()->first;
    const CommitNumber expected = mark_ || cut_ ? before + 1 : first;
    if (last_ >= expected) report().entries_lost = last_ - expected + 1 - places_.size();
    return {};
  }

 private:
  bool found_beside(std::string_view key, std::string_view value,
                    const PageWalk::Place& place) override {
    const CommitNumber number = entry_number(key);
    if (number == 0 || number <= std::max(mark_.value_or(0), cut_.value_or(0)) ||
        !decode(number, value)) {
      return true;
    }
    last_ = std::max(last_, number);
    places_.try_emplace(number, place);
    return true;
  }

  [[nodiscard]] Result<std::vector<Operation>> decode(CommitNumber number,
                                                      std::string_view value) const {
    constexpr std::size_t id_at = 16;
    StoreId id{};
    if (id_) {
      id = *id_;
    } else if (value.size() >= id_at + sizeof(id)) {  // Whose it is nobody knows: its own.
      std::memcpy(id.data(), value.data() + id_at, sizeof(id));
    }
    Result<std::vector<Operation>> entry = decode_entry(value, number, id);
    if (!entry) return entry;
    constexpr EngineLimits limits{.key_bytes_max = 511,
                                  .value_bytes_max = std::size_t{64} << 20,
                                  .batch_bytes_max = std::size_t{256} << 20};
    if (Result<void> fine = check_batch(*entry, limits); !fine) return std::move(fine).error();
    return entry;
  }

  const std::optional<CommitNumber> mark_;
  std::optional<StoreId> id_;
  std::optional<CommitNumber> cut_;
  CommitNumber last_ = 0;  // The highest number seen.
  std::map<CommitNumber, PageWalk::Place> places_;
};

}  // namespace

Result<SalvageReport> salvage_files(const StorePlace& place, const std::filesystem::path& target,
                                    const ProblemHook& on_problem) {
  SalvageReport report;
  const StoreMode mode = place.has_journal ? StoreMode::journal : StoreMode::direct;
  Result<StoreBuilder> begun = StoreBuilder::begin(target, mode);
  if (!begun) return std::move(begun).error();
  StoreBuilder into = std::move(begun).value();
  SalvagedState state(place.file("state"), report, on_problem, into);
  if (Result<void> done = state.read(place.state()); !done) return std::move(done).error();
  if (place.has_journal) {
    SalvagedJournal journal(place.file("journal"), report, on_problem, state.meta(), state.mark());
    if (Result<void> done = journal.read(place.journal()); !done) return std::move(done).error();
    if (Result<void> done = journal.apply(into); !done) return std::move(done).error();
  }
  Result<std::uint64_t> records = into.finish();
  if (!records) return std::move(records).error();
  report.records = *records;
  return report;
}

}  // namespace stet::detail
