// persistence/src/data_store.cpp - reading and writing one scope, in a turn or on a host thread.
#include <stet/persistence/data_store.hpp>

#include <algorithm>
#include <utility>

#include <stet/persistence/detail/turn_change.hpp>
#include <stet/persistence/store_view.hpp>
#include <stet/runtime/turn.hpp>

namespace stet {

DataStore DataStore::base(std::string_view path) const {
  DataStore out = *this;
  out.scope_ = Scope::base(path);
  out.base_bytes_ = out.scope_.path().size();
  return out;
}

DataStore DataStore::scope(std::string_view segments) const {
  DataStore out = *this;
  out.scope_ = scope_.scope(segments);
  return out;
}

DataStore DataStore::scope_segment(std::string_view segment) const {
  DataStore out = *this;
  out.scope_ = scope_.scope_segment(segment);
  return out;
}

std::string DataStore::pattern() const {
  const std::string& path = get_scope();
  std::string out = path.substr(0, base_bytes_);
  const auto below = path.begin() + static_cast<std::ptrdiff_t>(out.size());
  for (auto left = std::count(below, path.end(), '/'); left > 0; --left) out.append("/{}");
  return out;
}

Result<void> DataStore::check() const {
  if (!scope_.ok()) return scope_.error();
  return {};
}

// Outside of turns a write waits for room.
Result<void> DataStore::check_write() const {
  if (auto good = check(); !good) return good;
  if (Turn::active() || !link_->is_store()) return {};
  return link_->wait_for_room();
}

Result<std::optional<std::string>> DataStore::read(std::chrono::nanoseconds timeout) const {
  if (auto good = check(); !good) return good.error();
  return link_->get.ask(get_scope()).get(timeout);
}

Result<Ack> DataStore::write(std::string record, std::chrono::nanoseconds timeout,
                             bool is_whole) const {
  if (auto good = check_write(); !good) return good.error();
  if (Turn::active() && link_->is_store()) {
    const Result<detail::TurnChange*> turn = detail::TurnChange::join(link_, nullptr);
    if (!turn) return turn.error();
    detail::ChangeWriter& change = (*turn)->write(link_->durability);
    if (is_whole) change.erase_fields(get_scope(), false);
    change.put(get_scope(), false, record);
    return Ack{};
  }
  return link_->insert.ask(get_scope(), std::move(record), std::nullopt, std::nullopt, is_whole)
      .get(timeout);
}

Result<Ack> DataStore::write_if(std::string record, Expected expected,
                                std::chrono::nanoseconds timeout, bool is_whole) const {
  if (auto good = check_write(); !good) return good.error();
  return link_->insert.ask(get_scope(), std::move(record), std::nullopt, expected, is_whole)
      .get(timeout);
}

Result<Ack> DataStore::erase_if(Expected expected, std::chrono::nanoseconds timeout) const {
  if (auto good = check_write(); !good) return good.error();
  return link_->remove.ask(get_scope(), std::nullopt, expected, true).get(timeout);
}

Result<Ack> DataStore::write_all(std::vector<Record> records,
                                 std::chrono::nanoseconds timeout) const {
  return write_all_if(std::move(records), {}, timeout);
}

Result<Ack> DataStore::write_all_if(std::vector<Record> records, std::vector<Condition> conditions,
                                    std::chrono::nanoseconds timeout) const {
  if (!link_->insert_batch) {
    return Error(Errc::unsupported, "this stand-in for a store takes single records only");
  }
  if (!Turn::active() && link_->is_store()) {
    if (auto room = link_->wait_for_room(); !room) return room.error();
  }
  return link_->insert_batch.ask(std::move(records), std::nullopt, std::move(conditions))
      .get(timeout);
}

Result<Ack> DataStore::erase(std::chrono::nanoseconds timeout) const {
  if (auto good = check_write(); !good) return good.error();
  if (Turn::active() && link_->is_store()) {
    const Result<detail::TurnChange*> turn = detail::TurnChange::join(link_, nullptr);
    if (!turn) return turn.error();
    detail::ChangeWriter& change = (*turn)->write(link_->durability);
    change.erase_fields(get_scope(), false);
    change.erase(get_scope(), false);
    return Ack{};
  }
  return link_->remove.ask(get_scope(), std::nullopt, std::nullopt, true).get(timeout);
}

Result<Ack> DataStore::erase_all(std::chrono::nanoseconds timeout) const {
  if (auto good = check_write(); !good) return good.error();
  if (Turn::active() && link_->is_store()) {
    const Result<detail::TurnChange*> turn = detail::TurnChange::join(link_, nullptr);
    if (!turn) return turn.error();
    (*turn)->write(link_->durability).erase_scope(get_scope());
    return Ack{};
  }
  return link_->remove_prefix.ask(get_scope()).get(timeout);
}

Result<Page> DataStore::list(std::string after, std::uint32_t records_max,
                             std::chrono::nanoseconds timeout, ScanOrder order) const {
  if (auto good = check(); !good) return good.error();
  return link_->scan.ask(get_scope(), std::move(after), records_max, order).get(timeout);
}

Result<StoreView> DataStore::view(std::chrono::nanoseconds timeout) const {
  return StoreView::begin(*link_, timeout);
}

Result<void> DataStore::flush(std::chrono::nanoseconds timeout) const {
  const Result<Ack> done = link_->flush.ask().get(timeout);
  if (!done) return done.error();
  return {};
}

}  // namespace stet
