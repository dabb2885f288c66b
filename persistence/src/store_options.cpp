// persistence/src/store_options.cpp - from the option table to what the store uses.
#include <stet/persistence/store_options.hpp>

#include <utility>

namespace stet {

EngineChoice EngineChoice::lmdb(std::filesystem::path directory) {
  EngineChoice choice;
  choice.directory_ = std::move(directory);
  return choice;
}

EngineChoice EngineChoice::memory() { return {}; }

EngineChoice EngineChoice::given(std::shared_ptr<detail::Engine> engine) {
  EngineChoice choice;
  choice.engine_ = std::move(engine);
  return choice;
}

StoreOptions StoreOptions::from(const Options& options) {
  StoreOptions out;
  out.durability = static_cast<Durability>(options.choice_index("store.durability"));
  out.batch_records = options.integer("store.batch_records");
  out.batch_bytes = options.bytes("store.batch_bytes");
  out.queue_bytes = options.bytes("store.queue_bytes");
  out.mode = static_cast<StoreMode>(options.choice_index("store.mode"));
  out.journal_bytes = options.bytes("store.journal_bytes");
  out.map_bytes = options.bytes("store.map_bytes");
  out.disk_reserve = options.bytes("store.disk_reserve");
  out.retry_initial = options.duration("store.retry_initial");
  out.retry_max = options.duration("store.retry_max");
  out.failure = static_cast<FailurePolicy>(options.choice_index("store.failure"));
  out.view_age = options.duration("store.view_age");
  out.view_bytes = options.bytes("store.view_bytes");
  out.reader_age = options.duration("store.reader_age");
  return out;
}

std::string_view to_string(StoreState state) noexcept {
  switch (state) {
    case StoreState::ok: return "ok";
    case StoreState::slow: return "slow";
    case StoreState::degraded: return "degraded";
    case StoreState::full: return "full";
    case StoreState::poisoned: return "poisoned";
    case StoreState::closed: return "closed";
  }
  return "unknown";
}

}  // namespace stet
