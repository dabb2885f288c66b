# tools/cmake/stet_warnings.cmake - the warnings of our own sources; a host never inherits them.
#
# Link it as `PRIVATE $<BUILD_INTERFACE:stet_warnings>`.
add_library(stet_warnings INTERFACE)
target_compile_options(stet_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  # g++ 12 sees overlap in `"x" + std::to_string(n)` at -O3 (its bug 105651, mended in 13).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<BOOL:${STET_WARNINGS_AS_ERRORS}>:-Werror>)
if(STET_SANITIZE)
  # Under a sanitizer g++ loses sight of what an optional holds; the sanitizer looks itself.
  target_compile_options(stet_warnings INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
