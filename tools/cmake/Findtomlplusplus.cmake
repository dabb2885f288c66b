# tools/cmake/Findtomlplusplus.cmake - the header <toml++/toml.h>, as target
# stet_tomlplusplus::tomlplusplus. Only our own build needs it: header only, and no public header
# includes it. Optional: without it there is no component config.
find_path(tomlplusplus_INCLUDE_DIR NAMES toml++/toml.h)
mark_as_advanced(tomlplusplus_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(tomlplusplus
  REQUIRED_VARS tomlplusplus_INCLUDE_DIR
  REASON_FAILURE_MESSAGE
    "stet::config is left out. For it install libtomlplusplus-dev, or run tools/setup")

if(tomlplusplus_FOUND AND NOT TARGET stet_tomlplusplus::tomlplusplus)
  # SYSTEM: its headers are not under our warnings.
  add_library(stet_tomlplusplus::tomlplusplus INTERFACE IMPORTED)
  set_target_properties(stet_tomlplusplus::tomlplusplus PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${tomlplusplus_INCLUDE_DIR}")
endif()
