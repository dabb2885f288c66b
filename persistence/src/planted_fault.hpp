// persistence/src/planted_fault.hpp - rules that a test may break, to see that it is noticed.
//
//   if (is_planted(Fault::cut_early)) ...
//
// With STET_CRASH_POINTS defined (a build of the library that only tests link) a test chooses one;
// without it nothing is ever planted, and the compiler leaves the branch out.
//
// Threads    plant_fault(): before the engine is opened. is_planted(): any.
#pragma once

#include <cstdint>

namespace stet::detail {

enum class Fault : std::uint8_t {
  none,
  fold_early,        // What is committed is folded before its journal entry is durable.
  mark_apart,        // The mark is stored in a transaction after the fold's.
  cut_early,         // The journal is cut when a fold begins.
  replay_all,        // Entries up to the mark are applied again at open.
  read_early,        // Scans are handed over before what was sent before them is committed.
  number_from_last,  // Numbers go on from the last entry, whatever mark and cut say.
  forget_batch,      // A write's condition is checked against the engine alone.
  put_inside,        // A key that is put stays in the pending range that covers it.
  unverified_copy,   // The copy that takes a poisoned store's place is not looked at.
  older_copy,        // It may hold less than was acknowledged.
  forget_unsettled,  // What was on its way when a flush failed is not written to the successor.
  ack_early,         // A batch is answered at its commit's return, though its flush is to come.
  keep_fields,       // A value that shrinks leaves the records of its fields.
  forget_root,       // A field that is new to a split value is put, and its root is not.
  allow_missing,     // A field that the root names may be missing.
  forget_direct,     // Nobody notes what an actor writes by its repositories.
  keep_items,        // A vector that shrinks a lot leaves its old elements.
  mix_versions,      // A split value of an older version keeps the fields that do not change.
  root_revision,     // A condition looks at the root of a split value alone.
  pending_apart,     // Pending ranges are stored in a transaction after the fold's.
};

#ifdef STET_CRASH_POINTS

void plant_fault(Fault fault) noexcept;
[[nodiscard]] bool is_planted(Fault fault) noexcept;

#else

[[nodiscard]] constexpr bool is_planted(Fault) noexcept { return false; }

#endif

}  // namespace stet::detail
