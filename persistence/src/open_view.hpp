// persistence/src/open_view.hpp - a view that a host has in its hands, and that ends in any case.
//
// Threads    Any: one at a time reads, the others wait for it, for a page at most.
// Ownership  Shared by the host's handles; the reader knows it and ends it. Keeps view and engine
//            until then, so after the reader's end neither.
// Errors     expired, over a limit; closed, ended by the host or with its System.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/key.hpp>
#include <stet/persistence/store_messages.hpp>
#include <stet/runtime/result.hpp>

#include "engine.hpp"

namespace stet::detail {

struct ViewLimits {
  std::chrono::nanoseconds age_max = std::chrono::minutes(1);
  std::uint64_t growth_bytes_max = std::uint64_t{1} << 30;  // Of the file, since the view began.
};

class OpenView {
 public:
  OpenView(std::shared_ptr<Engine> engine, std::unique_ptr<View> view,
           const Recipient<BeginView>& clock, ViewLimits limits);

  // The commit it shows.
  [[nodiscard]] CommitNumber number() const noexcept { return number_; }
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key);
  [[nodiscard]] Result<Page> scan(const Scan& question);
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  [[nodiscard]] Result<void> visit(std::string_view scope, const Visit& visit, ScanOrder order);
  void end(Errc code, const char* why) noexcept;
  // True: it has ended, by this or before.
  [[nodiscard]] bool end_if_over_limits() noexcept;

 private:
  enum class Visited : std::uint8_t { some, all, enough };
  // So many records; narrows the range to what is left.
  [[nodiscard]] Result<Visited> visit_some(KeyRange& range, const Visit& visit, ScanOrder order);
  // These require the mutex.
  void check_limits() noexcept;
  [[nodiscard]] Result<void> check();
  void finish(Errc code, const char* why) noexcept;

  const Recipient<BeginView> clock_;  // Of the System it belongs to.
  const ViewLimits limits_;
  const CommitNumber number_;
  const std::chrono::nanoseconds began_;
  std::uint64_t file_bytes_ = 0;  // At the begin.
  std::mutex mutex_;
  std::shared_ptr<Engine> engine_;
  std::unique_ptr<View> view_;  // nullptr: ended.
  Errc ended_ = Errc::closed;
  const char* why_ = "";
};

}  // namespace stet::detail
