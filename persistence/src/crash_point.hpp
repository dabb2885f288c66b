// persistence/src/crash_point.hpp - named places where a test may end the process.
//
//   STET_CRASH_POINT("lmdb.commit.before");
//
// With STET_CRASH_POINTS defined (a build of the library that only tests link) the hook sees every
// point that is passed; without it the macro is nothing. A name that is not in the list below does
// not compile, and the kill tests walk the list, so no point goes untested.
//
// Threads    Any; set_crash_hook() before the threads that pass points.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace stet::detail {

inline constexpr auto crash_points = std::to_array<std::string_view>({
    // Creating a store: the folder is built aside and appears by one rename.
    "lmdb.create.before",
    "lmdb.create.environment",    // The environment is there, its meta record is not.
    "lmdb.create.before_rename",  // All is flushed under the temporary name.
    "lmdb.create.after_rename",   // The parent directory is not yet flushed.
    "lmdb.create.after",
    // Opening one.
    "lmdb.open.before_flush",  // What a killed process left may be in the page cache only.
    "lmdb.open.before_sweep",  // Older generations are still there.
    "lmdb.open.after",
    // Writing.
    "lmdb.commit.before",
    "lmdb.commit.filled",  // All operations are in the transaction, nothing is written.
    "lmdb.commit.after",   // Written and flushed, not yet reported.
    "lmdb.commit.failed",  // Undone, not yet reported.
    "lmdb.flush.before",
    "lmdb.flush.after",
    "lmdb.grow.before",
    "lmdb.grow.after",
});

// Those of the journal mode, which also passes the points of creating, opening and growing.
inline constexpr auto journal_crash_points = std::to_array<std::string_view>({
    "journal.create.state",       // The state is there, the journal is not.
    "journal.open.before_flush",  // As lmdb.open.before_flush, of both environments.
    "journal.open.replayed",
    "journal.commit.before",
    "journal.commit.filled",  // The entry is in the transaction, and what is cut is out of it.
    "journal.commit.after",   // Written and flushed, not yet seen by anybody.
    "journal.commit.failed",
    "journal.flush.before",
    "journal.flush.after",
    "fold.begin",
    "fold.merged",
    "fold.filled",  // All operations and the mark are in the transaction.
    "fold.after",   // Durable in the state; the layers are still there.
    "fold.end",
    "fold.piece.filled",  // A piece of a pending range is erased in the transaction.
    "fold.piece.after",
});

// Those of reopening a store whose flush failed.
inline constexpr auto reopen_crash_points = std::to_array<std::string_view>({
    "reopen.begin",
    "reopen.copied",       // Copied, checked and flushed, under a temporary name.
    "reopen.renamed",      // It has its name, which is not flushed.
    "reopen.before_open",  // Two generations, both whole.
    "reopen.after",        // The older one is deleted, the store does not know of the new one.
});

// A name from the lists, checked by the compiler.
class CrashPoint {
 public:
  template <std::size_t Size>
  consteval CrashPoint(const char (&name)[Size]) : name_(name, Size - 1) {
    bool known = false;
    for (const std::string_view point : crash_points) known = known || point == name_;
    for (const std::string_view point : journal_crash_points) known = known || point == name_;
    for (const std::string_view point : reopen_crash_points) known = known || point == name_;
    if (!known) throw "this crash point is not in the lists in crash_point.hpp";
  }
  [[nodiscard]] constexpr std::string_view name() const noexcept { return name_; }

 private:
  std::string_view name_;
};

#ifdef STET_CRASH_POINTS

using CrashHook = void (*)(std::string_view name);
void set_crash_hook(CrashHook hook) noexcept;  // nullptr: none, the default.
void reach_crash_point(CrashPoint point) noexcept;

#define STET_CRASH_POINT(name) ::stet::detail::reach_crash_point(name)

#else

#define STET_CRASH_POINT(name) static_cast<void>(::stet::detail::CrashPoint(name))

#endif

}  // namespace stet::detail
