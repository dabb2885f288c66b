# tools/cmake/Findconcurrentqueue.cmake - the header <concurrentqueue/concurrentqueue.h>, as target
# stet_concurrentqueue::concurrentqueue. Only our own build needs it: no public header includes it.
find_path(concurrentqueue_INCLUDE_DIR NAMES concurrentqueue/concurrentqueue.h)
mark_as_advanced(concurrentqueue_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(concurrentqueue
  REQUIRED_VARS concurrentqueue_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "install libconcurrentqueue-dev, or run tools/setup")

if(concurrentqueue_FOUND AND NOT TARGET stet_concurrentqueue::concurrentqueue)
  add_library(stet_concurrentqueue::concurrentqueue INTERFACE IMPORTED)
  set_target_properties(stet_concurrentqueue::concurrentqueue PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${concurrentqueue_INCLUDE_DIR}")
endif()
