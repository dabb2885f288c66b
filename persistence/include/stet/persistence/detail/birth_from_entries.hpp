// stet/persistence/detail/birth_from_entries.hpp - reading containers, and structs that are split,
// before an actor is there.
//
// The scopes are acquired; now their entries come, a page a turn of the actor to be, one scope
// after the other. Nobody else writes to them meanwhile, so the pages fit together.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <stet/persistence/detail/claim.hpp>
#include <stet/persistence/detail/container.hpp>
#include <stet/persistence/detail/container_state.hpp>
#include <stet/persistence/detail/give_birth.hpp>
#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/detail/value_sink.hpp>
#include <stet/persistence/persistable.hpp>
#include <stet/runtime/nascent.hpp>

namespace stet::detail {

// A container, and what of it was read so far.
template <class C>
class PendingEntries {
 public:
  PendingEntries(const std::shared_ptr<Unit>& unit, Claim claim)
      : reader_(claim.scope()), container_(C::of(unit, std::move(claim))) {}

  [[nodiscard]] EntryReader* reader() noexcept { return &reader_; }
  [[nodiscard]] EntrySink* sink() noexcept { return &entries_; }
  [[nodiscard]] C finish() {
    container_.take(std::move(entries_));
    return std::move(container_);
  }

 private:
  EntryReader reader_;
  typename C::entries_type entries_;
  C container_;
};
// A value; complete with its root record, unless it is split.
template <class T>
class PendingValue {
 public:
  PendingValue(std::shared_ptr<Unit> unit, Claim claim, ValueTable<T> table)
      : reader_(claim.scope()),
        unit_(std::move(unit)),
        claim_(std::move(claim)),
        table_(std::move(table)) {}

  [[nodiscard]] EntryReader* reader() noexcept { return table_.is_split() ? &reader_ : nullptr; }
  [[nodiscard]] EntrySink* sink() noexcept { return &table_; }
  [[nodiscard]] Persistable<T> finish() {
    return Persistable<T>::of(std::move(unit_), std::move(claim_), std::move(table_));
  }

 private:
  EntryReader reader_;
  std::shared_ptr<Unit> unit_;
  Claim claim_;
  ValueTable<T> table_;
};

template <class A, class Tuple, class... Loaded>
class BirthFromEntries {
 public:
  BirthFromEntries(Nascent<A> nascent, std::shared_ptr<Unit> unit, Tuple args,
                   std::tuple<Loaded...> loaded)
      : nascent_(std::move(nascent)),
        unit_(std::move(unit)),
        args_(std::move(args)),
        loaded_(std::move(loaded)) {}

  // Runs as a turn of the actor to be.
  void operator()(const Result<Page>& page) {
    if (!page) return refuse_birth(nascent_, *unit_, args_, page.error());
    const auto [reader, sink] = next();
    if (auto done = reader->take(*page, *sink); !done) {
      return refuse_birth(nascent_, *unit_, args_, done.error());
    }
    ask_or_finish(std::move(*this));
  }

  friend void ask_for_entries(BirthFromEntries self) { ask_or_finish(std::move(self)); }

 private:
  // The first that is not complete; its sink.
  [[nodiscard]] std::pair<EntryReader*, EntrySink*> next() noexcept {
    std::pair<EntryReader*, EntrySink*> found{nullptr, nullptr};
    const auto look = [&found](auto& each) {
      if (found.first != nullptr) return;
      EntryReader* const reader = each.reader();
      if (reader != nullptr && !reader->is_done()) found = {reader, each.sink()};
    };
    std::apply([&look](auto&... each) { (look(each), ...); }, loaded_);
    return found;
  }

  // By value: the continuation that runs may end with its next question.
  static void ask_or_finish(BirthFromEntries self) {
    if (const auto [reader, sink] = self.next(); reader != nullptr) {
      const std::shared_ptr<StoreLink> link = self.unit_->link();
      const Address<A> address = self.nascent_.address();
      Scan question = reader->question();
      link->scan.ask(std::move(question)).then(address, std::move(self));
      return;
    }
    std::apply(
        [&self](auto&... each) {
          give_birth(self.nascent_, self.unit_, self.args_, std::index_sequence_for<Loaded...>{},
                     each.finish()...);
        },
        self.loaded_);
  }

  Nascent<A> nascent_;
  std::shared_ptr<Unit> unit_;
  Tuple args_;
  std::tuple<Loaded...> loaded_;
};

}  // namespace stet::detail
