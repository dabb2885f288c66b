# tools/cmake/Findxxhash.cmake - the header <xxhash.h>, as target stet_xxhash::xxhash.
#
# Only our own build needs it: no public header includes it. Header only, by XXH_INLINE_ALL, which the
# including source defines itself; the library libxxhash is not linked.
find_path(xxhash_INCLUDE_DIR NAMES xxhash.h)
mark_as_advanced(xxhash_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(xxhash
  REQUIRED_VARS xxhash_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "install libxxhash-dev, or run tools/setup")

if(xxhash_FOUND AND NOT TARGET stet_xxhash::xxhash)
  add_library(stet_xxhash::xxhash INTERFACE IMPORTED)
  set_target_properties(stet_xxhash::xxhash PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${xxhash_INCLUDE_DIR}")
endif()
