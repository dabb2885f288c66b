// tests/persistence/split_value_rig.hpp - a large struct in a store on a disk that a test controls.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stet/persistence/key.hpp>
#include <stet/persistence/persistable.hpp>

#include "store_rig.hpp"

namespace stet::test::split_value {

struct Address2 {
  std::string street;
  std::int32_t number = 0;
  bool operator==(const Address2&) const = default;
};
struct Customer {
  std::int64_t orders = 0;
  std::string name;
  std::string notes;
  Address2 address;
  std::vector<std::string> tags;
  bool operator==(const Customer&) const = default;
};
using Held = Persistable<Customer>;

inline Customer large() {
  return {1, "Ann", std::string(100'000, 'n'), {"Main Street", 7}, {"good", "old"}};
}

struct SplitValue : ::testing::Test {
  std::optional<StoreRig> rig = std::optional<StoreRig>(std::in_place);

  [[nodiscard]] Repository<Customer> repo() const {
    return Repository<Customer>(rig->data->base("//customer"));
  }
  void crash_and_reopen() {
    const auto disk = rig->disk;
    rig->crash();
    rig.reset();
    rig.emplace(StoreOptions{}, disk);
  }
  [[nodiscard]] static std::string field(std::string_view name) {
    return element_key("//customer", KeyTag::field, name);
  }
  // All keys of the scope, as they are seen in order.
  [[nodiscard]] std::vector<std::string> keys() const {
    std::vector<std::string> out;
    const Page page = rig->data->base("//customer").list().value();
    for (const Record& record : page.records) out.push_back(record.key);
    return out;
  }
  [[nodiscard]] bool is_split() const { return keys().size() > 1; }
  struct Cost {
    std::uint64_t records;
    std::uint64_t bytes;
  };
  [[nodiscard]] Cost cost_of(auto&& change) {
    EXPECT_TRUE(rig->store->flush(1s));
    const StoreStats before = rig->store->stats();
    change();
    EXPECT_TRUE(rig->store->flush(1s));
    const StoreStats after = rig->store->stats();
    return {after.records - before.records, after.bytes - before.bytes};
  }
};

}  // namespace stet::test::split_value
