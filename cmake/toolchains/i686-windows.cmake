# Windows on 32-bit x86.
set(machine i686)
include(${CMAKE_CURRENT_LIST_DIR}/mingw.cmake)
