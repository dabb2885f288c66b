// persistence/src/care/store_check.cpp - journal, state, and how they fit.
#include "store_check.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "../journal/journal_entry.hpp"
#include "../lmdb/errors.hpp"
#include "../lmdb/file_snapshot.hpp"
#include "../lmdb/generation.hpp"
#include "../lmdb/meta_record.hpp"
#include "../lmdb/pending_ranges.hpp"
#include "page_walk.hpp"
#include "record_check.hpp"

namespace stet::detail {
namespace {

namespace fs = std::filesystem;

// What both environments have, and where problems go.
class CheckVisitor : public PageVisitor {
 public:
  CheckVisitor(std::string file, VerifyReport& report, const ProblemHook& hook,
               CheckedValues values)
      : file_(std::move(file)), report_(report), hook_(hook), values_(values) {}

  bool damage(PageNumber page, std::string_view key, const std::string& why) override {
    return tell(page == 0 ? std::nullopt : std::optional(page), key, why);
  }
  bool tell(std::optional<PageNumber> page, std::string_view key, const std::string& why) {
    ++report_.problems;
    going_ = !hook_ || hook_({.file = file_, .page = page, .key = std::string(key), .text = why});
    return going_;
  }

  // Reads all pages of one environment. False: enough.
  [[nodiscard]] Result<bool> read(const fs::path& environment, std::uint64_t generation) {
    const Result<FileSnapshot> snapshot = FileSnapshot::open(environment);
    if (!snapshot) {
      const Error& why = snapshot.error();
      const bool is_damage = why == Errc::corrupt || why.native == ENOENT;
      return is_damage ? Result<bool>(tell({}, {}, why.text)) : why;
    }
    report_.pages += snapshot->file().pages();
    PageWalk walk(snapshot->file());
    if (!walk.walk_records(snapshot->meta(), *this)) return false;
    if (!walk.walk_free(snapshot->meta(), *this)) return false;
    if (!meta_) return tell({}, {}, "the meta record is missing or damaged");
    if (meta_->generation == generation) return true;
    return tell({}, {}, "the files are of generation " + std::to_string(meta_->generation));
  }

  [[nodiscard]] const std::optional<MetaRecord>& meta() const noexcept { return meta_; }
  [[nodiscard]] bool going() const noexcept { return going_; }

 protected:
  // A record of the store's users, with its key.
  [[nodiscard]] Result<void> check_user_record(std::string_view key, std::string_view value) const {
    return values_ == CheckedValues::any ? Result<void>() : check_record(key, value);
  }

  bool engine_record(std::string_view key, std::string_view value, std::optional<CommitNumber>& n) {
    if (Result<void> fine = check_record(key, value); !fine) {
      return tell({}, key, fine.error().text);
    }
    if (key == meta_key) {
      meta_ = *decode_meta(value);
    } else {
      n = *decode_number(value);
    }
    return true;
  }

 private:
  const std::string file_;

 protected:
  VerifyReport& report_;

 private:
  const ProblemHook& hook_;
  const CheckedValues values_;
  std::optional<MetaRecord> meta_;
  bool going_ = true;
};

class StateVisitor final : public CheckVisitor {
 public:
  using CheckVisitor::CheckVisitor;

  bool record(std::string_view key, std::string_view value) override {
    // Keys that begin with 01 come first.
    if (!pending_.covers(key)) {
      ++report_.records;
      report_.bytes += key.size() + value.size();
    }
    if (key == meta_key || key == mark_key) return engine_record(key, value, mark_);
    if (key == cut_key) return tell({}, key, "the key is a journal's");
    if (key == pending_key) return pending_record(value);
    const Result<void> fine = check_user_record(key, value);
    return fine || tell({}, key, fine.error().text);
  }
  [[nodiscard]] const std::optional<CommitNumber>& mark() const noexcept { return mark_; }

 private:
  bool pending_record(std::string_view value) {
    Result<KeyRanges> pending = decode_pending(value);
    if (!pending) return tell({}, pending_key, pending.error().text);
    pending_ = std::move(pending).value();
    // Who has no journal has no fold that would leave any.
    return mark_ || tell({}, pending_key, "ranges are pending, and nothing was ever folded");
  }

  std::optional<CommitNumber> mark_;
  KeyRanges pending_;
};

class JournalVisitor final : public CheckVisitor {
 public:
  using CheckVisitor::CheckVisitor;

  bool record(std::string_view key, std::string_view value) override {
    if (key == meta_key || key == cut_key) return engine_record(key, value, cut_);
    const CommitNumber number = entry_number(key);
    if (number == 0) return tell({}, key, "the key is none of a journal's");
    ++report_.entries;
    const CommitNumber expected = last_ ? *last_ + 1 : cut_.value_or(number - 1) + 1;
    last_ = number;
    if (number != expected &&
        !tell({}, {}, "journal entry " + std::to_string(expected) + " is missing")) {
      return false;
    }
    // Keys that begin with 01 come first: the meta record was there, or is missing anyway.
    const StoreId id = meta() ? meta()->store_id : StoreId{};
    const Result<std::vector<Operation>> operations = decode_entry(value, number, id);
    if (!operations) return tell({}, {}, operations.error().text);
    return std::all_of(operations->begin(), operations->end(), [&](const Operation& each) {
      if (each.kind != Operation::Kind::put) return true;
      const Result<void> fine = check_user_record(each.key, each.value);
      return fine || tell({}, each.key,
                          "in journal entry " + std::to_string(number) + ": " + fine.error().text);
    });
  }
  [[nodiscard]] const std::optional<CommitNumber>& cut() const noexcept { return cut_; }

 private:
  std::optional<CommitNumber> cut_;
  std::optional<CommitNumber> last_;
};

}  // namespace

fs::path StorePlace::state() const { return state_path(directory, generation); }
fs::path StorePlace::journal() const { return journal_path(directory, generation); }
std::string StorePlace::file(std::string_view environment) const {
  return std::to_string(generation) + "/" + std::string(environment) + "/data.mdb";
}

Result<StorePlace> find_store(const fs::path& directory) {
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (status.type() == fs::file_type::not_found) {
    return Error(Errc::not_found, "there is no directory " + directory.string());
  }
  if (error) return system_error(error.value(), "look at the store", directory);
  if (!fs::is_directory(status)) {
    return Error(Errc::not_found, directory.string() + " is not a directory, and so no store");
  }
  Result<std::optional<std::uint64_t>> generation = highest_generation(directory);
  if (!generation && generation.error() != Errc::invalid_argument) {
    return std::move(generation).error();
  }
  if (!generation || !generation->has_value()) {
    return Error(Errc::not_found, "there is no store in " + directory.string());
  }
  const bool has_journal = fs::exists(journal_path(directory, **generation), error);
  return StorePlace{directory, **generation, has_journal};
}

ChildLimits limits_for(const StorePlace& place) {
  std::uint64_t bytes = 0;
  for (const fs::path& environment : {place.state(), place.journal()}) {
    std::error_code error;
    const std::uintmax_t found = fs::file_size(environment / "data.mdb", error);
    if (!error) bytes += found;
  }
  // Two bits a page, and ten megabytes a second at least.
  constexpr std::uint64_t bytes_a_bitmap_byte = 4096 * 4;
  constexpr std::uint64_t bytes_a_second = 10'000'000;
  ChildLimits limits;
  limits.memory_bytes += static_cast<std::size_t>(bytes / bytes_a_bitmap_byte);
  limits.processor += std::chrono::seconds(bytes / bytes_a_second);
  return limits;
}

std::uint64_t entry_number(std::string_view key) noexcept {
  if (key.size() != 9 || key[0] != '\x02') return 0;
  std::uint64_t number = 0;
  for (const char c : key.substr(1)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

Result<VerifyReport> check_store(const StorePlace& place, const ProblemHook& on_problem,
                                 CheckedValues values) {
  VerifyReport report;
  JournalVisitor journal(place.file("journal"), report, on_problem, values);
  if (place.has_journal) {
    Result<bool> going = journal.read(place.journal(), place.generation);
    if (!going) return std::move(going).error();
    if (!*going) return report;
  }
  StateVisitor state(place.file("state"), report, on_problem, values);
  Result<bool> going = state.read(place.state(), place.generation);
  if (!going) return std::move(going).error();
  if (!*going) return report;
  // How they fit; what is not known of a damaged one was told already.
  if (state.meta() && state.mark().has_value() != place.has_journal) {
    if (!state.tell({}, {},
                    place.has_journal ? "the store has a journal that is not its own"
                                      : "the store has lost its journal")) {
      return report;
    }
  }
  if (state.meta() && journal.meta() && *state.meta() != *journal.meta()) {
    if (!state.tell({}, {}, "the journal is another store's")) return report;
  }
  if (place.has_journal && state.mark() && !journal.cut()) {
    if (!journal.tell({}, {}, "the journal does not say where it begins")) return report;
  }
  if (state.mark() && journal.cut() && *journal.cut() > *state.mark()) {
    (void)journal.tell({}, {},
                       "the journal begins after commit " + std::to_string(*journal.cut()) +
                           ", the state ends with " + std::to_string(*state.mark()));
  }
  return report;
}

}  // namespace stet::detail
