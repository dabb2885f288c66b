// tests/powercut/record_log.hpp - what the recorder writes and the replayer reads: one file of
// events.
//
// An event is a Header, then `path_bytes` of path (a rename: from, NUL, to), then `data_bytes` of
// data. Paths are relative to the recorded directory, which itself is "".
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace stet::test {

enum class EventKind : std::uint32_t {
  write = 1,       // `data` at `offset` of `file`: in the page cache.
  write_durable,   // The same through a descriptor that flushes (O_DSYNC, O_SYNC).
  truncate,        // `file` gets `offset` bytes.
  sync,            // fsync or fdatasync of `file` has returned.
  sync_directory,  // fsync of the directory `path` has returned.
  create,          // The new file `file` is named `path`.
  make_directory,
  remove,  // Of a file's name or of a directory.
  rename,
  note_issued,  // The writer is about to commit batch `offset`.
  note_acked,   // The writer promises that batch `offset` and all before it are durable.
};

struct EventHeader {
  EventKind kind = EventKind::write;
  std::uint32_t path_bytes = 0;
  std::uint64_t file = 0;  // Inode number.
  std::uint64_t offset = 0;
  std::uint64_t data_bytes = 0;
};

struct Event {
  EventKind kind = EventKind::write;
  std::uint64_t file = 0;
  std::uint64_t offset = 0;
  std::string path;
  std::string to;  // Of a rename.
  std::string data;
};

// All whole events; a last one that is cut off is left out.
inline std::vector<Event> read_log(const std::string& log_path) {
  std::ifstream in(log_path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::vector<Event> events;
  for (std::size_t at = 0; at + sizeof(EventHeader) <= bytes.size();) {
    EventHeader header;
    std::memcpy(&header, bytes.data() + at, sizeof(header));
    at += sizeof(header);
    if (bytes.size() - at < header.path_bytes + header.data_bytes) break;
    Event event{header.kind, header.file, header.offset, {}, {}, {}};
    event.path = bytes.substr(at, header.path_bytes);
    at += header.path_bytes;
    event.data = bytes.substr(at, header.data_bytes);
    at += header.data_bytes;
    if (const std::size_t nul = event.path.find('\0'); nul != std::string::npos) {
      event.to = event.path.substr(nul + 1);
      event.path.resize(nul);
    }
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace stet::test
