// persistence/src/care/page_file.cpp - pages read and compared with what they say.
#include "page_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "../lmdb/errors.hpp"

namespace stet::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "integers are copied as they stand");

constexpr std::size_t page_head_bytes = 16;
constexpr std::size_t node_head_bytes = 8;
constexpr std::size_t meta_bytes = 136;
constexpr std::size_t tree_bytes = 48;
constexpr std::size_t page_bytes_min = 512;
constexpr std::size_t page_bytes_most = 32768;
constexpr std::size_t record_key_bytes_max = 511;

constexpr std::uint16_t page_is_branch = 0x01;
constexpr std::uint16_t page_is_leaf = 0x02;
constexpr std::uint16_t page_is_overflow = 0x04;
constexpr std::uint16_t page_is_meta = 0x08;
constexpr std::uint16_t value_is_long = 0x01;
constexpr std::uint16_t keys_are_integers = 0x08;

template <class T>
T load_at(const char* bytes, std::size_t offset) noexcept {
  T value{};
  std::memcpy(&value, bytes + offset, sizeof(value));
  return value;
}

Error damaged_page(const char* what) { return Error(Errc::corrupt, what); }

FileTree parse_tree(const char* at) noexcept {
  return {.page_bytes = load_at<std::uint32_t>(at, 0),
          .flags = load_at<std::uint16_t>(at, 4),
          .depth = load_at<std::uint16_t>(at, 6),
          .branch_pages = load_at<std::uint64_t>(at, 8),
          .leaf_pages = load_at<std::uint64_t>(at, 16),
          .overflow_pages = load_at<std::uint64_t>(at, 24),
          .records = load_at<std::uint64_t>(at, 32),
          .root = load_at<std::uint64_t>(at, 40)};
}

bool is_page_size(std::size_t bytes) noexcept {
  return bytes >= page_bytes_min && bytes <= page_bytes_most && std::has_single_bit(bytes);
}

// Where a node lies; even numbers, behind `upper`.
std::size_t place_of_node(const std::vector<char>& page, std::size_t index) noexcept {
  return load_at<std::uint16_t>(page.data(), page_head_bytes + 2 * index);
}

}  // namespace

PageFile::PageFile(UniqueFd fd, std::uint64_t file_bytes) noexcept
    : fd_(std::move(fd)), file_bytes_(file_bytes) {}

Result<PageFile> PageFile::open(const std::filesystem::path& file) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_error(errno, "open", file);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return system_error(errno, "open", file);
  if (!S_ISREG(status.st_mode)) return Error(Errc::corrupt, "it is no file");
  PageFile opened(std::move(fd), static_cast<std::uint64_t>(status.st_size));
  // The first meta page says how large pages are; where it is damaged the second one does, if it
  // stands where it says.
  std::array<char, page_head_bytes + meta_bytes> head{};
  for (std::size_t guess = 0; guess <= page_bytes_most; guess = guess == 0 ? 512 : guess * 2) {
    if (!opened.read_at(guess, head.data(), head.size())) break;
    const FileTree tree = parse_tree(head.data() + page_head_bytes + 24);
    const bool is_there = load_at<std::uint16_t>(head.data(), 10) == page_is_meta &&
                          is_page_size(tree.page_bytes) && (guess == 0 || guess == tree.page_bytes);
    if (is_there) {
      opened.page_bytes_ = tree.page_bytes;
      break;
    }
  }
  return opened;
}

Result<void> PageFile::read_at(std::uint64_t offset, char* to, std::size_t bytes) const {
  while (bytes > 0) {
    const ssize_t got = ::pread(fd_.get(), to, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error(Errc::io, "it cannot be read", errno);
    if (got == 0) return damaged_page("the file ends before it");
    to += got;
    offset += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::size_t>(got);
  }
  return {};
}

std::optional<FileMeta> PageFile::parse_meta(std::string_view page, PageNumber number) const {
  constexpr std::uint32_t magic = 0xBEEFC0DE;
  const char* const at = page.data() + page_head_bytes;
  if (load_at<std::uint64_t>(page.data(), 0) != number ||
      load_at<std::uint16_t>(page.data(), 10) != page_is_meta ||
      load_at<std::uint32_t>(at, 0) != magic || load_at<std::uint32_t>(at, 4) != 1) {
    return std::nullopt;
  }
  // LMDB never has a page behind its map; a host would fail to make the map that large.
  const auto map_bytes = load_at<std::uint64_t>(at, 16);
  FileMeta meta{.free = parse_tree(at + 24),
                .records = parse_tree(at + 24 + tree_bytes),
                .last_page = load_at<std::uint64_t>(at, 120),
                .commit = load_at<std::uint64_t>(at, 128)};
  if (meta.free.page_bytes != page_bytes_ || meta.free.flags != keys_are_integers ||
      meta.records.flags != 0 || meta.last_page == 0 || meta.last_page >= map_bytes / page_bytes_) {
    return std::nullopt;
  }
  return meta;
}

Result<std::array<std::optional<FileMeta>, 2>> PageFile::metas() const {
  constexpr std::size_t bytes = page_head_bytes + meta_bytes;
  std::array<std::array<char, bytes>, 2> before{};
  std::array<std::array<char, bytes>, 2> after{};
  // A host may write one of them right now: they count when they are twice the same.
  for (int round = 0; round < 100; ++round) {
    for (auto* both : {&before, &after}) {
      for (std::size_t i = 0; i < 2; ++i) {
        Result<void> done = read_at(i * page_bytes_, (*both)[i].data(), bytes);
        if (!done && done.error() == Errc::io) return std::move(done).error();
        if (!done) (*both)[i].fill(0);
      }
    }
    if (before == after) break;
  }
  return std::array{parse_meta({after[0].data(), bytes}, 0),
                    parse_meta({after[1].data(), bytes}, 1)};
}

Result<FileMeta> PageFile::newest(const std::array<std::optional<FileMeta>, 2>& metas) {
  if (!metas[0] || !metas[1]) return damaged_page("the meta page is damaged");
  const std::uint64_t first = metas[0]->commit;
  const std::uint64_t second = metas[1]->commit;
  // They are written in turn; a file that was never written has two of number 0.
  const bool in_turn = first % 2 == 0 && (second == first + 1 || first == second + 1);
  if (!in_turn && (first != 0 || second != 0)) {
    return damaged_page("the two meta pages do not follow each other");
  }
  return first > second ? *metas[0] : *metas[1];
}

Result<void> PageFile::read(PageNumber number, Page& page) const {
  if (number < 2 || number >= pages()) return damaged_page("the file has no such page");
  page.bytes.resize(page_bytes_);
  page.number = number;
  page.nodes = 0;
  page.overflow_pages = 0;
  if (Result<void> done = read_at(number * page_bytes_, page.bytes.data(), page_bytes_); !done) {
    return done;
  }
  if (load_at<std::uint64_t>(page.bytes.data(), 0) != number) {
    return damaged_page("the page says another number");
  }
  switch (load_at<std::uint16_t>(page.bytes.data(), 10)) {
    case page_is_branch: page.kind = Kind::branch; return check_page(page);
    case page_is_leaf: page.kind = Kind::leaf; return check_page(page);
    case page_is_overflow:
      page.kind = Kind::overflow;
      page.overflow_pages = load_at<std::uint32_t>(page.bytes.data(), 12);
      if (page.overflow_pages == 0 || page.overflow_pages > pages() - number) {
        return damaged_page("the long value ends behind the file");
      }
      return {};
    default: return damaged_page("the page is of no known kind");
  }
}

Result<void> PageFile::check_page(Page& page) const {
  const std::size_t lower = load_at<std::uint16_t>(page.bytes.data(), 12);
  const std::size_t upper = load_at<std::uint16_t>(page.bytes.data(), 14);
  if (lower < page_head_bytes || lower % 2 != 0 || upper % 2 != 0 || upper < lower ||
      upper > page_bytes_) {
    return damaged_page("the page's bounds are damaged");
  }
  page.nodes = (lower - page_head_bytes) / 2;
  if (page.nodes == 0) return damaged_page("the page is empty");
  std::size_t sum = 0;
  for (std::size_t i = 0; i < page.nodes; ++i) {
    const std::size_t offset = place_of_node(page.bytes, i);
    if (offset < upper || offset % 2 != 0 || offset + node_head_bytes > page_bytes_) {
      return damaged_page("a record's place on the page is damaged");
    }
    const char* const at = page.bytes.data() + offset;
    std::size_t bytes = node_head_bytes + load_at<std::uint16_t>(at, 6);
    if (load_at<std::uint16_t>(at, 6) > record_key_bytes_max) {
      return damaged_page("a key's length is damaged");
    }
    if (page.kind == Kind::leaf) {
      const std::uint16_t flags = load_at<std::uint16_t>(at, 4);
      if (flags != 0 && flags != value_is_long) return damaged_page("a record's flags are damaged");
      bytes += flags == value_is_long ? sizeof(PageNumber) : load_at<std::uint32_t>(at, 0);
    }
    if (offset + bytes > page_bytes_) return damaged_page("a record's length is damaged");
    sum += (bytes + 1) / 2 * 2;
  }
  // LMDB leaves no gaps: so nothing overlaps either.
  if (sum != page_bytes_ - upper) return damaged_page("the records' lengths do not fill the page");
  return {};
}

PageFile::Node PageFile::node(const Page& page, std::size_t index) const noexcept {
  const char* const at = page.bytes.data() + place_of_node(page.bytes, index);
  const std::size_t key_bytes = load_at<std::uint16_t>(at, 6);
  Node node{.key = {at + node_head_bytes, key_bytes}, .page = 0, .bytes = 0, .value = {}};
  if (page.kind == Kind::branch) {
    node.page = load_at<std::uint32_t>(at, 0) | std::uint64_t{load_at<std::uint16_t>(at, 4)} << 32;
    return node;
  }
  node.bytes = load_at<std::uint32_t>(at, 0);
  const char* const value = at + node_head_bytes + key_bytes;
  if (load_at<std::uint16_t>(at, 4) == value_is_long) {
    node.page = load_at<PageNumber>(value, 0);
  } else {
    node.value = {value, node.bytes};
  }
  return node;
}

Result<std::string_view> PageFile::value(const Node& node, std::string& room, Page& head) const {
  head.overflow_pages = 0;
  if (node.page == 0) return node.value;
  if (Result<void> done = read(node.page, head); !done) return std::move(done).error();
  if (head.kind != Kind::overflow) return damaged_page("a long value's page is of another kind");
  if (node.bytes > head.overflow_pages * page_bytes_ - page_head_bytes) {
    return damaged_page("a long value's length is damaged");
  }
  room.resize(node.bytes);
  if (Result<void> done =
          read_at(node.page * page_bytes_ + page_head_bytes, room.data(), node.bytes);
      !done) {
    return std::move(done).error();
  }
  return std::string_view(room);
}

}  // namespace stet::detail
