// persistence/src/lmdb/file_snapshot.cpp - the meta page of a commit that a transaction holds.
#include "file_snapshot.hpp"

#include <system_error>
#include <utility>

#include "errors.hpp"
#include "foreign_environment.hpp"

namespace stet::detail {

class FileSnapshot::Slot {
 public:
  explicit Slot(const std::filesystem::path& directory) : environment_(directory) {}
  [[nodiscard]] int open() { return environment_.open(); }
  [[nodiscard]] std::uint64_t commit() const { return mdb_txn_id(environment_.transaction()); }

 private:
  ForeignEnvironment environment_;
};

FileSnapshot::FileSnapshot(PageFile file, const FileMeta& meta, std::unique_ptr<Slot> slot)
    : file_(std::move(file)), meta_(meta), slot_(std::move(slot)) {}
FileSnapshot::~FileSnapshot() = default;
FileSnapshot::FileSnapshot(FileSnapshot&&) noexcept = default;

Result<FileSnapshot> FileSnapshot::open(const std::filesystem::path& environment) {
  // A host commits meanwhile: its meta pages are overwritten two commits later.
  for (int round = 0;; ++round) {
    Result<PageFile> file = PageFile::open(environment / "data.mdb");
    if (!file) return std::move(file).error();
    auto metas = file->metas();
    if (!metas) return std::move(metas).error();
    // With these two in order LMDB may open it: it looks at nothing else.
    Result<FileMeta> newest = PageFile::newest(*metas);
    std::error_code error;
    // Without a lock file nobody has it open.
    if (!newest || !std::filesystem::exists(environment / "lock.mdb", error)) {
      if (!newest) return std::move(newest).error();
      return FileSnapshot(std::move(file).value(), *newest, nullptr);
    }
    auto slot = std::make_unique<Slot>(environment);
    if (const int code = slot->open(); code != 0) return lmdb_error(code, "open", environment);
    // Again, with the slot taken: the file may have grown, too.
    file = PageFile::open(environment / "data.mdb");
    if (!file) return std::move(file).error();
    metas = file->metas();
    if (!metas) return std::move(metas).error();
    for (const std::optional<FileMeta>& meta : *metas) {
      if (meta && meta->commit == slot->commit()) {
        return FileSnapshot(std::move(file).value(), *meta, std::move(slot));
      }
    }
    if (round == 100) return Error(Errc::io, "the store is written faster than it can be read");
  }
}

}  // namespace stet::detail
