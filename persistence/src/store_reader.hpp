// persistence/src/store_reader.hpp - reads what may have to wait for the disk, beside the commits.
//
// The store's thread hands over what it cannot answer from memory, once all that was sent before is
// committed or cannot matter. So a view begun here shows it, and perhaps what was committed since.
// It also keeps watch: over views that hosts have open, and over readers of other processes.
//
// Threads    An actor, on a thread of its own; a service, as its store. ReaderLoad: any.
// Failure    Every question is answered. What fails here is told to who asks; nothing is lost.
// Bounds     What is under way is counted, the store refuses over its bound. Answers: one record, or
//            one page. open_views_max views of hosts.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <stet/persistence/detail/store_link.hpp>
#include <stet/runtime/actor.hpp>
#include <stet/runtime/address.hpp>

#include "engine.hpp"
#include "foreign_watch.hpp"
#include "open_view.hpp"

namespace stet::detail {

// What the store has handed over and the reader has not answered.
class ReaderLoad {
 public:
  // relaxed, all: a bound with slack; the question itself travels through the mailbox.
  void begin() noexcept { under_way_.fetch_add(1, std::memory_order_relaxed); }
  void end() noexcept { under_way_.fetch_sub(1, std::memory_order_relaxed); }
  [[nodiscard]] std::size_t under_way() const noexcept {
    return under_way_.load(std::memory_order_relaxed);
  }

 private:
  Atomic<std::size_t> under_way_{0};
};

// The root records of scopes that are registered for this owner already.
struct ReadRoots {
  using Reply = Acquired;
  struct Root {
    std::string scope;
    std::optional<std::optional<std::string>> record;  // nullopt: to be read.
  };
  std::vector<Root> roots;
  std::uint64_t owner_id = 0;
  bool is_complete = true;
};
// Requires that all are read. Throws bad_alloc, with `read` as it was.
[[nodiscard]] Acquired acquired(const std::shared_ptr<StoreLink>& link, ReadRoots& read);

// The store was reopened: read here from now on.
struct UseEngine {
  std::shared_ptr<Engine> engine;
};

// Commits go on: somebody may be keeping their space.
struct LookAround {};

struct StoreReaderOptions {
  ViewLimits views;
  std::chrono::nanoseconds foreign_age = std::chrono::minutes(1);
  std::chrono::nanoseconds look_interval = std::chrono::seconds(15);
};

class StoreReader : public Actor<StoreReader> {
 public:
  static constexpr std::size_t open_views_max = 128;

  StoreReader(std::shared_ptr<Engine> engine, std::shared_ptr<StoreLink> link,
              std::shared_ptr<ReaderLoad> load, StoreReaderOptions options);
  // Ends all views: the files are to be closed.
  ~StoreReader();

  void handle(const Get& message, Promise<Get> answer);
  void handle(const Scan& message, Promise<Scan> answer);
  void handle(ReadRoots message, Promise<ReadRoots> answer);
  void handle(BeginView message, Promise<BeginView> answer);
  void handle(LookAround message);
  void handle(UseEngine message) noexcept;
  void on_drained();
  void on_wake();

 private:
  // Shows every commit that had returned when it was called.
  [[nodiscard]] Result<View*> view();
  [[nodiscard]] Result<std::optional<std::string>> read(std::string_view key);
  [[nodiscard]] Result<Acquired> read_roots(ReadRoots& message);
  void give_back(ReadRoots& message) noexcept;
  [[nodiscard]] Result<std::shared_ptr<OpenView>> begin_view();
  void look_around();
  void end_views_over_limits() noexcept;
  void set_alarm() noexcept;

  std::shared_ptr<Engine> engine_;
  const std::shared_ptr<StoreLink> link_;
  const std::shared_ptr<ReaderLoad> load_;
  const StoreReaderOptions options_;

  std::unique_ptr<View> view_;  // While mail is being handled.
  std::vector<std::weak_ptr<OpenView>> open_views_;
  ForeignWatch watch_;
  std::optional<std::chrono::nanoseconds> look_at_;  // Once more when commits have ended.
};

// The store's end of it.
struct ReaderHandle {
  Address<StoreReader> address;
  std::shared_ptr<ReaderLoad> load;
};

}  // namespace stet::detail
