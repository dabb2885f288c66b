// runtime/src/registry.cpp - the table behind a Registry: 16 parts with a lock each.
#include <stet/runtime/registry.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace stet {
namespace detail {
namespace {

using Entry = std::shared_ptr<const Registered>;

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept {
    return std::hash<std::string_view>{}(name);
  }
};

// All who hold one name: seldom more than one, so the type is found by looking at each.
struct Holder {
  const RegistryType* type;
  Entry entry;
};
using Holders = std::vector<Holder>;
using Names = std::unordered_map<std::string, Holders, Hash, std::equal_to<>>;

Holders::iterator held_by(Holders& holders, const RegistryType& type) {
  return std::find_if(holders.begin(), holders.end(),
                      [&](const Holder& holder) { return holder.type == &type; });
}

struct alignas(64) Part {
  std::shared_mutex mutex;
  Names names;
  std::size_t next_bucket = 0;  // Where the sweep goes on.
};

// What was taken out: given up only after the lock, since the last address frees its cell.
using Removed = std::vector<Entry>;

void take_stopped(Holders& holders, Removed& removed) {
  for (auto holder = holders.begin(); holder != holders.end();) {
    if (holder->entry->is_alive()) {
      ++holder;
    } else {
      removed.push_back(std::move(holder->entry));
      holder = holders.erase(holder);
    }
  }
}

// Looks at the next buckets of a part, which is locked.
void sweep_some(Part& part, std::size_t buckets, Removed& removed) {
  const std::size_t count = part.names.bucket_count();
  std::vector<std::string_view> empty;
  for (std::size_t i = 0; i < std::min(buckets, count); ++i) {
    part.next_bucket = (part.next_bucket + 1) % count;
    for (auto name = part.names.begin(part.next_bucket); name != part.names.end(part.next_bucket);
         ++name) {
      take_stopped(name->second, removed);
      if (name->second.empty()) empty.push_back(name->first);
    }
  }
  for (const std::string_view name : empty) part.names.erase(part.names.find(name));
}

// Called without living holders of `type`.
Error not_found(const RegistryType& type, std::string_view name, const Holders* holders) {
  std::string text("no ");
  text.append(type.name).append(" is named \"").append(name).append("\"");
  constexpr std::size_t types_max = 4;  // In the text.
  std::size_t told = 0;
  if (holders != nullptr) {
    for (const Holder& holder : *holders) {
      if (holder.type == &type || told == types_max || !holder.entry->is_alive()) continue;
      text.append(told++ == 0 ? "; that name is held by " : ", ").append(holder.type->name);
    }
  }
  return Error(Errc::not_found, std::move(text));
}

}  // namespace

class RegistryTable {
 public:
  [[nodiscard]] Part& part_of(std::string_view name) {
    // The upper bits of a product: the map itself uses the hash as it is.
    const std::uint64_t mixed = std::uint64_t{Hash{}(name)} * 0x9e3779b97f4a7c15U;
    return parts[mixed >> 60U];
  }
  std::array<Part, 16> parts;
};

}  // namespace detail

using detail::Removed;

Registry::Registry() : table_(std::make_shared<detail::RegistryTable>()) {}

Result<void> Registry::put_entry(const detail::RegistryType& type, std::string_view name,
                                 Entry entry) const {
  constexpr std::size_t name_bytes_max = 255;
  constexpr std::size_t buckets_swept = 8;
  if (name.empty() || name.size() > name_bytes_max) {
    return Error(Errc::invalid_argument, "a name has 1 to 255 bytes");
  }
  if (!entry->is_alive()) return Error(Errc::receiver_gone, "who is to have this name has stopped");
  detail::Part& part = table_->part_of(name);
  Removed removed;
  const std::lock_guard lock(part.mutex);
  detail::sweep_some(part, buckets_swept, removed);
  auto found = part.names.find(name);
  if (found == part.names.end()) {
    // With its holder at once, so that no name stands without one if memory runs out.
    detail::Holders first;
    first.push_back({&type, std::move(entry)});
    part.names.emplace(name, std::move(first));
    return {};
  }
  const auto holder = detail::held_by(found->second, type);
  if (holder == found->second.end()) {
    found->second.push_back({&type, std::move(entry)});
    return {};
  }
  if (holder->entry->is_alive()) {
    std::string text("another ");
    text.append(type.name).append(" is named \"").append(name).append("\"");
    return Error(Errc::already_exists, std::move(text));
  }
  std::swap(holder->entry, entry);  // The old one goes with the parameter, after the lock.
  return {};
}

Result<Registry::Entry> Registry::find_entry(const detail::RegistryType& type,
                                             std::string_view name) const {
  detail::Part& part = table_->part_of(name);
  Error error;
  {
    const std::shared_lock lock(part.mutex);
    const auto found = part.names.find(name);
    if (found == part.names.end()) return detail::not_found(type, name, nullptr);
    const auto holder = detail::held_by(found->second, type);
    if (holder != found->second.end() && holder->entry->is_alive()) return holder->entry;
    error = detail::not_found(type, name, &found->second);
    if (holder == found->second.end()) return error;
  }
  // A stopped one: taken out, unless that would mean to wait. Who put a new one meanwhile keeps it.
  Removed removed;
  const std::unique_lock lock(part.mutex, std::try_to_lock);
  if (lock.owns_lock()) {
    const auto found = part.names.find(name);
    if (found != part.names.end()) {
      detail::take_stopped(found->second, removed);
      if (found->second.empty()) part.names.erase(found);
    }
  }
  return error;
}

bool Registry::remove_entry(const detail::RegistryType& type, std::string_view name,
                            const void* who) const {
  detail::Part& part = table_->part_of(name);
  Entry removed;
  const std::lock_guard lock(part.mutex);
  const auto found = part.names.find(name);
  if (found == part.names.end()) return false;
  const auto holder = detail::held_by(found->second, type);
  if (holder == found->second.end()) return false;
  if (who != nullptr && !holder->entry->equals(who)) return false;
  const bool was_alive = holder->entry->is_alive();
  removed = std::move(holder->entry);
  found->second.erase(holder);
  if (found->second.empty()) part.names.erase(found);
  return was_alive;
}

std::size_t Registry::sweep() const {
  std::size_t count = 0;
  for (detail::Part& part : table_->parts) {
    Removed removed;
    const std::lock_guard lock(part.mutex);
    detail::sweep_some(part, part.names.bucket_count(), removed);
    count += removed.size();
  }
  return count;
}

std::size_t Registry::size() const {
  std::size_t count = 0;
  for (detail::Part& part : table_->parts) {
    const std::shared_lock lock(part.mutex);
    for (const auto& [name, holders] : part.names) count += holders.size();
  }
  return count;
}

}  // namespace stet
