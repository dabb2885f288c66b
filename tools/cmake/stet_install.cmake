# tools/cmake/stet_install.cmake - what `cmake --install` leaves behind: libraries, public headers, the
# CMake package stet and a pkg-config file per library.
include(CMakePackageConfigHelpers)

set(stet_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/stet")
set(stet_components runtime testing persistence persistence_testing)
if(TARGET stet_config)
  list(APPEND stet_components config)
endif()

foreach(component IN LISTS stet_components)
  # One export set a component, so that a host finds only what it asks for.
  install(TARGETS stet_${component}
    EXPORT stet-${component}
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    COMPONENT ${component})
  install(EXPORT stet-${component}
    NAMESPACE stet::
    FILE stet-${component}-targets.cmake
    DESTINATION "${stet_package_dir}"
    COMPONENT ${component})
endforeach()

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/stetConfig.cmake.in" "${CMAKE_CURRENT_BINARY_DIR}/stetConfig.cmake"
  INSTALL_DESTINATION "${stet_package_dir}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/stetConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)  # Before 1.0 a minor version may break the interface.
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/stetConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/stetConfigVersion.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/Findlmdb.cmake"
  DESTINATION "${stet_package_dir}")

# The .pc files find the prefix from where they lie, so `cmake --install --prefix` may move it all.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(stet_pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(stet_pc_libdir "${CMAKE_INSTALL_FULL_LIBDIR}")
  set(stet_pc_includedir "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
  file(RELATIVE_PATH stet_pc_up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" stet_pc_up "${stet_pc_up}")
  set(stet_pc_prefix "\${pcfiledir}/${stet_pc_up}")
  set(stet_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(stet_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
# A static library leaves its own libraries to the host; a shared one has linked them.
if(BUILD_SHARED_LIBS)
  set(stet_pc_requires_lmdb "")
else()
  set(stet_pc_requires_lmdb ", lmdb")
endif()
foreach(component IN LISTS stet_components)
  configure_file("${CMAKE_CURRENT_LIST_DIR}/stet-${component}.pc.in"
    "${CMAKE_CURRENT_BINARY_DIR}/stet-${component}.pc" @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/stet-${component}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
