// persistence/src/store_reads.cpp - what the store answers by itself, and what it hands to its reader.
//
// The store's thread commits, so it never waits for a page of the file. What the batches or the
// engine's memory know it says at once. A lookup that misses there goes to the reader: whatever was
// sent before it and is not committed would have been found here. A scan or a view shows more than
// one key, so it is kept until what was sent before it is committed. Where that cannot be now, as on
// a full disk, a scan is merged here: then no commit waits for it.
#include <utility>
#include <variant>

#include "planted_fault.hpp"
#include "store_actor.hpp"
#include "store_reader.hpp"

namespace stet::detail {

// Kept until the next commit or until no mail waits: many reads in a row share one.
Result<View*> StoreActor::view() {
  if (view_ == nullptr) {
    Result<std::unique_ptr<View>> begun = engine_->view();
    if (!begun) return begun.error();
    view_ = std::move(begun).value();
  }
  return view_.get();
}

std::optional<std::optional<std::string>> StoreActor::known(std::string_view key) const {
  for (const Batches* const batches : {&batches_, &committed_}) {
    const Batch::Lookup found = find_in(*batches, key);
    if (found.found == Batch::Found::present) return std::optional<std::string>(found.value);
    if (found.found == Batch::Found::absent) return std::optional<std::string>();
  }
  return engine_->peek(key);
}

Result<std::optional<std::string>> StoreActor::read_here(std::string_view key) {
  if (auto found = known(key)) return *std::move(found);
  const Result<View*> current = view();
  if (!current) return current.error();
  return read_copy(**current, key);
}

Result<void> StoreActor::check_reader() const {
  if (reader_.load->under_way() < waiters_max()) return {};
  return Error(Errc::mailbox_full, "too many reads wait for the disk: try again");
}

// Counted only once it is on its way.
template <class N, class M, class F>
void StoreActor::ask_reader(Promise<M>& answer, F&& question) {
  reader_.load->begin();
  try {
    answer.template delegate<N>(reader_.address, std::forward<F>(question));
  } catch (const std::bad_alloc&) {
    reader_.load->end();
    throw;
  }
}

void StoreActor::take(const Get& message, Promise<Get>& answer) {
  if (auto good = check_key(message.key); !good) return answer.fail(good.error());
  if (auto found = known(message.key)) return answer.resolve(*std::move(found));
  // It stops with the store, but perhaps a moment before.
  if (!reader_.address.is_alive()) return answer.set(read_here(message.key));
  if (auto good = check_reader(); !good) return answer.fail(good.error());
  ask_reader<Get>(answer, message);
}

void StoreActor::take(Scan& message, Promise<Scan>& answer) {
  if (auto good = check_scope_path(message.scope); !good) return answer.fail(good.error());
  answer_when_committed(message, answer);
}

void StoreActor::take(BeginView message, Promise<BeginView>& answer) {
  answer_when_committed(message, answer);
}

template <class M>
void StoreActor::answer_when_committed(M& question, Promise<M>& answer) {
  if (waiting_reads_.size() == waiting_reads_.capacity()) {
    waiting_reads_.reserve(2 * waiting_reads_.size() + 4);
  }
  WaitingRead read = Asked<M>{std::move(question), std::move(answer)};
  if (batches_.empty() || is_planted(Fault::read_early)) return hand_over(std::move(read));
  if (!may_write()) return answer_here(std::move(read));
  waiting_reads_.push_back(std::move(read));
  // Nothing is wrong, there was only no pause.
  if (waiting_reads_.size() >= waiters_max()) commit_ready();
}

void StoreActor::hand_over(WaitingRead read) noexcept {
  if (!reader_.address.is_alive()) return answer_here(std::move(read));
  const auto ask = [this]<class M>(Asked<M>& asked) {
    try {
      if (const Result<void> room = check_reader(); !room) return asked.answer.fail(room.error());
      ask_reader<M>(asked.answer, std::move(asked.question));
    } catch (const std::bad_alloc&) {
      asked.answer.fail(Error(Errc::no_memory));
    }
  };
  if (auto* const scan = std::get_if<Asked<Scan>>(&read)) ask(*scan);
  if (auto* const begin = std::get_if<Asked<BeginView>>(&read)) ask(*begin);
}

void StoreActor::answer_here(WaitingRead read) noexcept {
  if (auto* const begin = std::get_if<Asked<BeginView>>(&read)) {
    // It needs no commit of what waits: it shows the last one, and says its number.
    if (!reader_.address.is_alive()) return begin->answer.fail(Error(Errc::shutting_down));
    return hand_over(std::move(read));
  }
  auto& [question, answer] = *std::get_if<Asked<Scan>>(&read);
  try {
    const Result<View*> current = view();
    answer.set(current ? read_page(**current, question, &batches_) : current.error());
  } catch (const std::bad_alloc&) {
    answer.fail(Error(Errc::no_memory));
  }
}

// After a commit, or where it has failed.
void StoreActor::answer_waiting_reads() noexcept {
  if (waiting_reads_.empty()) return;
  std::vector<WaitingRead> reads;
  reads.swap(waiting_reads_);
  for (WaitingRead& read : reads) {
    if (batches_.empty()) {
      hand_over(std::move(read));
    } else {
      answer_here(std::move(read));
    }
  }
  view_.reset();  // It may be long until there is mail again.
}

// The scopes are the asker's. Granted once their records are read, given back where they cannot be.
void StoreActor::grant(const Acquire& message, Promise<Acquire>& answer) {
  const auto give_back = [&] {
    for (const std::string& scope : message.scopes) owners_.release(scope, message.owner_id);
  };
  try {
    ReadRoots missing;
    for (const std::string& scope : message.scopes) {
      std::optional<std::optional<std::string>> record = known(scope);
      missing.is_complete = missing.is_complete && record.has_value();
      missing.roots.push_back({scope, std::move(record)});
    }
    missing.owner_id = message.owner_id;
    if (missing.is_complete) return answer.resolve(acquired(link_, missing));
    if (Result<void> room = check_reader(); !room) {
      give_back();
      return answer.fail(room.error());
    }
    ask_reader<ReadRoots>(answer, std::move(missing));
  } catch (const std::bad_alloc&) {
    give_back();
    throw;
  }
}

void StoreActor::handle(const Ungranted& message) {
  for (const std::string& scope : message.scopes) owners_.release(scope, message.owner_id);
}

}  // namespace stet::detail
