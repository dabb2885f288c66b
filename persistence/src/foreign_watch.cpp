// persistence/src/foreign_watch.cpp - comparing what is seen now with what was seen before.
#include "foreign_watch.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace stet::detail {

bool ForeignWatch::update(const std::vector<ForeignReader>& readers, std::chrono::nanoseconds now) {
  std::vector<Seen> seen;
  seen.reserve(readers.size());
  for (const ForeignReader& reader : readers) {
    const auto before = std::find_if(seen_.begin(), seen_.end(),
                                     [&](const Seen& each) { return each.reader == reader; });
    seen.push_back({reader, before == seen_.end() ? now : before->since});
  }
  seen_ = std::move(seen);
  now_ = now;

  const auto oldest = std::min_element(
      seen_.begin(), seen_.end(),
      [](const Seen& left, const Seen& right) { return left.since < right.since; });
  std::optional<Seen> found;
  if (oldest != seen_.end() && now - oldest->since >= age_max_) found = *oldest;
  const bool is_other =
      found.has_value() != told_.has_value() || (found && !(found->reader == told_->reader));
  told_ = found;
  return is_other;
}

std::optional<Error> ForeignWatch::alarm() const {
  if (!told_) return std::nullopt;
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now_ - told_->since).count();
  return Error(Errc::would_block,
               "process " + std::to_string(told_->reader.pid) +
                   " has been reading one commit for " + std::to_string(seconds) +
                   " s, so the file grows with each commit: end it, or let it begin anew");
}

}  // namespace stet::detail
