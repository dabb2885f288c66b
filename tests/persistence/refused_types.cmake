# tests/persistence/refused_types.cmake - the sentence for each case of refused_types.cpp.
set(refused_types_command
  ${CMAKE_CXX_COMPILER} -std=c++20 -fsyntax-only
  -I${PROJECT_SOURCE_DIR}/persistence/include -I${PROJECT_SOURCE_DIR}/runtime/include
  ${CMAKE_CURRENT_SOURCE_DIR}/refused_types.cpp)
set(refused_types_reasons
  "a pointer cannot be saved"
  "stet_version is a constant from 1 to 65535"
  "stet_version is a constant from 1 to 65535"
  "stet_version is a constant from 1 to 65535"
  "stet_before is made by"
  "a rename holds up to a version"
  "stet_before gives a field a name that this type has not"
  "stet_migrate is static stet::Result<void>"
  "a type with stet_migrate has a stet_version above 1"
  "edit[(][)] names a member that stet_fields has not"
  "edit[(][)] takes a function of the field")

add_test(NAME RefusedTypes.WithoutACaseAllCompiles COMMAND ${refused_types_command})
set(case 0)
foreach(reason IN LISTS refused_types_reasons)
  math(EXPR case "${case} + 1")
  add_test(NAME RefusedTypes.Case${case} COMMAND ${refused_types_command} -DCASE=${case})
  set_tests_properties(RefusedTypes.Case${case} PROPERTIES
    PASS_REGULAR_EXPRESSION "static assertion failed[^\n]*stet: ${reason}")
endforeach()
