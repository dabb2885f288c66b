// persistence/src/store_actor.cpp - what is accepted, and what is refused.
#include "store_actor.hpp"

#include <algorithm>
#include <utility>

#include <stet/persistence/detail/catalogue.hpp>
#include <stet/persistence/key.hpp>

#include "planted_fault.hpp"
#include "store_session.hpp"

namespace stet::detail {
namespace {

Record to_bounds(KeyRange range) { return {std::move(range.from), std::move(range.to)}; }

// Does a change put any key of the range?
bool puts_into(std::string_view change, const KeyRange& range) {
  ChangeOperation operation;
  for (ChangeView view(change); view.next(operation);) {
    if (operation.kind == ChangeKind::put && range.contains(operation.key)) return true;
  }
  return false;
}

}  // namespace

StoreActor::StoreActor(std::shared_ptr<Engine> engine, std::shared_ptr<StoreLink> link,
                       ReaderHandle reader, Address<StoreReopener> reopener,
                       StoreActorOptions options)
    : engine_(std::move(engine)),
      link_(std::move(link)),
      reader_(std::move(reader)),
      reopener_(reopener),
      options_(std::move(options)),
      limits_(engine_->limits()),
      group_bytes_max_(std::min(group_bytes_max, limits_.batch_bytes_max)),
      foreign_(std::make_shared<Unit>(link_, 0)),
      session_key_(session_key()),
      session_value_(session_value(options_.session)),
      retry_delay_(options_.retry_initial),
      random_(options_.seed) {
  looked_ = now();
  spares_.reserve(spares_max);  // So that giving one back cannot fail.
  link_->counters.attach(*engine_);
}

// One for each of the smallest changes that fit in the queue, so that a token of each may be used.
std::size_t StoreActor::waiters_max() const noexcept {
  return std::max<std::size_t>(link_->queue_bytes_max / Ticket::overhead_bytes, 16);
}

Batch& StoreActor::open_batch(std::size_t bytes) {
  if (!batches_.empty()) {
    Batch& last = *batches_.back();
    const bool has_room = !last.is_sealed() && !last.is_full(batch_bounds()) &&
                          last.bytes() + bytes <= limits_.batch_bytes_max;
    if (has_room) return last;
    commit_ready();
  }
  if (spares_.empty()) {
    batches_.push_back(std::make_unique<Batch>());
  } else {
    batches_.push_back(std::move(spares_.back()));
    spares_.pop_back();
  }
  return *batches_.back();
}

// The write is in the batch: count it, remember who waits. Room for that is reserved.
template <class M>
void StoreActor::accept(Batch& batch, std::size_t bytes, std::optional<Durability> durability,
                        Promise<M> answer) {
  const Durability wanted = durability.value_or(link_->durability);
  batch.add_ticket(Ticket(foreign_, bytes + Ticket::overhead_bytes), wanted);
  if (wanted == Durability::async) {
    answer.resolve(Ack{});
  } else if (answer.is_asked()) {
    batch.add_waiter(Waiter(std::move(answer)), wanted);
  }
  if (batch.is_full(batch_bounds())) commit_ready();
}

void StoreActor::take(Insert& message, Promise<Insert>& answer) {
  Result<void> good = check_open(true);
  if (good) good = check_record(message.key, message.value);
  if (good) good = owners_.may_write(message.key, 0);
  if (!good) return answer.fail(good.error());
  const std::size_t bytes = message.key.size() + message.value.size();
  Batch& batch = open_batch(bytes);
  if (message.expected) {
    good = check_expected(message.key, *message.expected);
    if (!good) return answer.fail(good.error());
  }
  std::vector<Record> fields = fields_to_erase(message.is_whole, message.key);
  const std::string_view key = batch.hold(std::move(message.key));
  const std::string_view value = batch.hold(std::move(message.value));
  const Record* const range = fields.empty() ? nullptr : batch.hold(std::move(fields)).data();
  batch.reserve(1, range != nullptr ? 1 : 0);
  if (range != nullptr) batch.erase_range(range->key, range->value);
  batch.put(key, value);
  accept(batch, bytes, message.durability, std::move(answer));
}

void StoreActor::take(InsertBatch& message, Promise<InsertBatch>& answer) {
  Result<void> good = check_open(true);
  std::size_t bytes = 0;
  for (const Record& record : message.records) {
    if (good) good = check_record(record.key, record.value);
    if (good) good = owners_.may_write(record.key, 0);
    bytes += record.key.size() + record.value.size();
  }
  if (good && bytes > group_bytes_max_) {
    good = Error(Errc::too_large, "a batch of " + std::to_string(bytes) + " bytes; at most " +
                                      std::to_string(group_bytes_max_) +
                                      " are stored together: make it smaller");
  }
  if (good && message.conditions.size() > InsertBatch::conditions_max) {
    good = Error(Errc::too_large,
                 std::to_string(message.conditions.size()) + " conditions; at most " +
                     std::to_string(InsertBatch::conditions_max) + " are checked together");
  }
  for (const Condition& condition : message.conditions) {
    if (good) good = check_key(condition.key);
  }
  if (!good) return answer.fail(good.error());
  Batch& batch = open_batch(bytes);
  good = check_conditions(message.conditions);
  if (!good) return answer.fail(good.error());
  batch.reserve(message.records.size());
  for (const Record& record : batch.hold(std::move(message.records))) {
    batch.put(record.key, record.value);
  }
  accept(batch, bytes, message.durability, std::move(answer));
}

void StoreActor::take(Remove& message, Promise<Remove>& answer) {
  Result<void> good = check_open(true);
  if (good) good = check_key(message.key);
  if (good) good = owners_.may_write(message.key, 0);
  if (!good) return answer.fail(good.error());
  const std::size_t bytes = message.key.size();
  Batch& batch = open_batch(bytes);
  if (message.expected) {
    good = check_expected(message.key, *message.expected);
    if (!good) return answer.fail(good.error());
  }
  std::vector<Record> fields = fields_to_erase(message.is_whole, message.key);
  const std::string_view key = batch.hold(std::move(message.key));
  const Record* const range = fields.empty() ? nullptr : batch.hold(std::move(fields)).data();
  batch.reserve(1, range != nullptr ? 1 : 0);
  if (range != nullptr) batch.erase_range(range->key, range->value);
  batch.erase(key);
  accept(batch, bytes, message.durability, std::move(answer));
}

void StoreActor::take(const RemovePrefix& message, Promise<RemovePrefix>& answer) {
  Result<void> good = check_open(true);
  if (good) good = check_scope_path(message.scope);
  if (good) good = owners_.may_erase_scope(message.scope, 0);
  if (!good) return answer.fail(good.error());
  const std::size_t bytes = 4 * message.scope.size();
  Batch& batch = open_batch(bytes);
  std::vector<Record> bounds;
  for (KeyRange& range : scope_range(message.scope)) bounds.push_back(to_bounds(std::move(range)));
  batch.reserve(0, bounds.size());
  for (const Record& range : batch.hold(std::move(bounds)))
    batch.erase_range(range.key, range.value);
  accept(batch, bytes, message.durability, std::move(answer));
}

void StoreActor::handle(Change change) {
  try {
    take(change);
  } catch (const std::bad_alloc&) {
    change.ticket.fail(Errc::no_memory);
  }
}

// The ranges that an operation of this change erases, in its order; without bounds where there turns
// out to be nothing. False: it erases none.
bool StoreActor::append_bounds(std::string_view change, const ChangeOperation& operation,
                               std::vector<Record>& bounds) {
  switch (operation.kind) {
    case ChangeKind::erase_scope:
      for (KeyRange& range : scope_range(operation.key)) {
        bounds.push_back(to_bounds(std::move(range)));
      }
      return true;
    case ChangeKind::erase_entries:
      bounds.push_back(to_bounds(entries_range(operation.key)));
      return true;
    case ChangeKind::erase_items:
      if (is_planted(Fault::keep_items)) {
        bounds.emplace_back();
        return true;
      }
      bounds.push_back({std::string(operation.key), items_range(scope_of_key(operation.key)).to});
      return true;
    case ChangeKind::erase_fields: {
      KeyRange fields = fields_range(operation.key);
      const bool is_needed =
          operation.owned || puts_into(change, fields) || is_split(operation.key);
      bounds.push_back(is_needed ? to_bounds(std::move(fields)) : Record());
      return true;
    }
    default: return false;
  }
}

// Of a value that is written or erased as a whole.
std::vector<Record> StoreActor::fields_to_erase(bool is_whole, std::string_view scope) {
  std::vector<Record> bounds;
  if (is_whole && is_split(scope)) bounds.push_back(to_bounds(fields_range(scope)));
  return bounds;
}

void StoreActor::take(Change& change) {
  const std::shared_ptr<Unit> unit = change.ticket.unit();
  // After a refused change none of the same writer may follow: that would leave a gap.
  if (unit->failed()) return change.ticket.fail(unit->why());
  Result<void> good = check_open(false);
  if (good) good = check_change(change.bytes.view(), unit->owner_id());
  if (!good) {
    ChangeOperation first;
    std::string scope;
    if (ChangeView(change.bytes.view()).next(first)) scope = scope_of_key(first.key);
    change.ticket.fail(good.error().code);
    return link_->tell_refused(scope, good.error());
  }
  Batch& batch = open_batch(change.bytes.size());
  // Opening it may have committed the one before, and failed.
  if (unit->failed()) return change.ticket.fail(unit->why());
  // First all that needs memory.
  std::vector<Record> bounds;
  std::size_t writes = 0;
  ChangeOperation operation;
  for (ChangeView view(change.bytes.view()); view.next(operation);) {
    if (!append_bounds(change.bytes.view(), operation, bounds)) ++writes;
  }
  batch.reserve(writes, bounds.size());
  const Record* bound = bounds.empty() ? nullptr : batch.hold(std::move(bounds)).data();
  const auto erase_next_range = [&] {
    if (!bound->key.empty()) batch.erase_range(bound->key, bound->value);
    ++bound;
  };
  ChangeView view(batch.hold(std::move(change.bytes)));
  while (view.next(operation)) {
    switch (operation.kind) {
      case ChangeKind::put: batch.put(operation.key, operation.value); break;
      case ChangeKind::erase: batch.erase(operation.key); break;
      case ChangeKind::erase_scope: erase_next_range(); [[fallthrough]];  // It has two.
      case ChangeKind::erase_entries:
      case ChangeKind::erase_items:
      case ChangeKind::erase_fields: erase_next_range(); break;
    }
  }
  batch.add_ticket(std::move(change.ticket), change.durability);
  if (batch.is_full(batch_bounds())) commit_ready();
}

void StoreActor::take(Acquire& message, Promise<Acquire>& answer) {
  if (message.refused) return answer.fail(*message.refused);
  Result<void> good = check_open(false);
  for (const std::string& scope : message.scopes) {
    if (good) good = check_scope_path(scope);
  }
  if (good) {
    good = owners_.acquire(message.scopes, message.owner_id);
    // Not for a disk that is full: nobody knows how long that takes.
    if (!good && may_write() && owners_.may_wait_for(message.scopes)) {
      if (scope_waiters_.size() < waiters_max()) {
        if (scope_waiters_.size() == scope_waiters_.capacity()) {
          scope_waiters_.reserve(2 * scope_waiters_.size() + 4);
        }
        scope_waiters_.push_back({std::move(message), std::move(answer)});
        return;
      }
      good = Error(Errc::mailbox_full, "too many wait for scopes in a store that cannot write");
    }
  }
  if (!good) return answer.fail(good.error());
  grant(message, answer);
}

void StoreActor::handle(Release message) {
  // After the owner's last change.
  owners_.leave(message.scope, message.owner_id);
  try {
    Batch* last = last_unanswered();
    if (!batches_.empty()) last = &open_batch(0);
    if (last != nullptr) {
      last->reserve_release();
      return last->add_release(std::move(message));
    }
  } catch (const std::bad_alloc&) {
    release_lost_ = true;  // Then all that are leaving go when nothing is under way.
    return;
  }
  owners_.release(message.scope, message.owner_id);
}

// At once: what the first owner sent before was checked when it came.
void StoreActor::handle(const HandOver& message) {
  owners_.hand_over(message.scope, message.from_id, message.to_id);
}

// Everything that came before, not only of who asks: there is one queue.
template <class M>
void StoreActor::await_all(Durability durability, Promise<M>& answer) {
  if (auto good = check_open(false); !good) return answer.fail(good.error());
  const CommitNumber committed = engine_->committed_number();
  const bool is_done = batches_.empty() && last_unanswered() == nullptr &&
                       (!needs_flush(durability) || engine_->durable_number() >= committed);
  if (is_done || durability == Durability::async) return answer.resolve(Ack{committed});
  // Nothing has come since the last commit: it is the one to wait for.
  const auto last = [this]() -> Batch& {
    Batch* const waiting = batches_.empty() ? last_unanswered() : nullptr;
    return waiting != nullptr ? *waiting : open_batch(0);
  };
  if (!answer.is_asked()) return last().need(durability);
  if (observers_ >= waiters_max()) {  // Nothing is wrong, there was only no pause.
    commit_ready();
    static_cast<void>(flush_committed());
    if (auto good = check_open(false); !good) return answer.fail(good.error());
  }
  if (observers_ >= waiters_max()) {
    return answer.fail(Error(Errc::mailbox_full,
                             "too many wait for a store that cannot write: try again when there is "
                             "room, its health tells"));
  }
  Batch& batch = last();
  batch.reserve(0);
  batch.add_observer(Waiter(std::move(answer)), durability);
  ++observers_;
}

void StoreActor::take(FlushAll, Promise<FlushAll>& answer) {
  await_all(Durability::durable, answer);
}

void StoreActor::take(AwaitChange& message, Promise<AwaitChange>& answer) {
  if (message.refused) return answer.fail(*message.refused);
  if (message.unit->was_rolled_back(message.revision)) {
    return answer.fail(Error(Errc::rolled_back, "the turn that made this change was not kept"));
  }
  if (message.unit->failed()) {
    return answer.fail(Error(message.unit->why(), "a change of this writer was not stored"));
  }
  await_all(message.durability, answer);
}

void StoreActor::take(AwaitRoom, Promise<AwaitRoom>& answer) {
  if (!link_->is_over_bound() || disk_ == Disk::lost) return answer.resolve(Ack{});
  if (room_waiters_.size() >= waiters_max()) {
    return answer.fail(Error(Errc::mailbox_full, "too many wait for room in the store's queue"));
  }
  room_waiters_.emplace_back();  // Nobody's, if there was no memory for it.
  room_waiters_.back() = std::move(answer);
}

void StoreActor::handle(Declare message) {
  try {
    take(message);
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): the next process writes it.
  }
}

void StoreActor::take(Declare& message) {
  if (disk_ == Disk::lost) return;
  // Here, for it decides what is written next; once for each type of a process.
  const Result<std::optional<std::string>> found = read_here(message.key);
  if (!found || (*found && **found == message.payload)) return;
  if (*found) {
    const Result<bool> is_wanted = check_catalogue(message.key, **found, message.payload);
    if (!is_wanted) return link_->tell_refused(message.pattern, is_wanted.error());
    if (!*is_wanted) return;
  }
  Batch& batch = open_batch(message.key.size() + message.payload.size());
  const std::string_view key = batch.hold(std::move(message.key));
  const std::string_view payload = batch.hold(std::move(message.payload));
  batch.reserve(1);
  batch.put(key, payload);
}

}  // namespace stet::detail
