// tests/powercut/note.hpp - what a writer tells the recorder: what it has begun, what it was promised.
//
// Threads    Any; a note's place in the log is its place in time.
#pragma once

#include <dlfcn.h>

#include <cstdint>

#include "record_log.hpp"

namespace stet::test {

inline void note(EventKind kind, std::uint64_t n) {
  using Note = void (*)(unsigned kind, unsigned long n);
  // Absent when the program runs without the recorder.
  static const auto record = reinterpret_cast<Note>(dlsym(RTLD_DEFAULT, "stet_record_note"));
  if (record != nullptr) record(static_cast<unsigned>(kind), n);
}

}  // namespace stet::test
