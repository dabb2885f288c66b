// persistence/src/container.cpp - reading and writing a container's entries.
#include <stet/persistence/detail/container.hpp>

#include <algorithm>
#include <utility>

#include <stet/persistence/detail/container_state.hpp>
#include <stet/persistence/detail/hydrate.hpp>
#include <stet/persistence/detail/writer.hpp>
#include <stet/persistence/key.hpp>

namespace stet::detail {
namespace {

// An array of two, and bytes whose length always has 32 bits.
constexpr std::size_t cut_head_bytes = 6;

[[nodiscard]] Error corrupt(const char* why) { return Error(Errc::corrupt, why); }

}  // namespace

void append_cut_element(std::string_view element, Buffer& out) {
  char* to = out.prepare(cut_head_bytes + element.size() + slack_bytes);
  to = put_array_head(to, 2);
  to = put_big_endian(put_byte(to, tag::bin32), static_cast<std::uint32_t>(element.size()));
  out.commit(to);
  out.append(element);
}

Result<EntryView> parse_entry(std::string_view scope, std::string_view key,
                              std::string_view record) {
  const Result<RecordView> view = parse_record(key, record);
  if (!view) return view.error();
  std::string_view payload = view->payload;
  const RecordHeader& header = view->header;
  if (is_whole_key(key)) {
    return EntryView{key.substr(scope.size() + 2), payload, header.revision, header.codec_version};
  }
  const bool is_pair = payload.size() >= cut_head_bytes &&
                       static_cast<unsigned char>(payload[0]) == (tag::fix_array | 2U) &&
                       static_cast<unsigned char>(payload[1]) == tag::bin32;
  if (!is_pair) return corrupt("a cut key without all of it in the value");
  const auto bytes = get_big_endian<std::uint32_t>(payload.data() + 2);
  payload.remove_prefix(cut_head_bytes);
  if (bytes > payload.size()) return corrupt("a key that is longer than its record");
  const std::string_view element = payload.substr(0, bytes);
  const auto tag = static_cast<KeyTag>(key[scope.size() + 1]);
  if (element_key(scope, tag, element) != key) {
    return corrupt("the key in the value is another");
  }
  return EntryView{element, payload.substr(bytes), header.revision, header.codec_version};
}

Result<void> EntrySink::take_root(std::string_view, std::string_view) {
  return Error(Errc::already_exists, "a value is stored here, no container: use another scope");
}

Scan EntryReader::question() const {
  return Scan{.scope = scope_,
              .after = after_,
              .records_max = Scan::page_records_max,
              .bytes_max = page_bytes_max_};
}

Result<void> EntryReader::take(const Page& page, EntrySink& sink) {
  const KeyRange own = own_range(scope_);
  is_done_ = !page.more;
  for (const Record& record : page.records) {
    if (!own.contains(record.key)) {  // Scopes below follow: not ours.
      is_done_ = true;
      break;
    }
    if (auto done = take_record(record, sink); !done) return at_scope(scope_, done.error());
  }
  if (!is_done_) {
    after_ = page.records.back().key;
    return {};
  }
  if (auto done = sink.take_end(); !done) return at_scope(scope_, done.error());
  return {};
}

Result<void> EntryReader::take_record(const Record& record, EntrySink& sink) {
  if (record.key == scope_) return sink.take_root(scope_, record.value);
  // In the scope's own range, and longer than its path: 00 follows, then the tag.
  const std::string_view tag = std::string_view(record.key).substr(scope_.size() + 1, 1);
  if (tag.empty() || tag.front() != static_cast<char>(sink.tag())) {
    return corrupt("an element of another kind");
  }
  const Result<EntryView> entry = parse_entry(scope_, record.key, record.value);
  if (!entry) return entry.error();
  return sink.take_entry(*entry);
}

Result<void> read_entries(const StoreLink& link, const std::string& scope, EntrySink& sink,
                          std::chrono::nanoseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  EntryReader reader(scope);
  while (!reader.is_done()) {
    const auto left = std::max(end - std::chrono::steady_clock::now(), std::chrono::nanoseconds(0));
    const Result<Page> page = link.scan.ask(reader.question()).get(left);
    if (!page) return page.error();
    if (auto done = reader.take(*page, sink); !done) return done;
  }
  return {};
}

Result<void> ContainerState::read_all(EntrySink& sink, std::chrono::nanoseconds timeout) {
  mark_broken();
  auto done = read_entries(*unit()->link(), scope(), sink, timeout);
  if (done) renew_writer();
  return done;
}

std::string_view ContainerState::key_of(std::string_view element) {
  if (key_.empty()) key_ = entries_range(scope()).from;
  const std::size_t before_element = scope().size() + 2;
  key_.resize(before_element);
  if (before_element + element.size() < key_bytes_max) {
    key_.append(element);
  } else {
    key_ = element_key(scope(), KeyTag::entry, element);
  }
  return key_;
}

Error ContainerState::too_large(std::size_t bytes) const {
  Error why(Errc::too_large, "an entry at \"" + scope() + "\" takes " + std::to_string(bytes) +
                                 " bytes; at most " + std::to_string(record_bytes_max) +
                                 " are stored: make it smaller");
  return why;
}

}  // namespace stet::detail
