// tests/persistence/foreign_reader.hpp - another process that reads a store beside its host.
//
// It does what it is told, a word at a time, and answers with what it sees; it may keep a view open
// as long as a test likes.
//
// Threads    Made by a test that has no other thread and no store open: it forks.
#pragma once

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>

#include "persistence/src/lmdb/lmdb_reader.hpp"

namespace stet::test {

struct Seen {
  std::uint64_t records = 0;
  std::uint64_t hash = 0;  // Of all of them, in their order.
  bool is_error = false;

  void add(std::string_view key, std::string_view value) {
    ++records;
    for (const std::string_view part : {key, value}) {
      for (const char each : part)
        hash = (hash ^ static_cast<unsigned char>(each)) * 0x100000001b3U;
      hash = (hash ^ part.size()) * 0x100000001b3U;
    }
  }
  friend bool operator==(const Seen&, const Seen&) = default;
};

class ForeignReader {
 public:
  // Of the records from "/" on, the engine's own left out.
  explicit ForeignReader(const std::filesystem::path& store) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) {
      ::close(ends[0]);
      serve(store, ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    fd_ = ends[0];
  }
  ~ForeignReader() {
    ::close(fd_);  // That ends it.
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  ForeignReader(const ForeignReader&) = delete;
  ForeignReader& operator=(const ForeignReader&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return child_; }
  // Opens anew, and stays open.
  Seen open() { return ask('o'); }
  // What is open, once more; opens if nothing is.
  Seen look() { return ask('l'); }
  void close() { ask('c'); }

 private:
  Seen ask(char word) const {
    Seen seen;
    if (::write(fd_, &word, 1) != 1 || ::read(fd_, &seen, sizeof(seen)) != sizeof(seen)) {
      seen.is_error = true;
    }
    return seen;
  }

  static void serve(const std::filesystem::path& store, int fd) {
    std::unique_ptr<detail::LmdbReader> reader;
    for (char word = 0; ::read(fd, &word, 1) == 1;) {
      Seen seen;
      if (word != 'l') reader.reset();
      if (word != 'c' && !reader) {
        auto opened = detail::open_lmdb_reader(store);
        seen.is_error = !opened;
        if (opened) reader = std::move(opened).value();
      }
      if (reader) {
        const auto done = reader->scan("/", {}, [&](std::string_view key, std::string_view value) {
          seen.add(key, value);
          return true;
        });
        seen.is_error = !done;
      }
      if (::write(fd, &seen, sizeof(seen)) != sizeof(seen)) return;
    }
  }

  pid_t child_ = 0;
  int fd_ = -1;
};

}  // namespace stet::test
