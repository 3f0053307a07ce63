# Builds the examples and the C tests, and registers both with CTest.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

if(NOT TARGET watchdog::${WATCHDOG_TEST_LINKAGE})
  message(FATAL_ERROR "libwatchdog: WATCHDOG_TEST_LINKAGE is '${WATCHDOG_TEST_LINKAGE}'; "
    "it must be shared or static, and that kind must be built")
endif()

if(WATCHDOG_SANITIZE)
  add_compile_options(-fsanitize=${WATCHDOG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${WATCHDOG_SANITIZE})
endif()

# A program of ours in C, warnings are errors, also those in watchdog.h.
function(watchdog_add_program name source)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE watchdog::${WATCHDOG_TEST_LINKAGE} Threads::Threads ${CMAKE_DL_LIBS})
  set_target_properties(${name} PROPERTIES NO_SYSTEM_FROM_IMPORTED ON)
  if(NOT MSVC)
    target_compile_options(${name} PRIVATE -pedantic -Wall -Wextra -Werror)
  endif()
endfunction()

if(WATCHDOG_BUILD_TESTS)
  enable_testing()
endif()

# --- examples-c ---------------------------------------------------------------

# Runs example `name` with ARGS. It must exit with EXIT and print lines that
# match the regular expressions LINES, in this order. With INTERRUPT, Ctrl-C
# comes after so many seconds.
function(watchdog_test_example name what)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "ARGS;EXIT;INTERRUPT" "LINES")
  string(REPLACE ";" " // " lines "${arg_LINES}")
  add_test(NAME example.${name}.${what} COMMAND ${CMAKE_COMMAND}
    "-DPROGRAM=$<TARGET_FILE:${name}>" "-DARGS=${arg_ARGS}" "-DEXIT=${arg_EXIT}" "-DLINES=${lines}"
    "-DINTERRUPT=${arg_INTERRUPT}" -P ${PROJECT_SOURCE_DIR}/cmake/RunExample.cmake)
  set_tests_properties(example.${name}.${what} PROPERTIES TIMEOUT 60)
endfunction()

if(WATCHDOG_BUILD_EXAMPLES AND UNIX)
  set(examples catch_a_hang basic_monitoring manual_check)
  find_program(WATCHDOG_TIMEOUT_PROGRAM timeout) # of coreutils; sends Ctrl-C
  mark_as_advanced(WATCHDOG_TIMEOUT_PROGRAM)

  foreach(example IN LISTS examples)
    watchdog_add_program(${example} examples-c/${example}.c)
    set_target_properties(${example} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/examples-c)
  endforeach()

  if(WATCHDOG_BUILD_TESTS)
    watchdog_test_example(catch_a_hang catches ARGS "300" EXIT 3 LINES
      "watching: something is to be fed every 300 ms" "copy: turn 1 done, fed" "holds the (scanner|printer)"
      "holds the (scanner|printer)" "HANG: nothing was fed for [3-9][0-9][0-9] ms"
      "VERDICT: the program hung; caught [0-9]+ ms past the timeout of 300 ms")
    watchdog_test_example(basic_monitoring recovers ARGS "300 100" EXIT 0 LINES
      "fed .1 of 4" "fed .4 of 4" "busy for 650 ms" "ALARM 1: not fed for [3-9][0-9][0-9] ms"
      "ALARM 2: not fed for" "recovered after" "fed .3 of 3" "done: [1-9][0-9]* alarms")
    watchdog_test_example(manual_check recovers ARGS "200 50" EXIT 0 LINES
      "turn 3: the work went well, fed" "turn 4: the work failed, not fed"
      "EXPIRED: not fed for [2-9][0-9][0-9] ms" "that is too long: repaired" "went well" "done: healthy again")
    foreach(example IN LISTS examples)
      watchdog_test_example(${example} explains_itself ARGS "--help" EXIT 0 LINES
        "^Usage: ${example} " "TIMEOUT_MS" "INTERVAL_MS" "Exit code:")
      watchdog_test_example(${example} refuses_nonsense ARGS "10x" EXIT 2 LINES
        "TIMEOUT_MS must be a whole number of milliseconds from 1 to 86400000, not '10x'")
      watchdog_test_example(${example} refuses_too_much ARGS "10 10 10" EXIT 2 LINES "'10' is one too many")
      if(WATCHDOG_TIMEOUT_PROGRAM)
        watchdog_test_example(${example} leaves_on_ctrl_c ARGS "60000 60000" EXIT 130 INTERRUPT 0.5
          LINES "Ctrl-C: leaving")
      endif()
    endforeach()
  endif()
endif()

# --- tests/c --------------------------------------------------------------------

if(WATCHDOG_BUILD_TESTS AND UNIX)
  set(test_dir ${CMAKE_CURRENT_BINARY_DIR}/tests/c)
  if(WATCHDOG_MULTI_CONFIG)
    string(APPEND test_dir /$<CONFIG>)
  endif()

  # Each preload_*.c stands between a test and its C library, by LD_PRELOAD.
  file(GLOB preloads CONFIGURE_DEPENDS tests/c/preload_*.c)
  foreach(source IN LISTS preloads)
    get_filename_component(name ${source} NAME_WE)
    add_library(${name} MODULE ${source})
    target_link_libraries(${name} PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
    target_compile_options(${name} PRIVATE -pedantic -Wall -Wextra -Werror)
    set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${test_dir})
  endforeach()

  set(environment WD_TEST_PRELOAD_DIR=${test_dir})
  if(WATCHDOG_BUILD_SHARED)
    list(APPEND environment WD_TEST_LIBRARY=$<TARGET_FILE:watchdog::shared>)
  endif()

  file(GLOB tests CONFIGURE_DEPENDS tests/c/test_*.c)
  foreach(source IN LISTS tests)
    get_filename_component(name ${source} NAME_WE)
    watchdog_add_program(${name} ${source})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${test_dir})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES
      ENVIRONMENT "${environment}" SKIP_RETURN_CODE 77 TIMEOUT 120)
  endforeach()
endif()
