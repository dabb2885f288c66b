// persistence/src/store.cpp - opening a store and starting its actor.
#include <stet/persistence/store.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/store_view.hpp>

#include "lmdb/lmdb_engine.hpp"
#include "memory_engine.hpp"
#include "store_actor.hpp"
#include "store_reader.hpp"
#include "store_reopener.hpp"
#include "store_session.hpp"

namespace stet {
namespace {

Result<std::shared_ptr<detail::Engine>> open_lmdb(const std::filesystem::path& directory,
                                                  const StoreOptions& options) {
  detail::LmdbOptions lmdb{.directory = directory,
                           .map_bytes = options.map_bytes,
                           .map_bytes_max = options.map_bytes,
                           .disk_reserve = options.disk_reserve,
                           .mode = options.mode};
  lmdb.journal.bytes_max = options.journal_bytes;
  auto engine = detail::open_lmdb_engine(lmdb);
  if (!engine) return engine.error();
  return std::shared_ptr<detail::Engine>(std::move(engine).value());
}

void connect(detail::StoreLink& link, const Address<detail::StoreActor>& actor) {
  link.insert = actor;
  link.insert_batch = actor;
  link.remove = actor;
  link.remove_prefix = actor;
  link.get = actor;
  link.scan = actor;
  link.flush = actor;
  link.change = actor;
  link.acquire = actor;
  link.release = actor;
  link.hand_over = actor;
  link.await_change = actor;
  link.await_room = actor;
  link.declare = actor;
  link.reopen = actor;
  link.begin_view = actor;
  link.ungranted = actor;
  link.watched = actor;
}

}  // namespace

Result<Store> Store::open(System& system, StoreOptions options) {
  std::shared_ptr<detail::Engine> engine = options.engine.engine_;
  if (engine == nullptr && !options.engine.directory_.empty()) {
    auto opened = open_lmdb(options.engine.directory_, options);
    if (!opened) return opened.error();
    engine = std::move(opened).value();
  } else if (engine == nullptr) {
    engine = detail::make_memory_engine();
  }
  const Result<std::uint64_t> session = detail::read_session(*engine);
  if (!session) return session.error();

  auto link = std::make_shared<detail::StoreLink>();
  link->durability = options.durability;
  link->queue_bytes_max = options.queue_bytes;
  link->host_wait = options.host_wait;
  link->program = std::move(options.program);
  link->name = options.engine.directory_.empty() ? std::string("memory")
                                                 : options.engine.directory_.string();
  link->on_refused = std::move(options.on_refused);
  // relaxed: nobody else has the link yet.
  link->revision.store(detail::first_revision(*session + 1), std::memory_order_relaxed);

  // Often enough that the age is told about a quarter late.
  const std::chrono::nanoseconds look_interval =
      std::max<std::chrono::nanoseconds>(options.reader_age / 4, std::chrono::milliseconds(1));
  const detail::StoreReaderOptions reader_options{
      .views = {.age_max = options.view_age, .growth_bytes_max = options.view_bytes},
      .foreign_age = options.reader_age,
      .look_interval = look_interval};
  detail::StoreActorOptions actor_options{
      .bounds = {.records = options.batch_records, .bytes = options.batch_bytes},
      .retry_initial = options.retry_initial,
      .retry_max = std::max(options.retry_initial, options.retry_max),
      .failure = options.failure,
      .seed = options.seed,
      .session = *session + 1,
      .look_interval = look_interval,
      .on_health = std::move(options.on_health)};
  Address<detail::StoreReader> reader;
  try {
    const auto load = std::make_shared<detail::ReaderLoad>();
    const SpawnOptions beside{
        .name = "store-reader", .runs_on = RunsOn::own_thread, .service = true};
    reader = system.spawn_with<detail::StoreReader>(beside, engine, link, load, reader_options);
    const SpawnOptions now_and_then{
        .name = "store-reopener", .runs_on = RunsOn::elastic, .service = true};
    const auto reopener = system.spawn_with<detail::StoreReopener>(now_and_then);
    const SpawnOptions spawn{.name = "store", .runs_on = RunsOn::own_thread, .service = true};
    const Address<detail::StoreActor> actor = system.spawn_with<detail::StoreActor>(
        spawn, std::move(engine), link, detail::ReaderHandle{reader, load}, reopener,
        std::move(actor_options));
    if (!actor.is_alive()) {
      return Error(Errc::shutting_down, "the System has been shut down: open the store before");
    }
    connect(*link, actor);
  } catch (const std::system_error& error) {
    if (reader) reader.stop();
    return Error(Errc::no_memory, std::string("no thread for the store: ") + error.what(),
                 error.code().value());
  }
  return Store(std::move(link));
}

Result<void> Store::flush(std::chrono::nanoseconds timeout) const {
  const Result<Ack> done = link_->flush.ask().get(timeout);
  if (!done) return done.error();
  return {};
}

Result<StoreView> Store::view(std::chrono::nanoseconds timeout) const {
  return StoreView::begin(*link_, timeout);
}

Result<void> Store::reopen(std::chrono::nanoseconds timeout) const {
  const Result<Ack> done = link_->reopen.ask().get(timeout);
  if (!done) return done.error();
  return {};
}

StoreHealth Store::health() const {
  const std::lock_guard lock(link_->mutex);
  return link_->health;
}

StoreStats Store::stats() const {
  StoreStats stats;
  link_->counters.add_to(stats);
  stats.queued_bytes = link_->queued();
  return stats;
}

StoreReport Store::report(std::string name) const {
  return {.store = name.empty() ? link_->name : std::move(name),
          .state = health().state,
          .stats = stats()};
}

std::string Store::prometheus(std::string name) const {
  const StoreReport one = report(std::move(name));
  return to_prometheus({&one, 1});
}

}  // namespace stet
