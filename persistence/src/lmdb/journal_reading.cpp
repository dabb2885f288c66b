// persistence/src/lmdb/journal_reading.cpp - layers and state, taken so that they fit.
#include "journal_reading.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "../journal/layered_view.hpp"
#include "../planted_fault.hpp"
#include "errors.hpp"
#include "meta_record.hpp"

namespace stet::detail {

// The list first, then the state: a fold in between only means that layers are left out. Nothing is
// missed, for a layer leaves the list only after the state has it.
Result<JournalReading> begin_reading(const std::shared_ptr<Environment>& state, Overlay& overlay) {
  Overlay::Snapshot snapshot = overlay.layers();
  JournalReading reading;
  reading.state = std::make_unique<LmdbView>(state);
  if (const int code = reading.state->begin(); code != 0) {
    return lmdb_error(code, "read", state->directory());
  }
  const Result<std::optional<std::string_view>> bytes = reading.state->get(mark_key);
  if (!bytes) return bytes.error();
  const Result<CommitNumber> mark = decode_number(bytes->value_or(std::string_view()));
  if (!mark) return mark.error();
  if (!is_planted(Fault::replay_all)) {
    std::erase_if(snapshot.layers, [&](const auto& layer) { return layer->last() <= *mark; });
  }
  reading.layers = std::move(snapshot.layers);
  reading.number = std::max(snapshot.committed, *mark);
  return reading;
}

Result<std::uint64_t> count_records(const JournalReading& reading) {
  const Result<std::uint64_t> records = reading.state->records();
  if (!records) return records;
  const Result<std::int64_t> added = records_added(reading.layers, *reading.state);
  if (!added) return added.error();
  return *records + static_cast<std::uint64_t>(*added);
}

}  // namespace stet::detail
