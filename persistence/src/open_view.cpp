// persistence/src/open_view.cpp - reading a view as long as it may be open.
#include "open_view.hpp"

#include <algorithm>
#include <utility>

#include <stet/runtime/detail/cell.hpp>

#include "store_page.hpp"

namespace stet::detail {

OpenView::OpenView(std::shared_ptr<Engine> engine, std::unique_ptr<View> view,
                   const Recipient<BeginView>& clock, ViewLimits limits)
    : clock_(clock),
      limits_(limits),
      number_(view->number()),
      began_(system_now(clock.cell())),
      file_bytes_(engine->file_bytes()),
      engine_(std::move(engine)),
      view_(std::move(view)) {}

void OpenView::check_limits() noexcept {
  if (view_ == nullptr) return;
  if (system_now(clock_.cell()) - began_ > limits_.age_max) {
    finish(Errc::expired,
           "the view was open for longer than store.view_age: begin a new one, or raise that");
  } else if (engine_->file_bytes() > file_bytes_ + limits_.growth_bytes_max) {
    finish(Errc::expired,
           "the file has grown by more than store.view_bytes since the view began: begin a new "
           "one, or raise that");
  }
}

Result<void> OpenView::check() {
  check_limits();
  if (view_ == nullptr) return Error(ended_, why_);
  return {};
}

// Nothing is allocated: it must end also where there is no memory.
void OpenView::finish(Errc code, const char* why) noexcept {
  if (view_ == nullptr) return;
  ended_ = code;
  why_ = why;
  view_.reset();
  engine_.reset();
}

void OpenView::end(Errc code, const char* why) noexcept {
  const std::lock_guard lock(mutex_);
  finish(code, why);
}

bool OpenView::end_if_over_limits() noexcept {
  const std::lock_guard lock(mutex_);
  check_limits();
  return view_ == nullptr;
}

Result<std::optional<std::string>> OpenView::get(std::string_view key) {
  const std::lock_guard lock(mutex_);
  if (auto good = check(); !good) return good.error();
  return read_copy(*view_, key);
}

Result<Page> OpenView::scan(const Scan& question) {
  const std::lock_guard lock(mutex_);
  if (auto good = check(); !good) return good.error();
  return read_page(*view_, question);
}

Result<void> OpenView::visit(std::string_view scope, const Visit& visit, ScanOrder order) {
  auto ranges = scope_range(scope);
  if (order == ScanOrder::backward) std::reverse(ranges.begin(), ranges.end());
  for (KeyRange& range : ranges) {
    for (;;) {  // Bounded: each round takes records out of the range.
      const Result<Visited> done = visit_some(range, visit, order);
      if (!done) return done.error();
      if (*done == Visited::enough) return {};
      if (*done == Visited::all) break;
    }
  }
  return {};
}

Result<OpenView::Visited> OpenView::visit_some(KeyRange& range, const Visit& visit,
                                               ScanOrder order) {
  constexpr std::size_t records_max = 1000;
  const bool is_forward = order == ScanOrder::forward;
  const std::lock_guard lock(mutex_);
  if (auto good = check(); !good) return good.error();
  const Result<std::unique_ptr<Cursor>> cursor =
      view_->scan(range.from, range.to, is_forward ? View::Order::forward : View::Order::backward);
  if (!cursor) return cursor.error();
  Cursor& at = **cursor;
  for (std::size_t n = 0; n < records_max; ++n) {
    const Result<bool> found = at.next();
    if (!found) return found.error();
    if (!*found) return Visited::all;
    if (!visit(at.key(), at.value())) return Visited::enough;
  }
  // Nothing lies between a key and the key with a zero byte after it.
  if (is_forward) {
    range.from.assign(at.key()).push_back('\0');
  } else {
    range.to.assign(at.key());
  }
  return range.from < range.to ? Visited::some : Visited::all;
}

}  // namespace stet::detail
