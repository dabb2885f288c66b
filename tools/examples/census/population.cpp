// tools/examples/census/population.cpp - names to scopes to actors, and back.
#include "population.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace census {
namespace {

// A scope holds 400 bytes, a name may have a mebibyte.
constexpr std::size_t segment_name_bytes_max = 200;

// A name as one segment: itself, or its beginning and a hash behind '_', which no name contains.
std::string segment_of(std::string_view name) {
  if (name.size() <= segment_name_bytes_max) return std::string(name);
  const XXH128_hash_t hash = XXH3_128bits(name.data(), name.size());
  std::array<char, 40> digits{};
  std::snprintf(digits.data(), digits.size(), "_%016llx%016llx",
                static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return std::string(name.substr(0, segment_name_bytes_max)) + digits.data();
}

}  // namespace

const stet::Address<Package>& Population::touch(std::string_view name) {
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    const bool is_long = name.size() > segment_name_bytes_max;
    const stet::Repository<PackageState> repository(packages_.scope_segment(segment_of(name)));
    stet::Address<Package> address = stet::spawn_persistent<Package>(
        *system_, repository, is_long ? std::string(name) : std::string());
    found = entries_.emplace(std::string(name), Entry{std::move(address), 0}).first;
  }
  Entry& entry = found->second;
  if (entry.window != windows_) {
    entry.window = windows_;
    touched_.push_back(&entry);
  }
  return entry.address;
}

void Population::send(const Window& window, Settlement& settlement) {
  ++windows_;
  touched_.clear();
  std::size_t dependency = 0;
  for (const Window::Item& item : window.items()) {
    touch(item.name).send<OwnStanza>(item.number, item.has_section, std::string(item.section));
    for (std::size_t i = 0; i < item.dependencies; ++i) {
      touch(window.dependencies()[dependency++])
          .send<DependantStanza>(item.number, item.installed_size_kib);
    }
    messages_ += 1 + item.dependencies;
  }
  settlement.begin(touched_.size());
  for (const Entry* entry : touched_) entry->address.send<Settle>(&settlement);
}

stet::Result<Packages> read_packages(const stet::DataStore& packages) {
  Packages out;
  const std::size_t prefix_bytes = packages.get_scope().size() + 1;
  std::string after;
  for (;;) {  // Each round reads a page behind the last one: bounded by the store.
    stet::Result<stet::Page> page = packages.list(after, stet::Scan::page_records_max);
    if (!page) return std::move(page).error();
    for (const stet::Record& record : page->records) {
      const stet::Result<stet::RecordView> view = stet::parse_record(record.key, record.value);
      if (!view) return view.error();
      if (!view->header.root) continue;  // A field of a package with much to say: see below.
      PackageState state;
      if (view->header.root->layout == stet::Layout::split) {
        auto whole = stet::Repository<PackageState>(packages.base(record.key)).read();
        if (!whole) return std::move(whole).error();
        state = std::move(whole).value();
      } else if (stet::Result<void> done = stet::decode(view->payload, state); !done) {
        return done.error();
      }
      std::string name =
          state.long_name.empty() ? record.key.substr(prefix_bytes) : std::move(state.long_name);
      out.insert_or_assign(std::move(name),
                           PackageTotals{state.stanzas, state.dependants, state.dependants_kib,
                                         std::move(state.section)});
    }
    if (!page->more || page->records.empty()) return out;
    after = std::move(page->records.back().key);
  }
}

}  // namespace census
