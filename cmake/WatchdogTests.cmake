# Builds the examples and the tests in C and C++, and registers both with CTest.

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

# What tests need: the threads and the time of POSIX, which mingw brings to Windows.
if(UNIX OR MINGW)
  set(WATCHDOG_POSIX ON)
else()
  set(WATCHDOG_POSIX OFF)
endif()

# C++ is for tests and examples alone, and left out where there is no compiler for it.
set(WATCHDOG_CXX OFF)
if(WATCHDOG_POSIX)
  include(CheckLanguage)
  check_language(CXX)
  if(CMAKE_CXX_COMPILER)
    enable_language(CXX)
    if(cxx_std_17 IN_LIST CMAKE_CXX_COMPILE_FEATURES)
      set(WATCHDOG_CXX ON)
    endif()
  endif()
  if(NOT WATCHDOG_CXX)
    message(STATUS "libwatchdog: no C++17 compiler, the tests and examples in C++ are left out")
  endif()
endif()
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

# A program of ours, warnings are errors, also those in watchdog.h and watchdog.hpp.
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

# Programs for Windows that are built elsewhere run under Wine, which lacks a DLL of Windows'.
if(WIN32 AND CMAKE_CROSSCOMPILING)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${PROJECT_SOURCE_DIR}/scripts/wine ${WATCHDOG_LIBRARY_DIR})
  add_library(bcryptprimitives MODULE tests/windows/bcryptprimitives.c)
  target_link_libraries(bcryptprimitives PRIVATE advapi32)
  set_target_properties(bcryptprimitives PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${WATCHDOG_LIBRARY_DIR})
endif()

# Stands for a test that cannot be run.
function(watchdog_skip_test name reason)
  add_test(NAME ${name} COMMAND sh -c
    "echo 'skip - ${name}: ${reason}'; echo '0 passed, 0 failed, 1 skipped'; exit 77")
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()

include(${CMAKE_CURRENT_LIST_DIR}/WatchdogExamples.cmake)

# --- tests/c --------------------------------------------------------------------

# These need what only Unix systems have: fork, signals, LD_PRELOAD; and these, Windows.
set(unix_tests clock dlopen exit fork frozen load queue_ends refusal resort scheduling signals stopped throw world)
set(windows_tests windows)
# qemu breaks off when a program of several threads forks, and preloads nothing into it.
set(not_emulated "")
if(UNIX AND CMAKE_CROSSCOMPILING)
  set(not_emulated test_fork test_queue_ends test_refusal test_world)
endif()
if(WIN32)
  list(JOIN unix_tests "|" other_tests)
else()
  list(JOIN windows_tests "|" other_tests)
endif()

# The sources that match, and are for this system.
function(watchdog_find_tests result pattern)
  file(GLOB sources CONFIGURE_DEPENDS ${pattern})
  list(FILTER sources EXCLUDE REGEX "/test_(${other_tests})[.]")
  set(${result} ${sources} PARENT_SCOPE)
endfunction()

if(WATCHDOG_BUILD_TESTS AND WATCHDOG_POSIX)
  set(test_dir ${CMAKE_CURRENT_BINARY_DIR}/tests/c)
  if(WATCHDOG_MULTI_CONFIG)
    string(APPEND test_dir /$<CONFIG>)
  endif()

  # Each preload_*.c stands between a test and its C library, by LD_PRELOAD.
  set(preloads "")
  if(UNIX)
    file(GLOB preloads CONFIGURE_DEPENDS tests/c/preload_*.c)
  endif()
  foreach(source IN LISTS preloads)
    get_filename_component(name ${source} NAME_WE)
    add_library(${name} MODULE ${source})
    target_link_libraries(${name} PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
    target_compile_options(${name} PRIVATE -pedantic -Wall -Wextra -Werror)
    set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${test_dir})
  endforeach()

  set(environment WD_TEST_PRELOAD_DIR=${test_dir})
  if(CMAKE_CROSSCOMPILING) # else it may stand for a launcher
    list(JOIN CMAKE_CROSSCOMPILING_EMULATOR " " emulator)
    list(APPEND environment "WD_TEST_EMULATOR=${emulator}")
  endif()
  if(WATCHDOG_BUILD_SHARED)
    list(APPEND environment WD_TEST_LIBRARY=$<TARGET_FILE:watchdog::shared>)
  endif()

  watchdog_find_tests(tests tests/c/test_*.c)
  foreach(source IN LISTS tests)
    get_filename_component(name ${source} NAME_WE)
    watchdog_add_program(${name} ${source})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${test_dir})
    if(name IN_LIST not_emulated)
      watchdog_skip_test(${name} "not under an emulator")
      continue()
    endif()
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES
      ENVIRONMENT "${environment}" SKIP_RETURN_CODE 77 TIMEOUT 120)
  endforeach()
endif()

# --- tests/cpp ------------------------------------------------------------------

# Each source makes two programs: watchdog.hpp with exceptions, and without.
if(WATCHDOG_BUILD_TESTS AND WATCHDOG_POSIX)
  watchdog_find_tests(tests tests/cpp/test_*.cpp)
  foreach(source IN LISTS tests)
    get_filename_component(test ${source} NAME_WE)
    foreach(name ${test} ${test}_returning)
      if(NOT WATCHDOG_CXX)
        watchdog_skip_test(${name} "no C++17 compiler")
        continue()
      endif()
      watchdog_add_program(${name} ${source})
      set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${test_dir})
      add_test(NAME ${name} COMMAND ${name})
      set_tests_properties(${name} PROPERTIES
        ENVIRONMENT "${environment}" SKIP_RETURN_CODE 77 TIMEOUT 120)
      if(name MATCHES "_returning$")
        target_compile_options(${name} PRIVATE -fno-exceptions -fno-rtti)
      endif()
    endforeach()
  endforeach()
endif()
