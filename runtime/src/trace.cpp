// runtime/src/trace.cpp - writing events into rings, and rings as JSON.
//
// The format: "Trace Event Format" of Chrome, which Perfetto reads. "X" is a slice, "s" and "f" are
// the ends of an arrow, each bound to the slice around it.
#include <stet/runtime/trace.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <mutex>
#include <new>
#include <ostream>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core.hpp"
#include "trace_ring.hpp"
#include "watchers.hpp"

namespace stet {
namespace detail {

enum class TraceKind : std::uint64_t { sent, sent_outside, turn, failed_turn };

// What is said of one event; nanoseconds since the watchers were made.
struct TraceEvent {
  TraceKind kind;
  std::int64_t time;
  std::int64_t lasted;
  std::uint64_t stamp;
  const EnvelopeOps* message;
  const ActorType* type;
  const Cell* cell;  // Only a number: the actor may be gone.

  [[nodiscard]] TraceWords words() const noexcept {
    return {static_cast<std::uint64_t>(kind),       static_cast<std::uint64_t>(time),
            static_cast<std::uint64_t>(lasted),     stamp,
            std::bit_cast<std::uintptr_t>(message), std::bit_cast<std::uintptr_t>(type),
            std::bit_cast<std::uintptr_t>(cell),    0};
  }
  [[nodiscard]] static TraceEvent from(const TraceWords& words) noexcept {
    return {static_cast<TraceKind>(words[0]),
            static_cast<std::int64_t>(words[1]),
            static_cast<std::int64_t>(words[2]),
            words[3],
            std::bit_cast<const EnvelopeOps*>(static_cast<std::uintptr_t>(words[4])),
            std::bit_cast<const ActorType*>(static_cast<std::uintptr_t>(words[5])),
            std::bit_cast<const Cell*>(static_cast<std::uintptr_t>(words[6]))};
  }
};

// The track of a thread: what it is called.
struct TraceTrack {
  explicit TraceTrack(std::size_t events) : ring(events) {}
  TraceRing ring;
  Atomic<std::int32_t> worker{outside};
  std::int64_t turn_began = -1;  // Its own thread only.

  static constexpr std::int32_t outside = -1;
  static constexpr std::int32_t own = -2;
};

namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      out.push_back(' ');
      continue;
    }
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
}

// Nanoseconds as microseconds: "12.345".
void append_time(std::string& out, std::int64_t nanoseconds) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%lld.%03d",
                                   static_cast<long long>(nanoseconds / 1000),
                                   static_cast<int>(nanoseconds % 1000));
  out.append(text.data(), static_cast<std::size_t>(length));
}

}  // namespace

class TraceState final : public Watcher {
 public:
  explicit TraceState(Core& core) noexcept : core_(core) {}
  ~TraceState() override {
    // relaxed: no thread is left.
    for (Atomic<TraceTrack*>& track : tracks_) delete track.load(std::memory_order_relaxed);
  }

  void start(const TraceOptions& options) {
    const std::lock_guard lock(mutex_);
    // relaxed, here and below: words for themselves.
    events_.store(options.events_per_thread, std::memory_order_relaxed);
    since_.store(core_.watchers().now(), std::memory_order_relaxed);
    running_.store(true, std::memory_order_relaxed);
    core_.watchers().watch(Watchers::Place::trace, true, true);
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    running_.store(false, std::memory_order_relaxed);
    core_.watchers().watch(Watchers::Place::trace, false, false);
  }
  [[nodiscard]] bool is_running() const noexcept {
    return running_.load(std::memory_order_relaxed);
  }

  void on_send(const Cell* sender, const Envelope& envelope,
               std::uint64_t stamp) noexcept override {
    if (Stamp::number(stamp) == shared_thread_number) return;  // Not the only one of its stamp.
    if (TraceTrack* const track = this_track()) {
      track->ring.put(TraceEvent{sender == nullptr ? TraceKind::sent_outside : TraceKind::sent,
                                 Stamp::time(stamp), 0, stamp, envelope.ops, nullptr, sender}
                          .words());
    }
  }
  bool on_turn_begin(Cell&, const Envelope& envelope, std::int64_t now) noexcept override {
    if (envelope.ops->message_name.empty()) return true;
    if (TraceTrack* const track = this_track()) track->turn_began = now;
    return true;
  }
  void on_turn_end(Cell& cell, const Envelope& envelope, bool kept,
                   std::int64_t now) noexcept override {
    TraceTrack* const track = this_track();
    if (track == nullptr || track->turn_began < 0) return;
    const std::int64_t began = std::exchange(track->turn_began, -1);
    track->ring.put(TraceEvent{kept ? TraceKind::turn : TraceKind::failed_turn, began, now - began,
                               envelope.stamp, envelope.ops, cell.type, &cell}
                        .words());
  }

  [[nodiscard]] std::string json();

 private:
  // nullptr: not traced, for want of memory or of a number.
  [[nodiscard]] TraceTrack* this_track() noexcept {
    const std::uint32_t number = this_thread_number();
    if (number == shared_thread_number) return nullptr;
    // relaxed: only the threads that have this number, one after the other, write it.
    TraceTrack* track = tracks_[number].load(std::memory_order_relaxed);
    if (track == nullptr) {
      try {
        // relaxed: see start().
        track = new TraceTrack(events_.load(std::memory_order_relaxed));
      } catch (const std::bad_alloc&) {
        return nullptr;
      }
      // release: pairs with json().
      tracks_[number].store(track, std::memory_order_release);
    }
    const Context* const context = current_context;
    const std::int32_t worker = context == nullptr ? TraceTrack::outside
                                : context->worker == nullptr
                                    ? TraceTrack::own
                                    : static_cast<std::int32_t>(context->worker->index());
    // relaxed, both: a word for itself; written only where another thread has got the number.
    if (track->worker.load(std::memory_order_relaxed) != worker) {
      track->worker.store(worker, std::memory_order_relaxed);
    }
    return track;
  }

  Core& core_;
  Atomic<std::size_t> events_{0};
  Atomic<std::int64_t> since_{0};
  Atomic<bool> running_{false};
  std::array<Atomic<TraceTrack*>, thread_numbers> tracks_{};  // Owned.
  std::mutex mutex_;
};

namespace {

// Writes one event after the other; all of one process.
class TraceJson {
 public:
  void track(std::size_t tid, std::int32_t worker) {
    begin();
    out_.append(R"("ph":"M","name":"thread_name","pid":1,"tid":)").append(std::to_string(tid));
    out_.append(R"(,"args":{"name":")");
    if (worker == TraceTrack::outside) {
      out_.append("host ").append(std::to_string(tid));
    } else if (worker == TraceTrack::own) {
      out_.append("thread ").append(std::to_string(tid));
    } else {
      out_.append("worker ").append(std::to_string(worker));
    }
    out_.append("\"}}");
  }
  void turn(std::size_t tid, const TraceEvent& event, bool arrow) {
    begin();
    out_.append(R"("ph":"X","cat":"turn","name":")");
    append_escaped(out_, event.type->name);
    out_.append(": ");
    append_escaped(out_, event.message->message_name);
    place(tid, event.time);
    out_.append(R"(,"dur":)");
    append_time(out_, event.lasted);
    std::array<char, 32> actor{};
    const int length =
        std::snprintf(actor.data(), actor.size(), "%p", static_cast<const void*>(event.cell));
    out_.append(R"(,"args":{"actor":")").append(actor.data(), static_cast<std::size_t>(length));
    out_.append(R"(","failed":)").append(event.kind == TraceKind::failed_turn ? "true" : "false");
    out_.append("}}");
    if (arrow) end_of_arrow("f", tid, event.time, event);
  }
  void sent(std::size_t tid, const TraceEvent& event) {
    if (event.kind == TraceKind::sent_outside) {
      begin();
      out_.append(R"("ph":"X","cat":"send","name":"send )");
      append_escaped(out_, event.message->message_name);
      place(tid, event.time);
      out_.append(R"(,"dur":0.001})");  // An arrow needs a slice to begin in.
    }
    end_of_arrow("s", tid, event.time, event);
  }
  [[nodiscard]] std::string take() {
    return R"({"displayTimeUnit":"ns","traceEvents":[)" + out_ + "\n]}\n";
  }

 private:
  void begin() { out_.append(out_.empty() ? "\n{" : ",\n{"); }
  void place(std::size_t tid, std::int64_t time) {
    out_.append(R"(","pid":1,"tid":)").append(std::to_string(tid)).append(R"(,"ts":)");
    append_time(out_, time);
  }
  void end_of_arrow(std::string_view phase, std::size_t tid, std::int64_t time,
                    const TraceEvent& event) {
    begin();
    out_.append(R"("ph":")").append(phase).append(R"(","cat":"message","bp":"e","id":)");
    out_.append(std::to_string(event.stamp)).append(R"(,"name":")");
    append_escaped(out_, event.message->message_name);
    place(tid, time);
    out_.append("}");
  }

  std::string out_;
};

}  // namespace

std::string TraceState::json() {
  struct Track {
    std::size_t tid;
    std::int32_t worker;
    std::vector<TraceWords> events;
  };
  // relaxed: see start().
  const std::int64_t since = since_.load(std::memory_order_relaxed);
  std::vector<Track> tracks;
  std::unordered_set<std::uint64_t> sent;
  for (std::size_t number = 0; number < tracks_.size(); ++number) {
    // acquire: pairs with this_track().
    const TraceTrack* const track = tracks_[number].load(std::memory_order_acquire);
    if (track == nullptr) continue;
    // relaxed: see this_track().
    Track& copy =
        tracks.emplace_back(Track{number + 1, track->worker.load(std::memory_order_relaxed), {}});
    track->ring.copy(copy.events);
    std::erase_if(copy.events,
                  [&](const TraceWords& words) { return TraceEvent::from(words).time < since; });
    for (const TraceWords& words : copy.events) {
      const TraceEvent event = TraceEvent::from(words);
      const bool is_send = event.kind <= TraceKind::sent_outside;
      if (is_send) sent.insert(event.stamp);
    }
  }
  TraceJson out;
  for (const Track& track : tracks) {
    if (track.events.empty()) continue;
    out.track(track.tid, track.worker);
    for (const TraceWords& words : track.events) {
      const TraceEvent event = TraceEvent::from(words);
      if (event.kind <= TraceKind::sent_outside) {
        out.sent(track.tid, event);
      } else {
        out.turn(track.tid, event, sent.contains(event.stamp));
      }
    }
  }
  return out.take();
}

}  // namespace detail

Trace::Trace(System& system)
    : state_(&static_cast<detail::TraceState&>(system.core().watchers().keep(
          detail::Watchers::Place::trace,
          [&] { return std::make_unique<detail::TraceState>(system.core()); }))) {}

void Trace::start(const TraceOptions& options) { state_->start(options); }
void Trace::stop() { state_->stop(); }
bool Trace::is_running() const noexcept { return state_->is_running(); }
std::string Trace::json() const { return state_->json(); }
void Trace::write(std::ostream& out) const { out << state_->json(); }

}  // namespace stet
