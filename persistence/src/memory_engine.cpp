// persistence/src/memory_engine.cpp - a map, its undo log, and views of it.
#include "memory_engine.hpp"

#include <new>
#include <string_view>
#include <utility>

namespace stet::detail {

void MemoryDisk::lose_power(NotYetDurable last_commit) {
  const std::lock_guard lock(mutex_);
  if (durable_ < committed_ && last_commit == NotYetDurable::lost) {
    own_map();
    take_back(not_yet_durable_);
    committed_ = durable_;
  }
  not_yet_durable_.clear();
  durable_ = committed_;
  ++incarnation_;
  engines_ = 0;
}

void MemoryDisk::set_successor_finds(NotYetDurable last_commit) {
  const std::lock_guard lock(mutex_);
  successor_finds_ = last_commit;
}

void MemoryDisk::set_bytes_max(std::size_t bytes_max) {
  const std::lock_guard lock(mutex_);
  bytes_max_ = bytes_max;
}

std::size_t MemoryDisk::used_bytes() const {
  const std::lock_guard lock(mutex_);
  return used_bytes_;
}

std::size_t MemoryDisk::views() const {
  const std::lock_guard lock(mutex_);
  return views_;
}

void MemoryDisk::own_map() {
  if (map_.use_count() > 1) map_ = std::make_shared<Map>(*map_);
}

void MemoryDisk::put(std::string_view key, std::string_view value, Undo& undo) {
  std::string bytes(value);
  undo.push_back({std::string(key), std::nullopt, {}});
  const auto found = map_->find(key);
  if (found == map_->end()) {
    map_->emplace(undo.back().key, std::move(bytes));
    used_bytes_ += key.size() + value.size();
  } else {
    used_bytes_ += value.size();
    used_bytes_ -= found->second.size();
    undo.back().before = std::exchange(found->second, std::move(bytes));
  }
}

void MemoryDisk::erase(Map::iterator record, Undo& undo) {
  undo.emplace_back();
  used_bytes_ -= record->first.size() + record->second.size();
  undo.back().erased = map_->extract(record);
}

void MemoryDisk::apply(const Operation& operation, Undo& undo) {
  switch (operation.kind) {
    case Operation::Kind::put: return put(operation.key, operation.value, undo);
    case Operation::Kind::erase:
      if (const auto found = map_->find(operation.key); found != map_->end()) erase(found, undo);
      return;
    case Operation::Kind::erase_range:
      for (auto record = map_->lower_bound(operation.key);
           record != map_->end() && record->first < operation.value;) {
        erase(record++, undo);
      }
      return;
  }
}

void MemoryDisk::take_back(Undo& undo) noexcept {
  for (auto change = undo.rbegin(); change != undo.rend(); ++change) {
    if (!change->erased.empty()) {
      used_bytes_ += change->erased.key().size() + change->erased.mapped().size();
      map_->insert(std::move(change->erased));
      continue;
    }
    const auto found = map_->find(change->key);
    if (found == map_->end()) continue;  // The allocation that was to follow failed.
    used_bytes_ -= found->second.size();
    if (change->before) {
      used_bytes_ += change->before->size();
      found->second = *std::move(change->before);
    } else {
      used_bytes_ -= found->first.size();
      map_->erase(found);
    }
  }
  undo.clear();
}

class MemoryCursor final : public Cursor {
 public:
  using Iterator = MemoryDisk::Map::const_iterator;

  MemoryCursor(Iterator first, Iterator last, View::Order order)
      : first_(first), last_(last), order_(order) {}

  [[nodiscard]] Result<bool> next() override {
    if (first_ == last_) return false;
    here_ = order_ == View::Order::forward ? first_++ : --last_;
    return true;
  }
  [[nodiscard]] std::string_view key() const noexcept override { return here_->first; }
  [[nodiscard]] std::string_view value() const noexcept override { return here_->second; }

 private:
  Iterator first_;
  Iterator last_;
  Iterator here_{};
  const View::Order order_;
};

class MemoryView final : public View {
 public:
  // Of the disk as it is now, or of an older map.
  MemoryView(std::shared_ptr<MemoryDisk> disk, std::shared_ptr<const MemoryDisk::Map> older,
             CommitNumber number)
      : disk_(std::move(disk)), map_(std::move(older)), number_(number) {
    const std::lock_guard lock(disk_->mutex_);
    if (map_ == nullptr) {
      map_ = disk_->map_;
      number_ = disk_->committed_;
    }
    ++disk_->views_;
  }
  ~MemoryView() override {
    // Under the mutex, so that a commit that finds the map unshared has seen the last read of it.
    const std::lock_guard lock(disk_->mutex_);
    map_.reset();
    --disk_->views_;
  }

  [[nodiscard]] CommitNumber number() const noexcept override { return number_; }
  [[nodiscard]] Result<std::optional<std::string_view>> get(std::string_view key) const override {
    const auto found = map_->find(key);
    if (found == map_->end()) return std::optional<std::string_view>();
    return std::optional<std::string_view>(found->second);
  }
  [[nodiscard]] Result<std::unique_ptr<Cursor>> scan(std::string_view from, std::string_view to,
                                                     Order order) const override {
    const auto first = map_->lower_bound(from);
    auto last = to.empty() ? map_->end() : map_->lower_bound(to);
    if (!to.empty() && to < from) last = first;
    return Result<std::unique_ptr<Cursor>>(std::make_unique<MemoryCursor>(first, last, order));
  }

 private:
  const std::shared_ptr<MemoryDisk> disk_;
  std::shared_ptr<const MemoryDisk::Map> map_;
  CommitNumber number_ = 0;
};

class MemoryEngine final : public Engine {
 public:
  MemoryEngine(std::shared_ptr<MemoryDisk> disk, std::uint64_t incarnation)
      : disk_(std::move(disk)), incarnation_(incarnation) {}
  ~MemoryEngine() override {
    const std::lock_guard lock(disk_->mutex_);
    if (!is_alive()) return;
    --disk_->engines_;
    // The end of a process loses nothing, only the loss of power does.
  }

  [[nodiscard]] static Result<std::unique_ptr<Engine>> open(std::shared_ptr<MemoryDisk> disk) {
    const std::lock_guard lock(disk->mutex_);
    if (disk->engines_ > 0) {
      return Error(Errc::already_open, "an engine of this memory disk is open: close it first");
    }
    auto engine = std::make_unique<MemoryEngine>(disk, disk->incarnation_);
    disk->engines_ = 1;
    // Opening flushes what the engine before left.
    disk->durable_ = disk->committed_;
    disk->not_yet_durable_.clear();
    return Result<std::unique_ptr<Engine>>(std::move(engine));
  }

  [[nodiscard]] Result<CommitNumber> commit(std::span<const Operation> operations,
                                            Flush flush) override {
    if (Result<void> fine = check_batch(operations, limits()); !fine) return fine.error();
    const std::lock_guard lock(disk_->mutex_);
    if (!is_alive()) return closed();
    MemoryDisk::Undo undo;
    const std::size_t bytes_before = disk_->used_bytes_;
    try {
      disk_->own_map();
      for (const Operation& operation : operations) disk_->apply(operation, undo);
    } catch (const std::bad_alloc&) {
      disk_->take_back(undo);
      ++failures_;
      return Error(Errc::no_memory, "commit: an allocation failed; try again");
    }
    // What only frees goes through on a full disk.
    if (disk_->used_bytes_ > disk_->bytes_max_ && disk_->used_bytes_ > bytes_before) {
      disk_->take_back(undo);
      ++failures_;
      return Error(Errc::disk_full, "commit: the memory disk has no room: free some");
    }
    if (!undo.empty()) {
      disk_->durable_ = disk_->committed_++;
      disk_->not_yet_durable_ = std::move(undo);
      ++commits_;
      operations_ += operations.size();
    }
    if (flush == Flush::full) make_durable();
    return disk_->committed_;
  }

  [[nodiscard]] Result<void> flush() override {
    const std::lock_guard lock(disk_->mutex_);
    if (!is_alive()) return closed();
    if (disk_->durable_ < disk_->committed_) ++flushes_;
    make_durable();
    return {};
  }

  [[nodiscard]] CommitNumber durable_number() const noexcept override {
    const std::lock_guard lock(disk_->mutex_);
    return disk_->durable_;
  }
  [[nodiscard]] CommitNumber committed_number() const noexcept override {
    const std::lock_guard lock(disk_->mutex_);
    return disk_->committed_;
  }

  [[nodiscard]] Result<std::unique_ptr<View>> view() override {
    std::shared_ptr<const MemoryDisk::Map> shown;
    {
      const std::lock_guard lock(disk_->mutex_);
      if (!is_alive()) return closed();
      shown = last_map_;
    }
    return Result<std::unique_ptr<View>>(
        std::make_unique<MemoryView>(disk_, std::move(shown), last_number_));
  }

  [[nodiscard]] std::optional<std::optional<std::string>> peek(
      std::string_view key) const override {
    const std::lock_guard lock(disk_->mutex_);
    if (!is_alive()) return std::nullopt;  // A view says why.
    const MemoryDisk::Map& map = last_map_ == nullptr ? *disk_->map_ : *last_map_;
    const auto found = map.find(key);
    if (found == map.end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
  }

  // The same as LMDB's, so that what works in a test works on disk.
  [[nodiscard]] EngineLimits limits() const noexcept override {
    return {.key_bytes_max = 511,
            .value_bytes_max = std::size_t{64} << 20,
            .batch_bytes_max = std::size_t{256} << 20};
  }
  [[nodiscard]] EngineStats stats() const override {
    const std::lock_guard lock(disk_->mutex_);
    EngineStats stats;
    stats.commits = commits_;
    stats.operations = operations_;
    stats.flushes = flushes_;
    stats.failures = failures_;
    stats.records = disk_->map_->size();
    stats.used_bytes = disk_->used_bytes_;
    stats.views = disk_->views_;
    return stats;
  }
  [[nodiscard]] bool poisoned() const noexcept override { return false; }

  // The disk itself is never in doubt; a test says what the one that failed left of its last commit.
  [[nodiscard]] Result<Successor> make_successor(CommitNumber at_least) override {
    const std::lock_guard lock(disk_->mutex_);
    if (!is_alive()) return closed();
    // This one goes on to show what it showed.
    last_number_ = disk_->committed_;
    last_map_ = disk_->map_;
    if (disk_->durable_ < disk_->committed_ &&
        disk_->successor_finds_ == MemoryDisk::NotYetDurable::lost) {
      disk_->own_map();
      disk_->take_back(disk_->not_yet_durable_);
      disk_->committed_ = disk_->durable_;
    }
    make_durable();
    if (disk_->committed_ < at_least) {
      return Error(Errc::corrupt, "the memory disk holds less than was acknowledged");
    }
    Successor successor{std::make_unique<MemoryEngine>(disk_, incarnation_), disk_->committed_};
    ++disk_->engines_;
    return successor;
  }

 private:
  // These need the mutex.
  [[nodiscard]] bool is_alive() const noexcept { return disk_->incarnation_ == incarnation_; }
  void make_durable() noexcept {
    disk_->durable_ = disk_->committed_;
    disk_->not_yet_durable_.clear();
  }
  [[nodiscard]] static Error closed() {
    return Error(Errc::closed, "the memory disk lost power: open a new engine on it");
  }

  const std::shared_ptr<MemoryDisk> disk_;
  const std::uint64_t incarnation_;
  std::shared_ptr<const MemoryDisk::Map> last_map_;  // Of one that has a successor.
  CommitNumber last_number_ = 0;
  std::uint64_t commits_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t flushes_ = 0;
  std::uint64_t failures_ = 0;
};

Result<std::unique_ptr<Engine>> make_memory_engine(std::shared_ptr<MemoryDisk> disk) {
  return MemoryEngine::open(std::move(disk));
}

std::unique_ptr<Engine> make_memory_engine() {
  return make_memory_engine(std::make_shared<MemoryDisk>()).value();
}

}  // namespace stet::detail
