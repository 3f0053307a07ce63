# Windows on x86-64.
set(machine x86_64)
include(${CMAKE_CURRENT_LIST_DIR}/mingw.cmake)
