// tests/powercut/store_writer.hpp - actors that write through a store, and note what they are told.
//
// Four of them, each with up to three batches on their way, so that commits gather several, waiters
// wait for the next commit's flush, and answers come while later batches are written. A batch is
// noted as acknowledged when its actor has the answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stet::test {

// Modes   store-direct, store-journal   so many batches by each writer, with a restart in the middle
//         store-…-early                 control: a store that answers at the commit's return
// What is there already stays, and is promised at once. "" or what went wrong.
[[nodiscard]] std::string write_through_store(const std::string& directory, std::string_view mode,
                                              std::uint64_t seed, std::uint64_t batches);

}  // namespace stet::test
