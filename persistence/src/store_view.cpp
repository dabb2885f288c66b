// persistence/src/store_view.cpp - a host's handle to an open view.
#include <stet/persistence/store_view.hpp>

#include "open_view.hpp"
#include "store_page.hpp"

namespace stet {

Result<StoreView> StoreView::begin(const detail::StoreLink& link,
                                   std::chrono::nanoseconds timeout) {
  if (!link.begin_view) {
    return Error(Errc::unsupported, "only a Store has views; this DataStore has a stand-in");
  }
  Result<std::shared_ptr<detail::OpenView>> open = link.begin_view.ask().get(timeout);
  if (!open) return open.error();
  return StoreView(std::move(open).value());
}

std::uint64_t StoreView::number() const noexcept { return open_->number(); }

Result<std::optional<std::string>> StoreView::get(std::string_view key) const {
  if (!key.starts_with("//")) {
    return Error(Errc::invalid_argument,
                 "a record's key begins with its scope, as in //bank/alice");
  }
  return open_->get(key);
}

Result<Page> StoreView::scan(const Scan& question) const {
  if (auto good = detail::check_scope_path(question.scope); !good) return good.error();
  return open_->scan(question);
}

Result<void> StoreView::visit(std::string_view scope, const Visit& visit, ScanOrder order) const {
  if (auto good = detail::check_scope_path(scope); !good) return good.error();
  return open_->visit(scope, visit, order);
}

void StoreView::end() const noexcept { open_->end(Errc::closed, "the view was ended"); }

}  // namespace stet
