# What the library's files are called on the platform that is built for.
#
#   WATCHDOG_SHARED_OUTPUT   the shared library as cargo leaves it
#   WATCHDOG_SHARED_FILE     the same, as it is installed
#   WATCHDOG_SHARED_LINKS    names that are symbolic links to it
#   WATCHDOG_SONAME          the name that programs ask the loader for; may be empty
#   WATCHDOG_SONAME_ARG      how the linker is told so; may be empty
#   WATCHDOG_IMPLIB          Windows: what a program links instead of the DLL
#   WATCHDOG_STATIC_FILE     the static library

if(WATCHDOG_CARGO_TARGET)
  set(platform "${WATCHDOG_CARGO_TARGET}")
elseif(WIN32)
  set(platform "windows-${CMAKE_C_COMPILER_ID}")
elseif(APPLE)
  set(platform "apple-darwin")
else()
  set(platform "unix")
endif()

# The rule of cargo-c, so that both installers agree: the numbers whose change
# breaks compatibility. 0.0.z: all of them; 0.y: two; then the major alone.
if(PROJECT_VERSION VERSION_LESS 0.1)
  set(so_version ${PROJECT_VERSION})
elseif(PROJECT_VERSION VERSION_LESS 1)
  set(so_version 0.${PROJECT_VERSION_MINOR})
else()
  set(so_version ${PROJECT_VERSION_MAJOR})
endif()

set(WATCHDOG_SHARED_LINKS "")
set(WATCHDOG_SONAME "")
set(WATCHDOG_SONAME_ARG "")
set(WATCHDOG_IMPLIB "")
set(WATCHDOG_STATIC_FILE libwatchdog.a)

if(platform MATCHES "windows")
  set(WATCHDOG_SHARED_OUTPUT watchdog.dll)
  set(WATCHDOG_SHARED_FILE watchdog.dll)
  if(platform MATCHES "msvc|MSVC")
    set(WATCHDOG_IMPLIB watchdog.dll.lib)
    set(WATCHDOG_STATIC_FILE watchdog.lib)
  else()
    set(WATCHDOG_IMPLIB libwatchdog.dll.a)
  endif()
elseif(platform MATCHES "apple")
  set(WATCHDOG_SHARED_OUTPUT libwatchdog.dylib)
  set(WATCHDOG_SHARED_FILE libwatchdog.${PROJECT_VERSION}.dylib)
  set(WATCHDOG_SHARED_LINKS libwatchdog.${so_version}.dylib libwatchdog.dylib)
  set(WATCHDOG_SONAME @rpath/libwatchdog.${so_version}.dylib)
  set(WATCHDOG_SONAME_ARG -Wl,-install_name,${WATCHDOG_SONAME})
elseif(platform MATCHES "android") # it loads no versioned names
  set(WATCHDOG_SHARED_OUTPUT libwatchdog.so)
  set(WATCHDOG_SHARED_FILE libwatchdog.so)
  set(WATCHDOG_SONAME libwatchdog.so)
  set(WATCHDOG_SONAME_ARG -Wl,-soname,${WATCHDOG_SONAME})
else()
  set(WATCHDOG_SHARED_OUTPUT libwatchdog.so)
  set(WATCHDOG_SHARED_FILE libwatchdog.so.${PROJECT_VERSION})
  set(WATCHDOG_SHARED_LINKS libwatchdog.so.${so_version} libwatchdog.so)
  set(WATCHDOG_SONAME libwatchdog.so.${so_version})
  set(WATCHDOG_SONAME_ARG -Wl,-soname,${WATCHDOG_SONAME})
endif()
list(REMOVE_ITEM WATCHDOG_SHARED_LINKS ${WATCHDOG_SHARED_FILE}) # 0.0.z: one is the file itself
