// stet/persistence/detail/birth_from_entries.hpp - reading containers before an actor is there.
//
// The scopes are acquired; now their entries come, a page a turn of the actor to be, one container
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
// Anything else is complete.
template <class P>
EntryReader* reader_of(P&) noexcept {
  return nullptr;
}
template <class C>
EntryReader* reader_of(PendingEntries<C>& pending) noexcept {
  return pending.reader()->is_done() ? nullptr : pending.reader();
}
template <class P>
EntrySink* sink_of(P&) noexcept {
  return nullptr;
}
template <class C>
EntrySink* sink_of(PendingEntries<C>& pending) noexcept {
  return pending.sink();
}
template <class P>
P finished(P& complete) {
  return std::move(complete);
}
template <class C>
C finished(PendingEntries<C>& pending) {
  return pending.finish();
}

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
  // The first container that is not complete; its sink.
  [[nodiscard]] std::pair<EntryReader*, EntrySink*> next() noexcept {
    std::pair<EntryReader*, EntrySink*> found{nullptr, nullptr};
    const auto look = [&found](auto& each) {
      if (found.first != nullptr) return;
      if (EntryReader* const reader = reader_of(each)) found = {reader, sink_of(each)};
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
                     finished(each)...);
        },
        self.loaded_);
  }

  Nascent<A> nascent_;
  std::shared_ptr<Unit> unit_;
  Tuple args_;
  std::tuple<Loaded...> loaded_;
};

}  // namespace stet::detail
