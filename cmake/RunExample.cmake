# Runs an example and judges its exit code and what it printed.
# Called by watchdog_test_example in WatchdogTests.cmake, which says what the
# arguments are.

separate_arguments(command UNIX_COMMAND "${ARGS}")
list(INSERT command 0 "${PROGRAM}")
if(INTERRUPT)
  list(INSERT command 0 timeout --preserve-status --signal=INT ${INTERRUPT})
endif()

execute_process(COMMAND ${command} RESULT_VARIABLE code OUTPUT_VARIABLE printed ERROR_VARIABLE printed TIMEOUT 50)
message(STATUS "exit code ${code}, printed:\n${printed}")
if(NOT code STREQUAL EXIT)
  message(FATAL_ERROR "exit code ${code}, expected ${EXIT}")
endif()

# Each expected line is looked for after the one before it.
string(REPLACE " // " ";" expected "${LINES}")
foreach(line IN LISTS expected)
  string(REGEX MATCH "(${line})[^\n]*" found "${printed}")
  if(found STREQUAL "")
    message(FATAL_ERROR "no line, or none after the line before, matches '${line}'")
  endif()
  string(FIND "${printed}" "${found}" begin)
  string(LENGTH "${found}" length)
  math(EXPR end "${begin} + ${length}")
  string(SUBSTRING "${printed}" ${end} -1 printed)
endforeach()
