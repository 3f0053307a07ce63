# Builds examples-c/ and registers its tests: part of WatchdogTests.cmake.

# Runs example `name` with ARGS. It must exit with EXIT and print lines that
# match the regular expressions LINES, in this order.
function(watchdog_test_example name what)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "ARGS;EXIT" "LINES")
  string(REPLACE ";" " // " lines "${arg_LINES}")
  add_test(NAME example.${name}.${what} COMMAND ${CMAKE_COMMAND}
    "-DPROGRAM=$<TARGET_FILE:${name}>" "-DARGS=${arg_ARGS}" "-DEXIT=${arg_EXIT}" "-DLINES=${lines}"
    "-DEMULATOR=${CMAKE_CROSSCOMPILING_EMULATOR}" "-DLOG=$<TARGET_FILE:${name}>.${what}.log" -P ${PROJECT_SOURCE_DIR}/cmake/RunExample.cmake)
  set_tests_properties(example.${name}.${what} PROPERTIES TIMEOUT 60)
endfunction()

# Registers a script of tests/examples, and how it finds what it needs.
function(watchdog_test_script test script)
  if(NOT WATCHDOG_BASH_PROGRAM)
    return()
  endif()
  string(REPLACE ";" " " emulator "${CMAKE_CROSSCOMPILING_EMULATOR}")
  add_test(NAME ${test} COMMAND ${WATCHDOG_BASH_PROGRAM}
    ${PROJECT_SOURCE_DIR}/tests/examples/${script}.sh ${ARGN})
  set_tests_properties(${test} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300 ENVIRONMENT
    "WD_TEST_EMULATOR=${emulator};WD_TEST_SERVER=$<TARGET_FILE:example_server>;WD_TEST_CHILD=$<TARGET_FILE:example_child>")
endfunction()

# Runs example `name` with further arguments until it prints a line that matches `line`; then
# comes Ctrl-C.
function(watchdog_test_ctrl_c name what line)
  watchdog_test_script(example.${name}.${what} ctrl_c $<TARGET_FILE:${name}> ${line} ${ARGN})
endfunction()

if(NOT WATCHDOG_BUILD_EXAMPLES OR NOT (UNIX OR WIN32))
  return()
endif()

set(examples catch_a_hang basic_monitoring manual_check process_monitor network_monitor resource_monitor)
set(examples_cxx multilevel robust safe_callback)
set(presets basic_monitoring manual_check process_monitor network_monitor robust safe_callback)

find_program(WATCHDOG_BASH_PROGRAM bash)
mark_as_advanced(WATCHDOG_BASH_PROGRAM)

# A program with what examples-c/support needs of the system.
function(watchdog_add_example name source folder)
  watchdog_add_program(${name} ${source})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/${folder})
  if(WIN32)
    target_link_libraries(${name} PRIVATE ws2_32 iphlpapi)
  endif()
  if(MSVC)
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:C>:/experimental:c11atomics>)
  endif()
endfunction()

foreach(example IN LISTS examples)
  watchdog_add_example(${example} examples-c/${example}.c examples-c)
endforeach()
if(WATCHDOG_CXX)
  foreach(example IN LISTS examples_cxx)
    watchdog_add_example(${example} examples-c/${example}.cpp examples-c)
  endforeach()
  list(APPEND examples ${examples_cxx})
endif()

# Windows looks for a program's DLLs beside it.
if(WIN32 AND WATCHDOG_TEST_LINKAGE STREQUAL "shared")
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/examples-c)
  if(WATCHDOG_MULTI_CONFIG)
    string(APPEND folder /$<CONFIG>)
  endif()
  add_custom_target(watchdog_examples_dll ALL
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${CMAKE_COMMAND} -E copy_if_different $<TARGET_FILE:watchdog::shared> ${folder} VERBATIM)
  add_dependencies(watchdog_examples_dll watchdog_cargo)
endif()

if(NOT WATCHDOG_BUILD_TESTS)
  return()
endif()

# --- what all have in common ----------------------------------------------------

foreach(example IN LISTS examples)
  watchdog_test_example(${example} explains_itself ARGS "--help" EXIT 0 LINES
    "^Usage: ${example} " "Exit code:")
  watchdog_test_example(${example} refuses_what_it_does_not_know ARGS "--hurry" EXIT 2 LINES
    "there is no option '--hurry'")
  if(example IN_LIST presets)
    watchdog_test_example(${example} refuses_an_unknown_preset ARGS "--preset hourly" EXIT 2 LINES
      "--preset must be realtime, service, batch or background, not 'hourly'")
  endif()
endforeach()

foreach(example catch_a_hang basic_monitoring manual_check)
  watchdog_test_example(${example} refuses_nonsense ARGS "10x" EXIT 2 LINES
    "TIMEOUT_MS must be a time such as 500ms, 30s or 5m, from 1 to 86400000 ms, not '10x'")
  watchdog_test_example(${example} refuses_too_much ARGS "10 10 10" EXIT 2 LINES "'10' is one too many")
  watchdog_test_ctrl_c(${example} leaves_on_ctrl_c "fed|watching" 60000 60000)
endforeach()

# --- each for itself -------------------------------------------------------------

watchdog_test_example(catch_a_hang catches ARGS "300" EXIT 3 LINES
  "watching: something is to be fed every 300 ms" "copy: turn 1 done, fed" "holds the (scanner|printer)"
  "holds the (scanner|printer)" "HANG: nothing was fed for ([3-9]|[1-9][0-9])[0-9][0-9] ms"
  "VERDICT: the program hung; caught [0-9]+ ms past the timeout of 300 ms")
watchdog_test_example(basic_monitoring recovers ARGS "300 100" EXIT 0 LINES
  "fed .1 of 4" "fed .4 of 4" "busy for 650 ms" "ALARM 1: not fed for ([3-9]|[1-9][0-9])[0-9][0-9] ms"
  "ALARM 2: not fed for" "recovered after" "fed .3 of 3" "done: [1-9][0-9]* alarms")
watchdog_test_ctrl_c(basic_monitoring takes_a_preset "monitoring: timeout 100 ms, repeated every 2000 ms"
  100 --preset realtime)
watchdog_test_example(manual_check recovers ARGS "200 50" EXIT 0 LINES
  "turn 3: the work went well, fed" "turn 4: somebody has removed" "turn 4: the work failed, not fed"
  "EXPIRED: not fed for ([2-9]|[1-9][0-9])[0-9][0-9] ms" "that is too long: repaired" "went well" "done: healthy again")
watchdog_test_example(process_monitor needs_a_command ARGS "" EXIT 2 LINES
  "there is no COMMAND to watch: put it after --")
watchdog_test_example(process_monitor refuses_nonsense ARGS "--port 65536 -- true" EXIT 2 LINES
  "--port must be a whole number from 0 to 65535, not '65536'")
watchdog_test_example(resource_monitor refuses_nonsense ARGS "--cpu 101" EXIT 2 LINES
  "--cpu must be a whole number from 1 to 100, not '101'")
watchdog_test_example(network_monitor refuses_a_way ARGS "--by car" EXIT 2 LINES
  "--by must be tcp, ping or any, not 'car'")
watchdog_test_example(network_monitor refuses_a_port ARGS "127.0.0.1:0" EXIT 2 LINES
  "a port must be a whole number from 1 to 65535, not '0'")
watchdog_test_example(network_monitor refuses_a_host ARGS ":53" EXIT 2 LINES
  "a host must be HOST, HOST:PORT or .HOST.:PORT, not ':53'")

foreach(helper server child)
  watchdog_add_example(example_${helper} tests/examples/${helper}.c tests/examples)
endforeach()
set(nowhere /dev/null)
if(WIN32)
  set(nowhere NUL)
endif()

if(WATCHDOG_CXX)
  watchdog_test_example(multilevel refuses_disorder ARGS "--critical 10s" EXIT 2 LINES
    "--warning must be shorter than --critical, and that than --emergency")
  watchdog_test_example(robust needs_commands ARGS "--check true" EXIT 2 LINES
    "--check and --recover are needed")
  watchdog_test_example(safe_callback goes_on ARGS "--timeout 100ms --interval 20ms --runs 4" EXIT 0 LINES
    "FAILURE 1: the callback has thrown: cannot write no-such-folder/report.txt: No such file or directory"
    "FAILURE 2: " "FAILURE 3: " "the watchdog goes on" "done: ([4-9]|[1-9][0-9]+) runs, ([4-9]|[1-9][0-9]+) failures")
  watchdog_test_example(safe_callback writes_reports ARGS "--report ${nowhere} --timeout 100ms --interval 20ms" EXIT 0
    LINES "reported to ${nowhere}" "the watchdog goes on" "done: [0-9]+ runs, 0 failures")
  watchdog_test_ctrl_c(safe_callback leaves_on_ctrl_c "monitoring" --preset background)
endif()

# Each tests/examples/NAME.sh breaks what program NAME watches.
foreach(example IN LISTS examples)
  if(EXISTS ${PROJECT_SOURCE_DIR}/tests/examples/${example}.sh)
    watchdog_test_script(example.${example} ${example} $<TARGET_FILE:${example}>)
  endif()
endforeach()
foreach(example IN LISTS examples_cxx)
  if(NOT WATCHDOG_CXX)
    watchdog_skip_test(example.${example} "no C++17 compiler")
  endif()
endforeach()
