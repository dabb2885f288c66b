// stet/persistence/detail/container.hpp - a container's records, as they stand in the store.
//
// One record an entry, under element_key(scope, KeyTag::entry, element), without a root record. Logs
// and vectors have items instead, and a root; a struct that is split has fields. Where the key holds
// all of the element the payload is the value; where it was cut it is an array of the element and the
// value.
//
// Threads    Plain values: one thread at a time.
// Bounds     One page at a time is in memory besides the entries themselves.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <stet/persistence/buffer.hpp>
#include <stet/persistence/key.hpp>
#include <stet/persistence/store_messages.hpp>
#include <stet/runtime/result.hpp>

namespace stet::detail {

struct StoreLink;

// What a Repository may be of besides values: PersistentMap and so on.
template <class C>
inline constexpr bool is_container = false;

struct EntryView {
  std::string_view element;
  std::string_view value;  // One MessagePack value.
  std::uint64_t revision = 0;
  std::uint16_t codec_version = 1;
};
// Errors: corrupt, newer_format.
[[nodiscard]] Result<EntryView> parse_entry(std::string_view scope, std::string_view key,
                                            std::string_view record);
// What stands before the value where the key was cut.
void append_cut_element(std::string_view element, Buffer& out);

// Who takes entries as they are read, in key order; a root record comes before them.
class EntrySink {
 public:
  virtual ~EntrySink() = default;
  // Of its elements; any other is damage.
  [[nodiscard]] virtual KeyTag tag() const noexcept { return KeyTag::entry; }
  // Where the container has none it is a value: already_exists.
  [[nodiscard]] virtual Result<void> take_root(std::string_view scope, std::string_view record);
  // False: the element is no key of this container.
  [[nodiscard]] virtual Result<void> take_entry(const EntryView& entry) = 0;
  // There are no more.
  [[nodiscard]] virtual Result<void> take_end() { return {}; }
};

// Reads a scope's entries a page at a time.
class EntryReader {
 public:
  explicit EntryReader(std::string scope,
                       std::size_t page_bytes_max = Scan::page_bytes_max) noexcept
      : scope_(std::move(scope)), page_bytes_max_(page_bytes_max) {}

  [[nodiscard]] bool is_done() const noexcept { return is_done_; }
  // What to ask the store for next. Requires !is_done().
  [[nodiscard]] Scan question() const;
  // Errors: corrupt, newer_format, already_exists (a value is stored there, no container).
  [[nodiscard]] Result<void> take(const Page& page, EntrySink& sink);

 private:
  [[nodiscard]] Result<void> take_record(const Record& record, EntrySink& sink);

  std::string scope_;
  std::size_t page_bytes_max_;
  std::string after_;
  bool is_done_ = false;
};

// All of them, on a host thread. Errors: those of EntryReader and of the store; timed_out.
[[nodiscard]] Result<void> read_entries(const StoreLink& link, const std::string& scope,
                                        EntrySink& sink, std::chrono::nanoseconds timeout);

}  // namespace stet::detail
