# tests/runtime/must_not_compile/check.cmake - compiles a source without and with its fault.
#
# cmake -DCOMPILER=... -DINCLUDE=... -DSOURCE=... -DFAULT=n -DSENTENCE=... -P check.cmake
# Without the fault it must compile; with it, it must not, and the output must hold our sentence.
set(command "${COMPILER}" -std=c++20 -fsyntax-only "-I${INCLUDE}")
execute_process(COMMAND ${command} -DFAULT=0 "${SOURCE}" RESULT_VARIABLE status ERROR_VARIABLE said)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "it does not even compile without its fault:\n${said}")
endif()
execute_process(COMMAND ${command} "-DFAULT=${FAULT}" "${SOURCE}"
  RESULT_VARIABLE status ERROR_VARIABLE said OUTPUT_QUIET)
if(status EQUAL 0)
  message(FATAL_ERROR "it compiles with its fault")
endif()
string(FIND "${said}" "${SENTENCE}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "the compiler's words do not hold '${SENTENCE}':\n${said}")
endif()
