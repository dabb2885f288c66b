// persistence/src/care/page_walk.cpp - down each branch once, comparing keys and counts.
#include "page_walk.hpp"

#include <algorithm>
#include <cstring>

namespace stet::detail {
namespace {

constexpr unsigned levels_max = 32;  // LMDB's.

std::uint64_t integer_of(std::string_view key) noexcept {
  std::uint64_t number = 0;
  std::memcpy(&number, key.data(), std::min(key.size(), sizeof(number)));
  return number;
}

}  // namespace

// Lists of page numbers, by the commit that freed them: a count, then so many, the largest first.
class PageWalk::FreeLists final : public PageVisitor {
 public:
  FreeLists(PageWalk& walk, PageVisitor& told) noexcept : walk_(walk), told_(told) {}

  bool record(std::string_view key, std::string_view value) override {
    constexpr std::size_t word = sizeof(std::uint64_t);
    const std::uint64_t count = value.size() < word ? 0 : integer_of(value);
    if (key.size() != word || value.size() < word || count > value.size() / word - 1) {
      return damage(0, {}, "a list of free pages is damaged");
    }
    PageNumber before = no_page;
    for (std::uint64_t i = 1; i <= count; ++i) {
      const PageNumber page = integer_of(value.substr(i * word));
      if (page < 2 || page > walk_.last_page_ || page >= before) {
        return damage(page, {}, "a list of free pages names what cannot be free");
      }
      before = page;
      if (page >= walk_.free_.size()) continue;  // LMDB need not have written it.
      if (walk_.used_[page] || walk_.free_[page]) {
        if (!damage(page, {}, "the page is listed as free, and is not")) return false;
      }
      walk_.free_[page] = true;
    }
    return true;
  }
  bool damage(PageNumber page, std::string_view, const std::string& why) override {
    walk_.is_free_whole_ = false;
    return told_.damage(page, {}, why);
  }

 private:
  PageWalk& walk_;
  PageVisitor& told_;
};

bool PageWalk::walk_records(const FileMeta& meta, PageVisitor& visitor) {
  return walk(meta, meta.records, false, visitor);
}

bool PageWalk::walk_free(const FileMeta& meta, PageVisitor& visitor) {
  free_.assign(used_.size(), false);
  is_free_whole_ = true;
  FreeLists lists(*this, visitor);
  const bool going = walk(meta, meta.free, true, lists);
  // Its own pages were claimed while it was read.
  for (PageNumber page = 2; going && page < free_.size(); ++page) {
    if (free_[page] && used_[page] && is_free_whole_) {
      if (!lists.damage(page, {}, "the page is listed as free, and is not")) return false;
    }
  }
  return going;
}

bool PageWalk::walk(const FileMeta& meta, const FileTree& tree, bool integer_keys,
                    PageVisitor& visitor) {
  last_page_ = meta.last_page;
  integer_keys_ = integer_keys;
  found_ = {};
  has_last_key_ = false;
  pages_lost_ = 0;
  values_lost_ = 0;
  if (tree.root != no_page && !descend(tree.root, 1, {}, visitor)) return false;
  // Where pages could not be read their number is no news.
  return pages_lost_ + values_lost_ > 0 || compare_counts(tree, visitor);
}

bool PageWalk::compare_counts(const FileTree& tree, PageVisitor& visitor) {
  const bool same = found_.records == tree.records && found_.leaf_pages == tree.leaf_pages &&
                    found_.branch_pages == tree.branch_pages &&
                    found_.overflow_pages == tree.overflow_pages && found_.depth == tree.depth;
  return same ||
         visitor.damage(0, {},
                        "the file counts " + std::to_string(tree.records) + " records and shows " +
                            std::to_string(found_.records) + ", or has other pages than it counts");
}

bool PageWalk::is_less(std::string_view left, std::string_view right) const noexcept {
  return integer_keys_ ? integer_of(left) < integer_of(right) : left < right;
}

bool PageWalk::claim(PageNumber first, std::uint64_t count) {
  if (first < 2 || first >= used_.size() || count > used_.size() - first ||
      first + count - 1 > last_page_) {
    return false;
  }
  const auto begin = used_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = begin + static_cast<std::ptrdiff_t>(count);
  if (std::find(begin, end, true) != end) return false;
  std::fill(begin, end, true);
  return true;
}

bool PageWalk::descend(PageNumber number, unsigned depth, Range range, PageVisitor& visitor) {
  if (!claim(number, 1)) {
    ++pages_lost_;
    return visitor.damage(number, {}, "the page is none of the file's, or has two places in it");
  }
  PageFile::Page page;
  if (Result<void> done = file_.read(number, page); !done) {
    ++pages_lost_;
    return visitor.damage(number, {}, done.error().text);
  }
  if (page.kind == PageFile::Kind::leaf) {
    ++found_.leaf_pages;
    if (found_.depth != 0 && found_.depth != depth) {
      if (!visitor.damage(number, {}, "the page is on another level than its like")) return false;
    }
    found_.depth = static_cast<std::uint16_t>(depth);
    return leaf(page, range, visitor);
  }
  // Only the tree of free pages may have a branch of one.
  if (page.kind != PageFile::Kind::branch || depth >= levels_max ||
      (page.nodes < 2 && !integer_keys_)) {
    ++pages_lost_;
    return visitor.damage(number, {}, "the page is of another kind than its place demands");
  }
  ++found_.branch_pages;
  return branch(page, depth, range, visitor);
}

bool PageWalk::branch(const PageFile::Page& page, unsigned depth, Range range,
                      PageVisitor& visitor) {
  std::string from;
  std::string to;
  Range below{range.from, nullptr};
  for (std::size_t i = 0; i < page.nodes; ++i) {
    const bool is_last = i + 1 == page.nodes;
    below.to = is_last ? range.to : &to;
    if (!is_last) {
      to = file_.node(page, i + 1).key;  // The first one of a page says nothing.
      if ((below.from != nullptr && !is_less(*below.from, to)) ||
          (range.to != nullptr && !is_less(to, *range.to))) {
        if (!visitor.damage(page.number, {}, "the keys of a branch are out of order")) return false;
      }
    }
    if (!descend(file_.node(page, i).page, depth + 1, below, visitor)) return false;
    from.swap(to);
    below.from = &from;
  }
  return true;
}

bool PageWalk::leaf(const PageFile::Page& page, Range range, PageVisitor& visitor) {
  PageFile::Page head;
  for (std::size_t i = 0; i < page.nodes; ++i) {
    const PageFile::Node node = file_.node(page, i);
    place_ = {page.number, i};
    ++found_.records;
    const bool in_order = !node.key.empty() && (!has_last_key_ || is_less(last_key_, node.key)) &&
                          (range.from == nullptr || !is_less(node.key, *range.from)) &&
                          (range.to == nullptr || is_less(node.key, *range.to));
    if (!in_order && !visitor.damage(page.number, node.key, "the key is out of order"))
      return false;
    last_key_ = node.key;
    has_last_key_ = true;
    const Result<std::string_view> value = file_.value(node, long_value_, head);
    if (!value) {
      ++values_lost_;
      if (!visitor.damage(node.page, node.key, value.error().text)) return false;
      continue;
    }
    if (node.page != 0) {
      found_.overflow_pages += head.overflow_pages;
      if (!claim(node.page, head.overflow_pages)) {
        if (!visitor.damage(node.page, node.key, "a long value's pages have two places")) {
          return false;
        }
      }
    }
    if (!visitor.record(node.key, *value)) return false;
  }
  return true;
}

}  // namespace stet::detail
