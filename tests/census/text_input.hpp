// tests/census/text_input.hpp - a text as an Input: as a regular file, or as a pipe.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tools/examples/census/input.hpp"
#include "tools/examples/census/stanza_parser.hpp"

namespace census::test {

inline void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count <= 0) std::abort();
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// A file in memory, at its beginning.
inline Input text_input(std::string_view text) {
  const int descriptor = ::memfd_create("census-test", MFD_CLOEXEC);
  if (descriptor < 0) std::abort();
  write_all(descriptor, text);
  ::lseek(descriptor, 0, SEEK_SET);
  return Input::from_descriptor(descriptor, "a text");
}

// A pipe that holds the whole text. Requires: at most 64 KiB, what a pipe takes without a reader.
inline Input pipe_input(std::string_view text) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
  write_all(ends[1], text);
  ::close(ends[1]);
  return Input::from_descriptor(ends[0], "a pipe");
}

inline std::string read_all(Input& input) {
  std::string out;
  std::array<char, 1000> buffer{};
  for (;;) {
    const stet::Result<std::size_t> count = input.read(buffer);
    if (!count) return out + "<error: " + count.error().text + ">";
    if (*count == 0) return out;
    out.append(buffer.data(), *count);
  }
}

// A stanza that owns what it says.
struct OwnedStanza {
  std::uint64_t number = 0;
  std::string name, section;
  bool has_section = false;
  std::uint64_t installed_size_kib = 0;
  std::vector<std::string> dependencies;
};

struct ParsedText {
  std::vector<OwnedStanza> stanzas;
  Counts counts;
  std::uint64_t reports = 0;
};

inline OwnedStanza owned(const Stanza& stanza) {
  return {stanza.number,
          std::string(stanza.name),
          std::string(stanza.section),
          stanza.has_section,
          stanza.installed_size_kib,
          {stanza.dependencies.begin(), stanza.dependencies.end()}};
}

inline ParsedText parse(Input& input) {
  LineReader reader(input);
  Reports reports(nullptr);
  StanzaParser parser(reader, reports);
  ParsedText out;
  Stanza stanza;
  while (parser.next(stanza).value()) out.stanzas.push_back(owned(stanza));
  out.counts = parser.counts();
  out.reports = reports.count();
  return out;
}

inline ParsedText parse(std::string_view text) {
  Input input = text_input(text);
  return parse(input);
}

}  // namespace census::test
