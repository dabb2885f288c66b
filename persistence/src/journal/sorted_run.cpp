// persistence/src/journal/sorted_run.cpp - building, merging and searching sorted runs.
#include "sorted_run.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <stet/runtime/detail/assert.hpp>

#include "../key_head.hpp"

namespace stet::detail {

// Fills a SortedRun that nobody else knows yet.
class SortedRunBuilder {
 public:
  explicit SortedRunBuilder(std::span<const Operation> operations) : operations_(operations) {}

  [[nodiscard]] std::shared_ptr<SortedRun> build() {
    if (is_sorted()) {
      for (const Operation& each : operations_) {
        if (each.kind == Operation::Kind::erase_range) {
          run_->ranges_.add(each.key, each.value);
        } else {
          add(each);
        }
      }
    } else {
      sort();
    }
    fill();
    return std::move(run_);
  }

 private:
  // Ranges, then one operation a key in order: so the store's batches come.
  [[nodiscard]] bool is_sorted() const noexcept {
    std::string_view before;
    for (const Operation& each : operations_) {
      if (each.kind == Operation::Kind::erase_range) {
        if (!before.empty()) return false;
      } else {
        if (each.key <= before) return false;
        before = each.key;
      }
    }
    return true;
  }

  void sort() {
    std::vector<const Operation*> kept;
    kept.reserve(operations_.size());
    // Backwards, so that what a later range erased is known. The newest word of a key comes first,
    // and a stable sort keeps it there.
    for (auto each = operations_.rbegin(); each != operations_.rend(); ++each) {
      if (each->kind == Operation::Kind::erase_range) {
        run_->ranges_.add(each->key, each->value);
      } else if (!run_->ranges_.covers(each->key)) {
        kept.push_back(&*each);
      }
    }
    std::stable_sort(kept.begin(), kept.end(), [](const Operation* left, const Operation* right) {
      return left->key < right->key;
    });
    const auto end = std::unique(
        kept.begin(), kept.end(),
        [](const Operation* left, const Operation* right) { return left->key == right->key; });
    kept.erase(end, kept.end());
    for (const Operation* each : kept) add(*each);
  }

  void add(const Operation& operation) {
    if (run_->entries_.empty()) run_->entries_.reserve(operations_.size());
    SortedRun::Entry entry;
    entry.bytes_ = operation.key.data();  // The caller's, until fill().
    entry.key_bytes_ = static_cast<std::uint16_t>(operation.key.size());
    entry.is_put_ = operation.kind == Operation::Kind::put;
    if (entry.is_put_) entry.value_bytes_ = static_cast<std::uint32_t>(operation.value.size());
    run_->entries_.push_back(entry);
    run_->bytes_ += operation.key.size() + entry.value_bytes_;
    values_.push_back(operation.value.data());
  }

  void fill() {
    auto block = std::make_shared<SortedRun::Block>();
    block->data = std::make_unique_for_overwrite<char[]>(run_->bytes_);
    block->bytes = run_->bytes_;
    char* at = block->data.get();
    for (std::size_t i = 0; i < run_->entries_.size(); ++i) {
      SortedRun::Entry& entry = run_->entries_[i];
      std::memcpy(at, entry.bytes_, entry.key_bytes_);
      // memcpy wants no null pointer, not even for nothing.
      if (entry.value_bytes_ > 0) {
        std::memcpy(at + entry.key_bytes_, values_[i], entry.value_bytes_);
      }
      entry.bytes_ = at;
      at += entry.key_bytes_ + entry.value_bytes_;
    }
    run_->block_bytes_ = block->bytes;
    run_->blocks_.push_back(std::move(block));
    run_->set_heads();
  }

  const std::span<const Operation> operations_;
  std::vector<const char*> values_;
  std::shared_ptr<SortedRun> run_ = std::make_shared<SortedRun>();
};

std::strong_ordering SortedRun::compare(const Entry& left, const Entry& right,
                                        bool heads_comparable) noexcept {
  // Zeros stand for what a short key lacks, so equal heads decide nothing.
  if (heads_comparable && left.head_ != right.head_) return left.head_ <=> right.head_;
  return left.key() <=> right.key();
}

std::string_view SortedRun::shared_prefix() const noexcept {
  return entries_.empty() ? std::string_view() : entries_.front().key().substr(0, shared_);
}

void SortedRun::set_heads() noexcept {
  shared_ = 0;
  if (entries_.empty()) return;
  const std::string_view low = entries_.front().key();
  const std::string_view high = entries_.back().key();
  const std::size_t most = std::min(low.size(), high.size());
  while (shared_ < most && low[shared_] == high[shared_]) ++shared_;
  for (Entry& entry : entries_) entry.head_ = key_head(entry.key(), shared_);
}

std::shared_ptr<const SortedRun> SortedRun::of_batch(std::span<const Operation> operations,
                                                     CommitNumber number,
                                                     std::size_t journal_bytes) {
  std::shared_ptr<SortedRun> run = SortedRunBuilder(operations).build();
  run->first_ = number;
  run->last_ = number;
  run->journal_bytes_ = journal_bytes;
  return run;
}

std::shared_ptr<const SortedRun> SortedRun::merged(const SortedRun& older, const SortedRun& newer) {
  STET_ASSERT(older.last_ + 1 == newer.first_);
  auto run = std::make_shared<SortedRun>();
  run->first_ = older.first_;
  run->last_ = newer.last_;
  run->journal_bytes_ = older.journal_bytes_ + newer.journal_bytes_;
  run->ranges_ = older.ranges_;
  run->ranges_.add(newer.ranges_);
  run->entries_.reserve(older.entries_.size() + newer.entries_.size());

  const bool heads_comparable = older.shared_prefix() == newer.shared_prefix();
  auto from_old = older.entries_.begin();
  auto from_new = newer.entries_.begin();
  const auto take = [&run](const Entry& entry) {
    run->entries_.push_back(entry);
    run->bytes_ += entry.key_bytes_ + std::size_t{entry.value_bytes_};
  };
  while (from_old != older.entries_.end()) {
    const auto order = from_new == newer.entries_.end()
                           ? std::strong_ordering::less
                           : compare(*from_old, *from_new, heads_comparable);
    if (order > 0) {
      take(*from_new++);
      continue;
    }
    if (order < 0 && !newer.ranges_.covers(from_old->key())) take(*from_old);
    ++from_old;  // Equal: the newer one comes in its turn.
  }
  while (from_new != newer.entries_.end()) take(*from_new++);

  if (older.block_bytes_ + newer.block_bytes_ > 2 * run->bytes_) {
    run->copy_bytes_together();
  } else {
    run->block_bytes_ = older.block_bytes_ + newer.block_bytes_;
    run->blocks_.reserve(older.blocks_.size() + newer.blocks_.size());
    run->blocks_ = older.blocks_;
    run->blocks_.insert(run->blocks_.end(), newer.blocks_.begin(), newer.blocks_.end());
  }
  if (heads_comparable) {
    run->shared_ = older.shared_;
  } else {
    run->set_heads();
  }
  return run;
}

void SortedRun::copy_bytes_together() {
  auto block = std::make_shared<Block>();
  block->data = std::make_unique_for_overwrite<char[]>(bytes_);
  block->bytes = bytes_;
  char* at = block->data.get();
  for (Entry& entry : entries_) {
    const std::size_t size = entry.key_bytes_ + std::size_t{entry.value_bytes_};
    std::memcpy(at, entry.bytes_, size);
    entry.bytes_ = at;
    at += size;
  }
  block_bytes_ = bytes_;
  blocks_.assign(1, std::move(block));
}

std::size_t SortedRun::lower_bound(std::string_view key) const noexcept {
  if (entries_.empty() || key.empty()) return 0;
  // What all keys begin with is compared once.
  const int side = key.substr(0, shared_).compare(shared_prefix());
  if (side < 0) return 0;
  if (side > 0) return entries_.size();
  const std::uint64_t head = key_head(key, shared_);
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), key,
                                      [head](const Entry& entry, std::string_view wanted) {
                                        if (entry.head_ != head) return entry.head_ < head;
                                        return entry.key() < wanted;
                                      });
  return static_cast<std::size_t>(found - entries_.begin());
}

const SortedRun::Entry* SortedRun::find(std::string_view key) const noexcept {
  const std::size_t at = lower_bound(key);
  if (at == entries_.size() || entries_[at].key() != key) return nullptr;
  return &entries_[at];
}

}  // namespace stet::detail
