// tests/powercut/crash_image.hpp - what a disk may hold after power was cut at some event.
//
// A disk that plays along with the recorded events. It keeps apart what a flush has made certain
// (contents by fsync of the file, names by fsync of their directory) and what is still open. An
// image takes all that is certain, and of the rest what chance gives: harsher than a real file
// system, which keeps more order than it promises.
//
// Threads    One at a time.
// Assumes    A flush that returned is honest; a sector of 512 bytes is written whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "record_log.hpp"

namespace stet::test {

// How the part that is not certain is chosen.
enum class Cut : std::uint8_t {
  after_all,    // All of it is there: the kernel wrote everything back in time.
  nothing,      // None of it.
  prefix_torn,  // The first n of it, and of the next write some sectors.
  subset,       // Each write or not, by chance.
  sectors,      // Each sector of each write or not, by chance, in any order.
};
inline constexpr int cut_count = 5;

class DiskModel {
 public:
  DiskModel();

  void play(const Event& event);
  // Begins again, with a disk that holds for certain what is in `directory`.
  void load(const std::filesystem::path& directory, std::uint64_t acked, std::uint64_t issued);

  // Promised and begun so far, by the writer's notes; of several writers see counters.hpp.
  [[nodiscard]] std::uint64_t acked() const noexcept { return acked_; }
  [[nodiscard]] std::uint64_t issued() const noexcept { return issued_; }

  // Writes what may be left into `directory` (empty before). `in_flight`: the event that power loss
  // interrupted, or nullptr.
  void write_image(const std::filesystem::path& directory, Cut cut, const Event* in_flight,
                   std::mt19937_64& random) const;

 private:
  static constexpr std::uint64_t directory_id = 0;  // No file has this inode number.

  using Names = std::map<std::string, std::uint64_t>;  // Sorted: a directory before what it holds.
  struct File {
    std::string certain;
    std::vector<Event> open;  // Writes and truncations since the last flush, in order.
  };

  static void apply_name(Names& names, const Event& event);
  static void apply_content(std::string& content, const Event& event);
  static void apply_torn(std::string& content, const Event& event, std::mt19937_64& random);
  static std::string image_of(const File& file, Cut cut, std::mt19937_64& random);
  void sync_names(const std::string& directory);

  std::map<std::uint64_t, File> files_;
  Names certain_names_;
  std::vector<Event> open_names_;
  std::uint64_t acked_ = 0;
  std::uint64_t issued_ = 0;
};

}  // namespace stet::test
