# Installs the library, its headers, and what find_package() and pkg-config
# need. Nothing that is installed names the prefix: it can be moved.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

file(GLOB headers CONFIGURE_DEPENDS include/watchdog.h include/watchdog.hpp)
install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(shared_dir ${CMAKE_INSTALL_LIBDIR})
if(WATCHDOG_IMPLIB)
  set(shared_dir ${CMAKE_INSTALL_BINDIR}) # a DLL is found beside the programs
endif()
if(WATCHDOG_BUILD_SHARED)
  if(WATCHDOG_IMPLIB)
    install(FILES ${WATCHDOG_LIBRARY_DIR}/${WATCHDOG_IMPLIB} DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
  install(PROGRAMS ${WATCHDOG_LIBRARY_DIR}/${WATCHDOG_SHARED_FILE} DESTINATION ${shared_dir})
  foreach(link IN LISTS WATCHDOG_SHARED_LINKS)
    install(FILES ${WATCHDOG_LIBRARY_DIR}/${link} DESTINATION ${shared_dir})
  endforeach()
endif()
if(WATCHDOG_BUILD_STATIC)
  install(FILES ${WATCHDOG_LIBRARY_DIR}/${WATCHDOG_STATIC_FILE} DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()

# --- find_package(watchdog) -------------------------------------------------

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/watchdog)
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/watchdogConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/watchdogConfig.cmake
  INSTALL_DESTINATION ${config_dir}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR shared_dir)

# As with the SONAME: before 1.0 a new minor version may break, afterwards a major one.
if(PROJECT_VERSION VERSION_LESS 1)
  set(compatibility SameMinorVersion)
else()
  set(compatibility SameMajorVersion)
endif()
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/watchdogConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY ${compatibility})

install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/watchdogConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/watchdogConfigVersion.cmake
  DESTINATION ${config_dir})

# --- pkg-config --------------------------------------------------------------

set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  set(PC_PREFIX ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH up /p/${pc_dir} /p) # ../.. for lib/pkgconfig, deeper for lib/<machine>
  string(REGEX REPLACE "/$" "" up "${up}")
  set(PC_PREFIX "\${pcfiledir}/${up}")
endif()
foreach(dir INCLUDEDIR LIBDIR)
  if(IS_ABSOLUTE ${CMAKE_INSTALL_${dir}})
    set(PC_${dir} ${CMAKE_INSTALL_${dir}})
  else()
    set(PC_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
  endif()
endforeach()

set(PC_LIBS_PRIVATE "")
foreach(library IN LISTS WATCHDOG_SYSTEM_LIBRARIES)
  if(NOT library MATCHES "^-|[.]lib$")
    string(PREPEND library -l)
  endif()
  string(APPEND PC_LIBS_PRIVATE " ${library}")
endforeach()
set(PC_LIBS "")
if(NOT WATCHDOG_BUILD_SHARED)
  set(PC_LIBS "${PC_LIBS_PRIVATE}")
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/watchdog.pc.in ${CMAKE_CURRENT_BINARY_DIR}/watchdog.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/watchdog.pc DESTINATION ${pc_dir})
