# benchmarks/smoke_test.cmake - runs every benchmark with next to no work and checks the report.
#
#   cmake -D stet_bench=PROGRAM -D out=DIR -P smoke_test.cmake
#
# Goal    Every subject runs, checks its own result, and the report has the shape that is promised.
# Leaves  Figures: a smoke test gives none.
cmake_minimum_required(VERSION 3.24)
file(REMOVE_RECURSE "${out}")
execute_process(
  COMMAND "${stet_bench}" --quick --rounds 2 --out "${out}"
  RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE said)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "stet-bench --quick ended with ${status}:\n${said}")
endif()

function(fail why)
  message(FATAL_ERROR "${out}/report.json: ${why}")
endfunction()

# Sets ${result} to the type of a member (NULL, NUMBER, STRING, ...) or fails.
function(type_of result)
  string(JSON type ERROR_VARIABLE problem TYPE "${report}" ${ARGN})
  if(problem)
    fail("${problem}")
  endif()
  set(${result} ${type} PARENT_SCOPE)
endfunction()

function(expect_type wanted)
  type_of(type ${ARGN})
  if(NOT type STREQUAL wanted)
    fail("${ARGN} is ${type}, not ${wanted}")
  endif()
endfunction()

file(READ "${out}/report.json" report)
foreach(key IN ITEMS cpu kernel compiler filesystem)
  expect_type(STRING machine ${key})
endforeach()
foreach(key IN ITEMS cores memory_bytes load_before load_after)
  expect_type(NUMBER machine ${key})
endforeach()
expect_type(OBJECT machine rivals)
expect_type(OBJECT ratios)

set(questions)
set(subjects)
string(JSON rows LENGTH "${report}" rows)
math(EXPR last "${rows} - 1")
foreach(i RANGE ${last})
  string(JSON question GET "${report}" rows ${i} question)
  string(JSON subject GET "${report}" rows ${i} subject)
  list(APPEND questions ${question})
  list(APPEND subjects ${question}/${subject})
  expect_type(STRING rows ${i} unit)
  foreach(key IN ITEMS value min max)
    type_of(type rows ${i} ${key})
    string(JSON reason ERROR_VARIABLE none GET "${report}" rows ${i} missing)
    # null is for what cannot be had here, and for nothing else.
    if(NOT type STREQUAL NUMBER AND NOT (type STREQUAL NULL AND NOT none))
      fail("${question}/${subject}: ${key} is ${type}")
    endif()
  endforeach()
endforeach()
foreach(key IN ITEMS ping_pong ring fan_in_1 fan_in_2 fan_in_4 fan_in_8 spawn idle_bytes wake ask_host
    mailbox durable_1 durable_100 durable_1000 journal_100 journal_1000 journal_hot
    ascending ack_p50 ack_p99 ack_longest writers_8 writers_100 lone flushes flushes_with_folds store_cpu open_scan serving memory encode decode observing savina_counting savina_fj_throughput
    savina_fj_creation savina_chameneos savina_big savina_bounded_buffer savina_dictionary
    savina_philosophers savina_skynet savina_smokers savina_queens savina_trapezoid savina_bank
    fan_out skynet_peak ask_actor queued_bytes freed_elsewhere timers growth_10 growth_100 growth_1000
    growth_10000 growth_100000 growth_1000000 workers_1)
  if(NOT key IN_LIST questions)
    fail("there is no row of ${key}")
  endif()
  foreach(subject IN ITEMS stet raw)
    if(NOT ${key}/${subject} IN_LIST subjects)
      fail("${key} has no subject ${subject}")
    endif()
  endforeach()
  expect_type(NUMBER ratios ${key}/raw)
endforeach()

foreach(subject IN ITEMS stet raw)
  if(NOT census/${subject} IN_LIST subjects)
    fail("census has no subject ${subject}")
  endif()
endforeach()
# Two rounds and next to no work are no result, and say so.
expect_type(STRING no_result)

string(JSON targets LENGTH "${report}" targets)
if(targets LESS 60)
  fail("${targets} targets; there are 60")
endif()
math(EXPR last "${targets} - 1")
foreach(i RANGE ${last})
  expect_type(STRING targets ${i} question)
  expect_type(NUMBER targets ${i} target)
  expect_type(BOOLEAN targets ${i} holds)
  expect_type(BOOLEAN targets ${i} gated)
endforeach()

# What must be refused, and how: 2 is usage.
foreach(wrong IN ITEMS "--rounds;0" "--rounds;many" "--rounds" "--sideways" "no_such_question")
  execute_process(COMMAND "${stet_bench}" ${wrong} --out "${out}"
    RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE said)
  if(NOT status EQUAL 2 OR said STREQUAL "")
    message(FATAL_ERROR "stet-bench ${wrong} ended with ${status}, saying: ${said}")
  endif()
endforeach()
