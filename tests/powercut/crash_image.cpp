// tests/powercut/crash_image.cpp - playing events, cutting the power.
#include "crash_image.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "counters.hpp"

namespace stet::test {
namespace {

constexpr std::size_t sector_bytes = 512;

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool is_below(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.compare(0, directory.size(), directory) == 0 &&
         path[directory.size()] == '/';
}

std::string moved(const std::string& path, const std::string& from, const std::string& to) {
  return path == from || is_below(path, from) ? to + path.substr(from.size()) : path;
}

bool is_name_event(const Event& event) {
  return event.kind == EventKind::create || event.kind == EventKind::make_directory ||
         event.kind == EventKind::remove || event.kind == EventKind::rename;
}

bool by_chance(std::mt19937_64& random, unsigned percent) { return random() % 100 < percent; }

void put_bytes(std::string& content, std::uint64_t offset, const char* data, std::size_t size) {
  if (content.size() < offset + size) content.resize(offset + size, '\0');
  content.replace(offset, size, data, size);
}

// Appends what of `older` lies outside of `newer`.
void cut_out(const Event& older, const Event& newer, std::vector<Event>& out) {
  const std::uint64_t from = newer.offset;
  const std::uint64_t to = newer.offset + newer.data.size();
  const std::uint64_t end = older.offset + older.data.size();
  if (older.kind == EventKind::truncate || end <= from || older.offset >= to) {
    out.push_back(older);
    return;
  }
  if (older.offset < from) {
    out.push_back(older);
    out.back().data.resize(from - older.offset);
  }
  if (end > to) {
    out.push_back(older);
    out.back().offset = to;
    out.back().data.erase(0, to - older.offset);
  }
}

}  // namespace

DiskModel::DiskModel() { certain_names_[""] = directory_id; }

void DiskModel::play(const Event& event) {
  switch (event.kind) {
    case EventKind::write:
    case EventKind::truncate: files_[event.file].open.push_back(event); return;
    case EventKind::write_durable: {
      File& file = files_[event.file];
      apply_content(file.certain, event);
      // An older write of the same bytes can no longer reach the disk; others stay open.
      std::vector<Event> still_open;
      for (const Event& older : file.open) cut_out(older, event, still_open);
      file.open = std::move(still_open);
      return;
    }
    case EventKind::sync: {
      File& file = files_[event.file];
      for (const Event& each : file.open) apply_content(file.certain, each);
      file.open.clear();
      return;
    }
    case EventKind::sync_directory: sync_names(event.path); return;
    case EventKind::create: files_[event.file] = {}; [[fallthrough]];
    case EventKind::make_directory:
    case EventKind::remove:
    case EventKind::rename: open_names_.push_back(event); return;
    // A recovery starts over at what it found, and promises that; never less than before.
    case EventKind::note_issued: issued_ = max_of_each(issued_, event.offset); return;
    case EventKind::note_acked: acked_ = max_of_each(acked_, event.offset); return;
  }
}

void DiskModel::load(const std::filesystem::path& directory, std::uint64_t acked,
                     std::uint64_t issued) {
  *this = DiskModel();
  acked_ = acked;
  issued_ = issued;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().lexically_relative(directory);
    if (entry.is_directory()) {
      certain_names_[name] = directory_id;
      continue;
    }
    struct stat status {};
    if (::stat(entry.path().c_str(), &status) != 0) throw std::runtime_error("an image is gone");
    std::ifstream in(entry.path(), std::ios::binary);
    certain_names_[name] = status.st_ino;
    files_[status.st_ino].certain.assign(std::istreambuf_iterator<char>(in), {});
  }
}

void DiskModel::apply_name(Names& names, const Event& event) {
  if (event.kind == EventKind::remove) {
    std::erase_if(names, [&](const auto& name) {
      return name.first == event.path || is_below(name.first, event.path);
    });
    return;
  }
  const std::string& target = event.kind == EventKind::rename ? event.to : event.path;
  if (!names.contains(parent_of(target))) return;  // Its directory was never written: it is lost.
  if (event.kind != EventKind::rename) {
    names[target] = event.kind == EventKind::create ? event.file : directory_id;
    return;
  }
  if (!names.contains(event.path)) return;
  Names kept;
  for (auto& [path, id] : names) {
    if (path == event.to || is_below(path, event.to)) continue;  // Replaced.
    kept[moved(path, event.path, event.to)] = id;
  }
  names = std::move(kept);
}

void DiskModel::sync_names(const std::string& directory) {
  std::vector<Event> still_open;
  for (Event& event : open_names_) {
    const bool here = parent_of(event.path) == directory ||
                      (event.kind == EventKind::rename && parent_of(event.to) == directory);
    if (!here) {
      still_open.push_back(std::move(event));
      continue;
    }
    apply_name(certain_names_, event);
    if (event.kind != EventKind::rename) continue;
    // What is still open inside the directory happened under its old name.
    for (Event& open : still_open) open.path = moved(open.path, event.path, event.to);
  }
  open_names_ = std::move(still_open);
}

void DiskModel::apply_content(std::string& content, const Event& event) {
  if (event.kind == EventKind::truncate) {
    content.resize(event.offset, '\0');
  } else {
    put_bytes(content, event.offset, event.data.data(), event.data.size());
  }
}

void DiskModel::apply_torn(std::string& content, const Event& event, std::mt19937_64& random) {
  if (event.kind == EventKind::truncate) {
    if (by_chance(random, 50)) apply_content(content, event);
    return;
  }
  const std::uint64_t end = event.offset + event.data.size();
  for (std::uint64_t at = event.offset; at < end;) {
    const std::uint64_t next = std::min(end, (at / sector_bytes + 1) * sector_bytes);
    if (by_chance(random, 50)) {
      put_bytes(content, at, event.data.data() + (at - event.offset), next - at);
    }
    at = next;
  }
}

std::string DiskModel::image_of(const File& file, Cut cut, std::mt19937_64& random) {
  std::string content = file.certain;
  const std::size_t count = file.open.size();
  switch (cut) {
    case Cut::nothing: break;
    case Cut::after_all:
      for (const Event& each : file.open) apply_content(content, each);
      break;
    case Cut::prefix_torn: {
      const std::size_t whole = random() % (count + 1);
      for (std::size_t i = 0; i < whole; ++i) apply_content(content, file.open[i]);
      if (whole < count) apply_torn(content, file.open[whole], random);
      break;
    }
    case Cut::subset: {
      const auto percent = static_cast<unsigned>(10 + random() % 81);
      for (const Event& each : file.open) {
        if (by_chance(random, percent)) apply_content(content, each);
      }
      break;
    }
    case Cut::sectors: {
      std::vector<std::size_t> order(count);
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::shuffle(order.begin(), order.end(), random);
      for (const std::size_t i : order) apply_torn(content, file.open[i], random);
      break;
    }
  }
  return content;
}

void DiskModel::write_image(const std::filesystem::path& directory, Cut cut, const Event* in_flight,
                            std::mt19937_64& random) const {
  const bool named = in_flight != nullptr && is_name_event(*in_flight);
  Names names = certain_names_;
  const std::size_t whole = random() % (open_names_.size() + 1);
  for (std::size_t i = 0; i < open_names_.size(); ++i) {
    const bool kept = cut == Cut::after_all || (cut == Cut::prefix_torn && i < whole) ||
                      (cut >= Cut::subset && by_chance(random, 50));
    if (kept) apply_name(names, open_names_[i]);
  }
  if (named && cut != Cut::nothing && by_chance(random, 50)) apply_name(names, *in_flight);

  for (const auto& [path, id] : names) {
    if (path.empty()) continue;
    if (id == directory_id) {
      std::filesystem::create_directory(directory / path);
      continue;
    }
    const auto found = files_.find(id);
    std::string content;
    if (found != files_.end() && (in_flight == nullptr || in_flight->file != id)) {
      content = image_of(found->second, cut, random);
    } else {
      File file = found == files_.end() ? File{} : found->second;
      if (in_flight != nullptr && in_flight->file == id && !in_flight->data.empty()) {
        file.open.push_back(*in_flight);
      }
      content = image_of(file, cut, random);
    }
    std::ofstream out(directory / path, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
  }
}

}  // namespace stet::test
