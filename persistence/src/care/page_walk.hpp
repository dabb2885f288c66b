// persistence/src/care/page_walk.hpp - a tree of pages walked in the order of its keys.
//
// Each page belongs to one place: one that is met twice is damage, so no walk goes in circles. What
// is damaged is told and left out, and the walk goes on behind it.
//
// Threads    One.
// Errors     To the visitor, and what the disk does not give is damage too.
// Bounds     Memory: two bits for each page of the file, one page a level, one value. Levels: as LMDB's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "page_file.hpp"

namespace stet::detail {

class PageVisitor {
 public:
  PageVisitor() = default;
  virtual ~PageVisitor() = default;
  PageVisitor(const PageVisitor&) = delete;
  PageVisitor& operator=(const PageVisitor&) = delete;

  // False: end the walk. Keys that are out of order are told before, by damage().
  virtual bool record(std::string_view key, std::string_view value) = 0;
  // `key`: of the record, where only one is concerned.
  virtual bool damage(PageNumber page, std::string_view key, const std::string& why) = 0;
};

class PageWalk {
 public:
  explicit PageWalk(const PageFile& file) : file_(file), used_(file.pages(), false) {}

  // The records, then whether the tree's own counts are right. False: the visitor ended it.
  bool walk_records(const FileMeta& meta, PageVisitor& visitor);
  // The lists of free pages; after the records, for a page that is used must not be free. Of the
  // visitor only damage() is called.
  bool walk_free(const FileMeta& meta, PageVisitor& visitor);

  // Pages that have a place in the trees walked so far, also where they did not read well.
  [[nodiscard]] bool is_used(PageNumber page) const { return page < 2 || used_[page]; }
  // What walk_free() found; `whole`: nothing was wrong with it.
  [[nodiscard]] bool is_free(PageNumber page) const { return page < free_.size() && free_[page]; }
  [[nodiscard]] bool is_free_whole() const noexcept { return is_free_whole_; }
  // Of the tree walked last: pages that did not read, with all below them; and long values.
  [[nodiscard]] std::uint64_t pages_lost() const noexcept { return pages_lost_; }
  [[nodiscard]] std::uint64_t values_lost() const noexcept { return values_lost_; }

  struct Place {
    PageNumber page = 0;
    std::size_t index = 0;
  };
  // While the visitor is told a record: where that stands.
  [[nodiscard]] const Place& place() const noexcept { return place_; }

 private:
  class FreeLists;
  struct Range {  // Keys of a subtree; nullptr: without a bound.
    const std::string* from = nullptr;
    const std::string* to = nullptr;
  };
  bool walk(const FileMeta& meta, const FileTree& tree, bool integer_keys, PageVisitor& visitor);
  bool descend(PageNumber number, unsigned depth, Range range, PageVisitor& visitor);
  bool branch(const PageFile::Page& page, unsigned depth, Range range, PageVisitor& visitor);
  bool leaf(const PageFile::Page& page, Range range, PageVisitor& visitor);
  bool compare_counts(const FileTree& tree, PageVisitor& visitor);
  // True: nobody else has them.
  bool claim(PageNumber first, std::uint64_t count);
  [[nodiscard]] bool is_less(std::string_view left, std::string_view right) const noexcept;

  const PageFile& file_;
  std::vector<bool> used_;
  std::vector<bool> free_;
  bool is_free_whole_ = false;

  // Of the tree that is walked.
  PageNumber last_page_ = 0;
  bool integer_keys_ = false;
  FileTree found_;
  std::string last_key_;
  bool has_last_key_ = false;
  std::uint64_t pages_lost_ = 0;
  std::uint64_t values_lost_ = 0;
  Place place_;
  std::string long_value_;
};

}  // namespace stet::detail
