// tools/examples/census/resume.cpp - compares the front of the input with a stored position.
#include "resume.hpp"

namespace census {

stet::Result<bool> skip_consumed(LineReader& reader, const Position& stored) {
  Line line;
  bool stanza_ended = true;  // No bytes at all: nothing has begun.
  while (reader.bytes() < stored.bytes) {
    stet::Result<bool> more = reader.next(line);
    if (!more) return more;
    if (!*more) return false;  // Shorter than what was consumed.
    stanza_ended = is_separator(line);
  }
  // A line that goes on beyond the stored end makes the lengths differ: so an end in the middle of
  // a line is only equal where the input ends too.
  if (reader.position() != stored) return false;
  if (stanza_ended) return true;
  stet::Result<bool> more = reader.next(line);
  if (!more) return more;
  // An empty line between two stanzas counts as nothing, so it may be consumed here.
  return !*more || is_separator(line);
}

}  // namespace census
