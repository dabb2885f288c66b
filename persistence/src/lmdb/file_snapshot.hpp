// persistence/src/lmdb/file_snapshot.hpp - the pages of an environment, as of one commit.
//
// Beside a host a read transaction keeps the pages from being used again while they are read; of
// LMDB only its table of readers is used, never its map, so that no damage matters to it.
//
// Threads    One.
// Ownership  Holds the transaction. Never in the process that has the store open.
// Errors     corrupt: the file is no LMDB file of ours any more. readers_full, io.
#pragma once

#include <filesystem>
#include <memory>

#include <stet/runtime/result.hpp>

#include "../care/page_file.hpp"

namespace stet::detail {

class FileSnapshot {
 public:
  [[nodiscard]] static Result<FileSnapshot> open(const std::filesystem::path& environment);
  ~FileSnapshot();
  FileSnapshot(FileSnapshot&&) noexcept;
  FileSnapshot(const FileSnapshot&) = delete;
  FileSnapshot& operator=(const FileSnapshot&) = delete;
  FileSnapshot& operator=(FileSnapshot&&) = delete;

  [[nodiscard]] const PageFile& file() const noexcept { return file_; }
  [[nodiscard]] const FileMeta& meta() const noexcept { return meta_; }

 private:
  class Slot;
  FileSnapshot(PageFile file, const FileMeta& meta, std::unique_ptr<Slot> slot);

  PageFile file_;
  FileMeta meta_;
  std::unique_ptr<Slot> slot_;
};

}  // namespace stet::detail
