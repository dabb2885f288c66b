// persistence/src/care/page_file.hpp - a data.mdb read by its bytes, without LMDB.
//
// LMDB trusts its file: a number that is wrong sends it through memory. Here every number is compared
// with what is there before it is used, and pages are read, not mapped, so that no file can end the
// process. Of LMDB's format 1 (0.9), as a 64-bit little-endian machine writes it:
//
//   page    number (8), pad (2), flags (2), lower (2), upper (2); then offsets of nodes (2 each) up
//           to lower, and from upper on the nodes. A long value: number (8), pad (2), flags (2),
//           pages (4), then the value, over so many pages.
//   node    low and high half of the value's bytes (2 + 2), flags (2), bytes of the key (2), key,
//           then the value, or the number (8) of the page it begins on. In a branch the first three
//           are the number of the page below.
//   meta    on pages 0 and 1, in turn: magic (4), version (4), address (8), map (8), the tree of
//           free pages (48), the tree of records (48), last page (8), number of the commit (8)
//   tree    page's bytes, in the first (4), flags (2), depth (2), branch, leaf, overflow pages,
//           records, root (8 each)
//
// Threads    One.
// Errors     corrupt: the text says what is wrong with the page, not where. io.
// Bounds     A value is read whole: at most the file's bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stet/runtime/result.hpp>

#include "../unique_fd.hpp"

namespace stet::detail {

using PageNumber = std::uint64_t;
inline constexpr PageNumber no_page = ~PageNumber{0};  // The root of an empty tree.

struct FileTree {
  std::uint32_t page_bytes = 0;
  std::uint16_t flags = 0;
  std::uint16_t depth = 0;
  std::uint64_t branch_pages = 0;
  std::uint64_t leaf_pages = 0;
  std::uint64_t overflow_pages = 0;
  std::uint64_t records = 0;
  PageNumber root = no_page;
};

struct FileMeta {
  FileTree free;
  FileTree records;
  PageNumber last_page = 0;
  std::uint64_t commit = 0;

  friend bool operator==(const FileMeta& left, const FileMeta& right) noexcept {
    return left.commit == right.commit && left.last_page == right.last_page &&
           left.free.root == right.free.root && left.records.root == right.records.root;
  }
};

class PageFile {
 public:
  enum class Kind : std::uint8_t { branch, leaf, overflow };

  // Checked as far as it can be by itself.
  struct Page {
    PageNumber number = 0;
    Kind kind = Kind::leaf;
    std::vector<char> bytes;
    std::size_t nodes = 0;
    std::uint64_t overflow_pages = 0;  // How many the long value takes.
  };
  struct Node {
    std::string_view key;
    PageNumber page = 0;     // Branch: below. Leaf: of the long value, or 0.
    std::size_t bytes = 0;   // Leaf: of the value.
    std::string_view value;  // Leaf, where it stands on the page.
  };

  [[nodiscard]] static Result<PageFile> open(const std::filesystem::path& file);

  // Both, as they are at one moment. What does not look like one is left out.
  [[nodiscard]] Result<std::array<std::optional<FileMeta>, 2>> metas() const;
  // How the two must stand to each other, and what LMDB demands to open the file at all.
  [[nodiscard]] static Result<FileMeta> newest(const std::array<std::optional<FileMeta>, 2>& metas);

  [[nodiscard]] std::size_t page_bytes() const noexcept { return page_bytes_; }
  // In the file; a last one that is cut does not count.
  [[nodiscard]] PageNumber pages() const noexcept { return file_bytes_ / page_bytes_; }
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }

  // A page that a tree consists of, or the first of a long value, with all of its nodes checked.
  [[nodiscard]] Result<void> read(PageNumber number, Page& page) const;
  // Requires: index < page.nodes.
  [[nodiscard]] Node node(const Page& page, std::size_t index) const noexcept;
  // The value of a leaf's node; `room` holds it where it is long, `head` then gets its first page.
  [[nodiscard]] Result<std::string_view> value(const Node& node, std::string& room,
                                               Page& head) const;

 private:
  PageFile(UniqueFd fd, std::uint64_t file_bytes) noexcept;
  [[nodiscard]] Result<void> read_at(std::uint64_t offset, char* to, std::size_t bytes) const;
  [[nodiscard]] std::optional<FileMeta> parse_meta(std::string_view page, PageNumber number) const;
  [[nodiscard]] Result<void> check_page(Page& page) const;

  UniqueFd fd_;
  std::uint64_t file_bytes_ = 0;
  std::size_t page_bytes_ = 4096;
};

}  // namespace stet::detail
