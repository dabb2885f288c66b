// tests/persistence/store_rig.hpp - a stepped System with a store on a disk that a test controls.
//
// One thread, seeded order, virtual clock. The disk may outlive the rig: destroying the rig stops
// the System cleanly, crash() as if the machine had lost its power.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/data_store.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/persistence/store.hpp>
#include <stet/runtime/system.hpp>

#include "persistence/src/faulty_engine.hpp"
#include "persistence/src/memory_engine.hpp"

namespace stet::test {

using namespace std::chrono_literals;

// What most tests save.
struct Account {
  std::int64_t cents = 0;
  std::string owner;
};

struct StoreRig {
  using Disk = std::shared_ptr<detail::MemoryDisk>;

  explicit StoreRig(StoreOptions options = {}, Disk where = std::make_shared<detail::MemoryDisk>(),
                    std::uint64_t seed = 1)
      : disk(std::move(where)) {
    options.on_health = [this](const StoreHealth& now) { health.push_back(now.state); };
    options.on_refused = [this](std::string_view scope, const Error& why) {
      refused.emplace_back(std::string(scope), why.code);
    };
    SystemOptions system_options{.stepped = true, .seed = seed};
    system_options.dead_letters = [this](const DeadLetter& letter) {
      dead_letters.push_back(letter.reason);
    };
    system.emplace(system_options);
    auto engine = detail::make_memory_engine(disk).value();
    options.engine = EngineChoice::given(detail::make_faulty_engine(std::move(engine), faults));
    store.emplace(Store::open(*system, std::move(options)).value());
    data.emplace(*store);
  }

  // Nothing more is committed; what was not durable is lost, or kept.
  void crash(detail::MemoryDisk::NotYetDurable last = detail::MemoryDisk::NotYetDurable::lost) {
    disk->lose_power(last);
  }
  [[nodiscard]] const std::shared_ptr<detail::StoreLink>& link() const { return store->link(); }
  [[nodiscard]] std::optional<std::string> get(const std::string& key) {
    return link()->get.ask(key).get(1s).value();
  }

  Disk disk;
  std::shared_ptr<detail::FaultControl> faults = std::make_shared<detail::FaultControl>();
  std::vector<StoreState> health;
  std::vector<std::pair<std::string, Errc>> refused;
  std::vector<Errc> dead_letters;
  std::optional<System> system;
  std::optional<Store> store;
  std::optional<DataStore> data;
};

}  // namespace stet::test
