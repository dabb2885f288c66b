// persistence/src/store_reader.cpp - reading from views, and watching them.
#include "store_reader.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "store_page.hpp"

namespace stet::detail {
namespace {

// How often open views are looked at: at 500 MB a second one grows that much over its limit.
constexpr std::chrono::nanoseconds view_interval = std::chrono::milliseconds(250);

// Answers with what it reads, and gives back its place in the load whatever happens.
template <class M, class F>
void answer_with(ReaderLoad& load, Promise<M> answer, F read) {
  try {
    answer.set(read());
  } catch (const std::bad_alloc&) {
    answer.fail(Error(Errc::no_memory));  // No text: that would take memory.
  }
  load.end();
}

}  // namespace

Acquired acquired(const std::shared_ptr<StoreLink>& link, ReadRoots& read) {
  Acquired out;
  out.scopes.reserve(read.roots.size());
  for (ReadRoots::Root& root : read.roots) {
    Acquired::One one;
    one.record = *std::move(root.record);
    one.claim = Claim(link, std::move(root.scope), read.owner_id);
    out.scopes.push_back(std::move(one));
  }
  return out;
}

StoreReader::StoreReader(std::shared_ptr<Engine> engine, std::shared_ptr<StoreLink> link,
                         std::shared_ptr<ReaderLoad> load, StoreReaderOptions options)
    : engine_(std::move(engine)),
      link_(std::move(link)),
      load_(std::move(load)),
      options_(options),
      watch_(options.foreign_age) {}

StoreReader::~StoreReader() {
  for (const std::weak_ptr<OpenView>& each : open_views_) {
    if (const auto open = each.lock()) open->end(Errc::closed, "its System has stopped the store");
  }
}

Result<View*> StoreReader::view() {
  // One that shows the last commit shows all that was committed before this question came.
  if (view_ == nullptr || view_->number() < engine_->committed_number()) {
    view_.reset();
    Result<std::unique_ptr<View>> begun = engine_->view();
    if (!begun) return begun.error();
    view_ = std::move(begun).value();
  }
  return view_.get();
}

Result<std::optional<std::string>> StoreReader::read(std::string_view key) {
  const Result<View*> current = view();
  if (!current) return current.error();
  return read_copy(**current, key);
}

void StoreReader::handle(const Get& message, Promise<Get> answer) {
  answer_with(*load_, std::move(answer), [&] { return read(message.key); });
}

void StoreReader::handle(const Scan& message, Promise<Scan> answer) {
  answer_with(*load_, std::move(answer), [&]() -> Result<Page> {
    const Result<View*> current = view();
    if (!current) return current.error();
    return read_page(**current, message);
  });
}

Result<Acquired> StoreReader::read_roots(ReadRoots& message) {
  for (ReadRoots::Root& root : message.roots) {
    if (root.record) continue;
    Result<std::optional<std::string>> found = read(root.scope);
    if (!found) return found.error();
    root.record = std::move(found).value();
  }
  return acquired(link_, message);
}

// Once more where there was no memory. Where that fails too, the scopes stay taken until the store is
// opened again.
void StoreReader::give_back(ReadRoots& message) noexcept {
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      Ungranted back{{}, message.owner_id};
      back.scopes.reserve(message.roots.size());
      for (const ReadRoots::Root& root : message.roots) back.scopes.push_back(root.scope);
      return link_->ungranted.send(std::move(back));
    } catch (const std::bad_alloc&) {
      continue;
    }
  }
}

void StoreReader::handle(ReadRoots message, Promise<ReadRoots> answer) {
  Result<Acquired> read = Error(Errc::no_memory);
  try {
    read = read_roots(message);
  } catch (const std::bad_alloc&) {
    read = Error(Errc::no_memory);
  }
  if (!read) give_back(message);  // Before the answer: who asks again then finds them free.
  answer.set(std::move(read));
  load_->end();
}

Result<std::shared_ptr<OpenView>> StoreReader::begin_view() {
  std::erase_if(open_views_, [](const auto& each) { return each.expired(); });
  if (open_views_.size() >= open_views_max) {
    return Error(Errc::readers_full, std::to_string(open_views_max) +
                                         " views of this store are open: end some, they keep the "
                                         "file from using its space again");
  }
  // A view of its own: this one is read on other threads, and for longer.
  Result<std::unique_ptr<View>> begun = engine_->view();
  if (!begun) return begun.error();
  auto open = std::make_shared<OpenView>(engine_, std::move(begun).value(), link_->begin_view,
                                         options_.views);
  open_views_.push_back(open);
  on_wake();
  return open;
}

void StoreReader::handle(BeginView, Promise<BeginView> answer) {
  answer_with(*load_, std::move(answer), [&] { return begin_view(); });
}

void StoreReader::handle(LookAround) {
  look_around();
  look_at_ = now() + options_.look_interval;
  set_alarm();
}

// Views of hosts go on where they began, within their limits.
void StoreReader::handle(UseEngine message) noexcept {
  view_.reset();
  engine_ = std::move(message.engine);
}

void StoreReader::on_drained() {
  view_.reset();  // A view that is kept while nothing happens keeps pages from being used again.
}

void StoreReader::on_wake() {
  end_views_over_limits();
  if (look_at_ && now() >= *look_at_) {
    look_at_.reset();
    look_around();
  }
  set_alarm();
}

void StoreReader::end_views_over_limits() noexcept {
  std::erase_if(open_views_, [](const std::weak_ptr<OpenView>& each) {
    const std::shared_ptr<OpenView> open = each.lock();
    return open == nullptr || open->end_if_over_limits();
  });
}

void StoreReader::look_around() {
  try {
    if (watch_.update(engine_->foreign_readers(), now())) {
      link_->watched.send(ReadersWatched{watch_.alarm()});
    }
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): the next look will tell.
  }
  if (watch_.is_watching()) look_at_ = now() + options_.look_interval;
}

// The next time there is something to look at.
void StoreReader::set_alarm() noexcept {
  std::optional<std::chrono::nanoseconds> next = look_at_;
  if (!open_views_.empty()) {
    const std::chrono::nanoseconds views =
        now() + std::min(view_interval, options_.views.age_max + std::chrono::milliseconds(1));
    next = std::min(next.value_or(views), views);
  }
  if (next) wake_at(*next);
}

}  // namespace stet::detail
