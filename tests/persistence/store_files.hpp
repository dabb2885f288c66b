// tests/persistence/store_files.hpp - stores of real records, written by an engine, and their files.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/record_format.hpp>

#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "persistence/src/lmdb/lmdb_reader.hpp"

namespace stet::test::store_files {

using Model = std::map<std::string, std::string>;

inline std::string record(const std::string& key, std::uint64_t revision, std::size_t bytes) {
  Buffer out;
  const std::string value(bytes, static_cast<char>('a' + revision % 26));
  encode_record(
      key, {.revision = revision, .root = RootHeader{.program = "test 1"}},
      [&value](Buffer& to) { encode(value, to); }, out);
  return std::string(out.view());
}

// Nothing is folded but by its end or where the journal grows over its bound.
inline std::unique_ptr<detail::LmdbEngine> open_host(const std::filesystem::path& directory,
                                                     StoreMode mode) {
  auto engine = detail::open_lmdb_engine(
      {.directory = directory,
       .map_bytes = std::size_t{64} << 20,
       .map_bytes_max = std::size_t{64} << 20,
       .mode = mode,
       .journal = {.bytes_max = std::size_t{256} << 10, .fold_idle = std::chrono::hours(1)}});
  return std::move(engine).value();
}

inline void commit(detail::LmdbEngine& engine, const Model& puts) {
  std::vector<detail::Operation> operations;
  for (const auto& [key, value] : puts) operations.push_back(detail::Operation::put(key, value));
  if (!engine.commit(operations, detail::Flush::process)) std::abort();
}

// So many records, written twice, some long, some erased again; the store's content then.
inline Model fill(detail::LmdbEngine& engine, int records) {
  Model model;
  for (std::uint64_t revision = 1; revision <= 2; ++revision) {
    for (int i = 0; i < records; i += 20) {
      Model batch;
      for (int j = i; j < std::min(i + 20, records); ++j) {
        const std::string key = "//bank/" + std::to_string(j);
        batch[key] =
            record(key, revision, j % 50 == 7 ? 6000u : 100u + static_cast<unsigned>(j % 90));
      }
      commit(engine, batch);
      for (auto& [key, value] : batch) model[key] = std::move(value);
    }
  }
  std::vector<detail::Operation> erased;
  for (auto at = model.begin(); at != model.end();) {
    const bool erase = std::hash<std::string>()(at->first) % 10 == 0;
    if (erase) erased.push_back(detail::Operation::erase(at->first));
    ++at;
  }
  if (!engine.commit(erased, detail::Flush::full)) std::abort();
  for (const auto& each : erased) model.erase(std::string(each.key));
  return model;
}

// Rounds write the same keys, so that a store of one commit has one revision.
inline void write_round(detail::LmdbEngine& engine, int round) {
  Model batch;
  for (int i = 0; i < 30; ++i) {
    const std::string key = "//round/" + std::to_string(i);
    batch[key] = record(key, static_cast<std::uint64_t>(round) + 1, 200);
  }
  commit(engine, batch);
}

inline bool is_one_round(const Model& model) {
  if (model.empty()) return true;
  const auto revision = [](const auto& each) {
    const auto view = parse_record(each.first, each.second);
    return view ? view->header.revision : 0;
  };
  for (const auto& each : model) {
    if (revision(each) != revision(*model.begin())) return false;
  }
  return model.size() == 30 && revision(*model.begin()) != 0;
}

// All but the engine's own records.
inline Model read_store(const std::filesystem::path& directory) {
  Model model;
  const auto reader = detail::open_lmdb_reader(directory);
  if (!reader) return {{"error", reader.error().message()}};
  const Result<void> done = (*reader)->scan("/", {}, [&model](auto key, auto value) {
    model.emplace(key, value);
    return true;
  });
  if (!done) model["error"] = done.error().message();
  return model;
}

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_file(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

// One bit of each page from the first on: of its first pointer, or of a long value. For an engine that
// has the file open and reads none of it any more.
inline void damage_pages(const std::filesystem::path& environment, std::size_t first = 2,
                         std::size_t pages = SIZE_MAX) {
  constexpr std::size_t page_bytes = 4096;
  std::fstream file(environment / "data.mdb", std::ios::binary | std::ios::in | std::ios::out);
  const std::size_t bytes = std::filesystem::file_size(environment / "data.mdb");
  for (std::size_t at = first * page_bytes + 16; at < bytes && pages > 0; at += page_bytes) {
    --pages;
    file.seekg(static_cast<std::streamoff>(at));
    const char flipped = static_cast<char>(file.get() ^ 0x01);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(flipped);
  }
}

}  // namespace stet::test::store_files
