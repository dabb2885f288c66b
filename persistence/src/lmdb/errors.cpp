// persistence/src/lmdb/errors.cpp - the table of LMDB's codes.
#include "errors.hpp"

#include <lmdb.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace stet::detail {
namespace {

struct Meaning {
  Errc code;
  std::string_view advice;
};

Meaning meaning(int code) {
  switch (code) {
    case MDB_MAP_FULL:
      return {Errc::map_full, "the memory map is full and cannot grow: raise its bound"};
    case MDB_READERS_FULL: return {Errc::readers_full, "too many views are open at once: end some"};
    case MDB_TXN_FULL: return {Errc::too_large, "the batch touches too many pages: split it"};
    case MDB_BAD_VALSIZE:
      return {Errc::too_large, "a key or value has a size that cannot be stored"};
    case MDB_PANIC:
      return {Errc::poisoned, "an earlier write of the meta page failed: reopen the store"};
    case MDB_VERSION_MISMATCH:
      return {Errc::newer_format,
              "the file has another version of LMDB's format: use the LMDB "
              "that wrote it"};
    case MDB_MAP_RESIZED:
      return {Errc::already_open, "another process wrote to these files: end it, then reopen"};
    case MDB_INVALID: return {Errc::corrupt, "this is no LMDB file: restore it from a copy"};
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND: return {Errc::corrupt, "the file is damaged: restore it from a copy"};
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return {Errc::disk_full,
              "no room, or less than the disk reserve: free some; reads go on and writes can be "
              "repeated"};
    case ENOMEM: return {Errc::no_memory, "the system gave no memory or address space; try again"};
    case EACCES:
    case EPERM:
    case EROFS: return {Errc::io, "the store needs files and a directory it may write to"};
    default: return {Errc::io, {}};
  }
}

Error make_error(int code, std::string_view doing, const std::filesystem::path& place,
                 std::string_view name) {
  const Meaning found = meaning(code);
  std::string text(doing);
  text.append(" in ").append(place.string()).append(": ").append(name);
  if (!found.advice.empty()) text.append("; ").append(found.advice);
  return Error(found.code, std::move(text), code);
}

}  // namespace

Error lmdb_error(int code, std::string_view doing, const std::filesystem::path& place) {
  if (code > 0) return system_error(code, doing, place);  // LMDB's own codes are negative.
  return make_error(code, doing, place, mdb_strerror(code));
}

Error system_error(int code, std::string_view doing, const std::filesystem::path& place) {
  return make_error(code, doing, place, std::generic_category().message(code));
}

}  // namespace stet::detail
