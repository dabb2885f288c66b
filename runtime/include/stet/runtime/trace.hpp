// stet/runtime/trace.hpp - Trace: which turn ran when on which thread, and which message led to it.
//
//   stet::Trace trace(system);
//   trace.start();
//   ...
//   trace.stop();
//   std::ofstream("run.json") << trace.json();  // Open it at https://ui.perfetto.dev
//
// In the picture each thread has a track, each turn a slice on it, named after actor and message;
// an arrow leads from where a message was sent to the turn that handled it. What is sent outside of
// turns is a slice of its own.
//
// Threads    All members: any. Who is traced writes a ring of its own thread and never waits.
// Memory     64 bytes an event; each message makes two. A ring is made when its thread is first
//            traced, and stays. Threads beyond the first 127 at a time are not traced.
// Bounds     A ring keeps its newest events. Of a turn whose message's sending was overwritten the
//            arrow is left out.
// Lifetime   The System outlives it. All Traces of one System are the same.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

#include <stet/runtime/system.hpp>

namespace stet {

struct TraceOptions {
  // Rounded up to a power of two, 16 at least. Of threads that have a ring already it stays.
  std::size_t events_per_thread = 16 * 1024;
};

namespace detail {
class TraceState;
}  // namespace detail

class Trace {
 public:
  explicit Trace(System& system);  // Throws std::bad_alloc.

  // From here on; what was traced before is forgotten. Throws std::bad_alloc.
  void start(const TraceOptions& options = {});
  void stop();
  [[nodiscard]] bool is_running() const noexcept;

  // What the rings hold since the last start(), in the Trace Event Format. Also while it runs: a
  // turn is in it once it has ended. Throws std::bad_alloc.
  [[nodiscard]] std::string json() const;
  void write(std::ostream& out) const;

 private:
  detail::TraceState* state_;
};

}  // namespace stet
