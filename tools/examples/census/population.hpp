// tools/examples/census/population.hpp - all packages of a store: born when first heard of.
//
// Threads    One; the packages run on the System's workers.
// Ownership  Refers to the System, which outlives it.
// Bounds     One entry a package name. How much mail waits is up to who calls send(): see
//            window.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <stet/persistence/data_store.hpp>
#include <stet/runtime/system.hpp>

#include "package.hpp"
#include "package_totals.hpp"
#include "window.hpp"

namespace census {

class Population {
 public:
  // `packages` is the scope that they live below.
  Population(stet::System& system, stet::DataStore packages)
      : system_(&system), packages_(std::move(packages)) {}

  // Sends each stanza to its package and to those it depends on, then a Settle to all of these.
  void send(const Window& window, Settlement& settlement);

  [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }

 private:
  struct Entry {
    stet::Address<Package> address;
    std::uint64_t window = 0;  // The last one that touched it.
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>{}(name);
    }
  };

  [[nodiscard]] const stet::Address<Package>& touch(std::string_view name);

  stet::System* system_;
  stet::DataStore packages_;
  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
  std::vector<const Entry*> touched_;
  std::uint64_t windows_ = 0;
  std::uint64_t messages_ = 0;
};

// Every package below the scope, as it is stored now. Errors: those of DataStore, corrupt.
[[nodiscard]] stet::Result<Packages> read_packages(const stet::DataStore& packages);

}  // namespace census
