# WATCHDOG_SYSTEM_LIBRARIES: what a program that links the static library has
# to link besides. rustc knows; where it cannot say (its standard library for
# the target is not installed), the list below is what it says elsewhere.

function(watchdog_ask_rustc result)
  set(rustc $ENV{RUSTC})
  if(NOT rustc)
    get_filename_component(beside_cargo ${WATCHDOG_CARGO_PROGRAM} DIRECTORY)
    find_program(WATCHDOG_RUSTC_PROGRAM rustc HINTS ${beside_cargo})
    mark_as_advanced(WATCHDOG_RUSTC_PROGRAM)
    set(rustc ${WATCHDOG_RUSTC_PROGRAM})
  endif()
  set(probe ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/watchdog_probe)
  file(WRITE ${probe}.rs "")
  set(target "")
  if(WATCHDOG_CARGO_TARGET)
    set(target --target ${WATCHDOG_CARGO_TARGET})
  endif()
  execute_process(
    COMMAND ${rustc} --crate-type staticlib --print native-static-libs ${target} ${probe}.rs -o ${probe}.a
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} # where a rust-toolchain.toml would be
    OUTPUT_VARIABLE answer ERROR_VARIABLE answer RESULT_VARIABLE failed)
  file(REMOVE ${probe}.a)
  if(NOT failed AND answer MATCHES "native-static-libs: ([^\r\n]*)")
    set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
  endif()
endfunction()

set(libraries "")
watchdog_ask_rustc(libraries)
if(NOT libraries)
  if(platform MATCHES "windows")
    set(libraries "-lkernel32 -lntdll -luserenv -lws2_32 -ldbghelp")
  elseif(platform MATCHES "apple")
    set(libraries "-lSystem -lc -lm")
  elseif(platform MATCHES "android")
    set(libraries "-ldl -llog -lunwind -lm -lc")
  else()
    set(libraries "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc")
  endif()
endif()

separate_arguments(libraries UNIX_COMMAND "${libraries}")
set(WATCHDOG_SYSTEM_LIBRARIES "")
foreach(library IN LISTS libraries)
  string(REGEX REPLACE "^-l" "" library "${library}")
  # The compiler adds these by itself, in the kind that suits (gcc_eh for gcc_s with -static).
  if(NOT library MATCHES "^(c|gcc_s|msvcrt|/defaultlib:.*)$")
    list(APPEND WATCHDOG_SYSTEM_LIBRARIES ${library})
  endif()
endforeach()
list(REMOVE_DUPLICATES WATCHDOG_SYSTEM_LIBRARIES)
