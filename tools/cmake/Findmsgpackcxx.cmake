# tools/cmake/Findmsgpackcxx.cmake - the headers of msgpack-cxx, as target stet_msgpack::msgpack.
#
# Only our own build needs it: no public header includes it. Debian's own CMake package is not used
# because it drags Boost along; MSGPACK_NO_BOOST does without.
find_path(msgpackcxx_INCLUDE_DIR NAMES msgpack.hpp)
mark_as_advanced(msgpackcxx_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(msgpackcxx
  REQUIRED_VARS msgpackcxx_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "install libmsgpack-cxx-dev, or run tools/setup")

if(msgpackcxx_FOUND AND NOT TARGET stet_msgpack::msgpack)
  add_library(stet_msgpack::msgpack INTERFACE IMPORTED)
  set_target_properties(stet_msgpack::msgpack PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${msgpackcxx_INCLUDE_DIR}"
    INTERFACE_COMPILE_DEFINITIONS MSGPACK_NO_BOOST)
endif()
