// persistence/src/store_page.hpp - one page of a scan, or one record.
//
// Threads    Pure functions; the View's and the batches' rules hold.
// Bounds     A page as said by Scan. With batches also: the keys they write in the scope are listed
//            and sorted first.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <stet/persistence/store_messages.hpp>
#include <stet/runtime/result.hpp>

#include "batch.hpp"
#include "engine.hpp"

namespace stet::detail {

using Batches = std::deque<std::unique_ptr<Batch>>;  // Oldest first.

// What these batches say of a key, the newest first.
[[nodiscard]] Batch::Lookup find_in(const Batches& batches, std::string_view key) noexcept;

// Is it a scope as it is written? Errors: invalid_argument, too_large.
[[nodiscard]] Result<void> check_scope_path(std::string_view path);

// The record, as a copy. Errors: those of the view.
[[nodiscard]] Result<std::optional<std::string>> read_copy(const View& view, std::string_view key);

// The page of this question, whose scope was checked. `newer`: what is not committed yet and laid
// over the view; nullptr: nothing. Errors: those of the view.
[[nodiscard]] Result<Page> read_page(const View& view, const Scan& question,
                                     const Batches* newer = nullptr);

}  // namespace stet::detail
