# Runs an example and judges its exit code and what it printed.
# Called by watchdog_test_example in WatchdogExamples.cmake, which says what the
# arguments are.

separate_arguments(command UNIX_COMMAND "${ARGS}")
list(INSERT command 0 ${EMULATOR} "${PROGRAM}")

# Into a file: what an emulator leaves running in the background would hold a pipe open.
execute_process(COMMAND ${command} RESULT_VARIABLE code OUTPUT_FILE ${LOG} ERROR_FILE ${LOG} TIMEOUT 50)
file(READ ${LOG} printed)
file(REMOVE ${LOG})
string(REPLACE "\r" "" printed "${printed}")
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
