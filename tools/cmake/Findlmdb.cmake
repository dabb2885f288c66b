# tools/cmake/Findlmdb.cmake - LMDB, as target stet_lmdb::lmdb.
#
# Installed beside stetConfig.cmake: LMDB ships no CMake package, and whoever links our static
# library links it too. The target's name is ours, so that it cannot clash with a host's own.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(PC_stet_lmdb QUIET lmdb)
endif()
find_path(lmdb_INCLUDE_DIR NAMES lmdb.h HINTS ${PC_stet_lmdb_INCLUDE_DIRS})
find_library(lmdb_LIBRARY NAMES lmdb HINTS ${PC_stet_lmdb_LIBRARY_DIRS})
mark_as_advanced(lmdb_INCLUDE_DIR lmdb_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(lmdb
  REQUIRED_VARS lmdb_LIBRARY lmdb_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "on Debian: apt-get install liblmdb-dev")

if(lmdb_FOUND AND NOT TARGET stet_lmdb::lmdb)
  add_library(stet_lmdb::lmdb UNKNOWN IMPORTED)
  set_target_properties(stet_lmdb::lmdb PROPERTIES
    IMPORTED_LOCATION "${lmdb_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${lmdb_INCLUDE_DIR}")
endif()
