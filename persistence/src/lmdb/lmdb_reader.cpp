// persistence/src/lmdb/lmdb_reader.cpp - journal and state of a store, as of one moment.
#include "lmdb_reader.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

#include "../journal/layered_view.hpp"
#include "../unique_fd.hpp"
#include "errors.hpp"
#include "foreign_environment.hpp"
#include "generation.hpp"
#include "journal_log.hpp"
#include "meta_record.hpp"
#include "transaction.hpp"

namespace stet::detail {
namespace {

namespace fs = std::filesystem;

Result<MetaRecord> read_meta(const ForeignView& view, const fs::path& place,
                             std::uint64_t generation) {
  const Result<std::optional<std::string_view>> bytes = view.get(meta_key);
  if (!bytes) return bytes.error();
  if (!bytes->has_value()) {
    return Error(Errc::corrupt,
                 place.string() + " has no meta record: it is not a store, or a damaged one");
  }
  Result<MetaRecord> meta = decode_meta(**bytes);
  if (meta && meta->generation != generation) {
    return Error(Errc::corrupt, "the folder says generation " + std::to_string(generation) +
                                    ", the files in it say " + std::to_string(meta->generation) +
                                    ": they were mixed up; restore the store from a copy");
  }
  return meta;
}

// Errors: corrupt, where there is no such number.
Result<CommitNumber> read_number(const ForeignView& view, std::string_view key) {
  const Result<std::optional<std::string_view>> bytes = view.get(key);
  if (!bytes) return bytes.error();
  return decode_number(bytes->value_or(std::string_view()));
}

class LmdbReaderImpl final : public LmdbReader {
 public:
  LmdbReaderImpl(const fs::path& directory, std::uint64_t generation)
      : generation_(generation),
        journal_(journal_path(directory, generation)),
        state_(state_path(directory, generation)) {}

  // Before anything else. The journal's transaction begins first and ends last: a fold in between
  // only means that some of its entries are in the state already.
  [[nodiscard]] Result<void> open() {
    std::error_code error;
    const bool has_journal = fs::exists(journal_, error);
    auto journal = std::make_unique<ForeignEnvironment>(journal_);
    if (has_journal) {
      if (const int code = journal->open(); code != 0) return lmdb_error(code, "open", journal_);
    }
    if (const int code = state_.open(); code != 0) {
      return lmdb_error(code, "open", state_.directory());
    }
    auto state = std::make_unique<ForeignView>(state_);
    if (Result<void> hidden = state->hide_pending(); !hidden) return hidden;
    const Result<MetaRecord> meta = read_meta(*state, state_.directory(), generation_);
    if (!meta) return meta.error();
    format_ = meta->format;
    identity_ = {.id = meta->store_id, .generation = meta->generation};
    const Result<std::optional<std::string_view>> mark = state->get(mark_key);
    if (!mark) return mark.error();
    if (mark->has_value() != has_journal) {
      return Error(Errc::corrupt, has_journal ? journal_.string() + " is no journal of this store"
                                              : journal_.string() +
                                                    " is missing: restore the store from "
                                                    "a copy");
    }
    Layers layers;
    CommitNumber number = state->number();
    if (has_journal) {
      const Result<CommitNumber> last = read_journal(*journal, *state, *meta, layers);
      if (!last) return last.error();
      number = *last;
    }
    const Result<std::uint64_t> records = state->records();
    if (!records) return records.error();
    const Result<std::int64_t> added = records_added(layers, *state);
    if (!added) return added.error();
    records_ = *records + static_cast<std::uint64_t>(*added);
    view_ = std::make_unique<LayeredView>(std::move(layers), std::move(state), number);
    return {};
  }

  [[nodiscard]] Info info() const noexcept override {
    MDB_envinfo environment{};
    MDB_stat pages{};
    mdb_env_info(state_.handle(), &environment);
    mdb_stat(state_.transaction(), state_.records(), &pages);
    return {.identity = identity_,
            .format = format_,
            .number = view_->number(),
            .records = records_,
            .used_bytes = (std::uint64_t{environment.me_last_pgno} + 1) * pages.ms_psize,
            .file_bytes = state_.file_bytes(),
            .map_bytes = environment.me_mapsize};
  }

  [[nodiscard]] Result<std::optional<std::string_view>> get(std::string_view key) const override {
    return view_->get(key);
  }

  [[nodiscard]] Result<void> scan(std::string_view from, std::string_view to,
                                  const Visit& visit) const override {
    const Result<std::unique_ptr<Cursor>> cursor = view_->scan(from, to, View::Order::forward);
    if (!cursor) return cursor.error();
    for (;;) {
      const Result<bool> more = (*cursor)->next();
      if (!more) return more.error();
      if (!*more || !visit((*cursor)->key(), (*cursor)->value())) return {};
    }
  }

 private:
  // Copies what is not folded; the number of the last commit that is shown.
  [[nodiscard]] Result<CommitNumber> read_journal(const ForeignEnvironment& journal,
                                                  const ForeignView& state, const MetaRecord& meta,
                                                  Layers& layers) const {
    const ForeignView entries(journal);
    const Result<MetaRecord> own = read_meta(entries, journal_, generation_);
    if (!own) return own.error();
    if (*own != meta) {
      return Error(Errc::corrupt, journal_.string() + " is not the journal of " +
                                      state_.directory().string() +
                                      ", they are of different stores: restore both from one copy");
    }
    const Result<CommitNumber> mark = read_number(state, mark_key);
    if (!mark) return mark.error();
    const Result<CommitNumber> cut = read_number(entries, cut_key);
    if (!cut) return cut.error();
    MDB_cursor* handle = nullptr;
    if (const int code = mdb_cursor_open(journal.transaction(), journal.records(), &handle);
        code != 0) {
      return lmdb_error(code, "open", journal_);
    }
    const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> cursor(handle, &mdb_cursor_close);
    const Result<CommitNumber> last =
        visit_entries(handle, journal_, meta.store_id, *cut, *mark,
                      [&layers](CommitNumber number, std::span<const Operation> batch,
                                std::size_t bytes) -> Result<void> {
                        layers.push_back(SortedRun::of_batch(batch, number, bytes));
                        return {};
                      });
    if (!last) return last.error();
    if (!layers.empty()) layers = {merge_all(std::move(layers))};
    return std::max(*last, *mark);
  }

  const std::uint64_t generation_;
  const fs::path journal_;
  ForeignEnvironment state_;
  StoreIdentity identity_;
  std::uint32_t format_ = 0;
  std::uint64_t records_ = 0;
  std::unique_ptr<View> view_;
};

}  // namespace

Result<std::optional<pid_t>> store_holder(const fs::path& directory) {
  const UniqueFd fd(::open((directory / "owner").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<pid_t>();
    return system_error(errno, "look who holds the store", directory);
  }
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd.get(), F_OFD_GETLK, &whole) != 0) {
    return system_error(errno, "look who holds the store", directory);
  }
  if (whole.l_type == F_UNLCK) return std::optional<pid_t>();
  std::array<char, 24> text{};
  const ssize_t length = ::pread(fd.get(), text.data(), text.size() - 1, 0);
  const long pid = length > 0 ? std::strtol(text.data(), nullptr, 10) : 0;
  return std::optional(static_cast<pid_t>(pid > 0 ? pid : 0));
}

Result<std::unique_ptr<LmdbReader>> open_lmdb_reader(const fs::path& directory) {
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (status.type() == fs::file_type::not_found) {
    return Error(Errc::not_found, "there is no directory " + directory.string());
  }
  if (error) return system_error(error.value(), "look at the store", directory);
  if (!fs::is_directory(status)) {
    return Error(Errc::not_found, directory.string() + " is not a directory, and so no store");
  }
  const Result<std::optional<std::uint64_t>> generation = highest_generation(directory);
  if (!generation && generation.error().code != Errc::invalid_argument) return generation.error();
  if (!generation || !generation->has_value()) {
    return Error(Errc::not_found, "there is no store in " + directory.string());
  }
  const fs::path state = state_path(directory, **generation);
  const std::uintmax_t data_bytes = fs::file_size(state / "data.mdb", error);
  if (error == std::errc::permission_denied) {
    return system_error(error.value(), "open", state);
  }
  if (error || data_bytes == 0) {
    return Error(Errc::corrupt,
                 state.string() + " has lost its data.mdb: restore the store from a copy",
                 error.value());
  }
  auto reader = std::make_unique<LmdbReaderImpl>(directory, **generation);
  if (Result<void> opened = reader->open(); !opened) return std::move(opened).error();
  return Result<std::unique_ptr<LmdbReader>>(std::move(reader));
}

}  // namespace stet::detail
