// tools/examples/census/resume.hpp - is this the input that an earlier run has read a part of?
//
// Threads    One.
// Errors     Those of LineReader::next().
#pragma once

#include "line_reader.hpp"

namespace census {

// Consumes what an earlier run has consumed, without counting it. True: the same bytes, and they
// end where a stanza ends, so counting can go on from here. False: another input; the reader then
// stands anywhere, and the Input has to be rewound.
//
// A run that ended with its input may have stored an end without an empty line behind it. It is a
// stanza's end still if nothing follows, or if an empty line does. In the middle of a line it is
// none: what follows would change that line.
[[nodiscard]] stet::Result<bool> skip_consumed(LineReader& reader, const Position& stored);

}  // namespace census
