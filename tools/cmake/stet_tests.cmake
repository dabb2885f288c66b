# tools/cmake/stet_tests.cmake - how a folder of tests becomes an executable and ctest entries.

# stet_add_tests(<folder> SOURCES a_test.cpp ... [ALONE b_test.cpp ...] [LIBRARIES stet::runtime ...])
# One GoogleTest executable <build>/bin/<folder>_tests; its tests are named <folder>/Suite.Name. Each
# has the time limit of the whole run (ctest --timeout), not one of its own.
# Sanitizer builds compile SOURCES in groups of eight (unity), because <gtest/gtest.h> costs seconds a
# file there; so their unnamed namespaces meet. What clashes with a neighbour goes under ALONE.
function(stet_add_tests folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;ALONE;LIBRARIES")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "stet_add_tests(${folder}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_SOURCES AND NOT arg_ALONE)
    return()
  endif()
  set(target ${folder}_tests)
  add_executable(${target} ${arg_SOURCES} ${arg_ALONE})
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  set_source_files_properties(${arg_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(${target} PRIVATE
    ${arg_LIBRARIES} stet_test_support stet_warnings GTest::gtest_main)
  gtest_discover_tests(${target}
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${folder}/")
endfunction()

# stet_add_model(<name> <source>)
# A relacy model: a plain executable whose exit code is the verdict, test model/<name>. It sees our
# headers but links none of our libraries: relacy replaces the atomics (STET_MODEL is defined), and a
# library built with the real ones must not be mixed in. Include <relacy/relacy.hpp> by that name:
# relacy's own folder holds a pthread.h and must stay off the include path. Sanitizers do not
# understand its stack switching, so there the models are left out.
function(stet_add_model name source)
  if(STET_SANITIZE)
    return()
  endif()
  set(target ${name}_model)
  add_executable(${target} ${source})
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_definitions(${target} PRIVATE STET_MODEL STET_ASSERTIONS)
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  target_include_directories(${target} PRIVATE
    "${PROJECT_SOURCE_DIR}/runtime/include" "${PROJECT_SOURCE_DIR}/persistence/include")
  # Optimized whatever the build type: a search runs millions of short executions.
  target_compile_options(${target} PRIVATE -O2)
  target_link_libraries(${target} PRIVATE stet_test_support Threads::Threads)
  add_test(NAME model/${name} COMMAND ${target})
endfunction()
