# Has cargo build the library, lays the files out under their final names in
# the build tree, and describes them as imported targets.

include(${CMAKE_CURRENT_LIST_DIR}/WatchdogNames.cmake)

if(NOT WATCHDOG_BUILD_SHARED AND NOT WATCHDOG_BUILD_STATIC)
  message(FATAL_ERROR "libwatchdog: WATCHDOG_BUILD_SHARED and WATCHDOG_BUILD_STATIC are both off")
endif()
if(CMAKE_CROSSCOMPILING AND NOT WATCHDOG_CARGO_TARGET)
  message(FATAL_ERROR "libwatchdog: cross-compiling needs the Rust target too: "
    "-DWATCHDOG_CARGO_TARGET=aarch64-unknown-linux-gnu, for instance "
    "(rustc --print target-list names them all)")
endif()
if(WATCHDOG_MULTI_CONFIG AND CMAKE_VERSION VERSION_LESS 3.20)
  message(FATAL_ERROR "libwatchdog: ${CMAKE_GENERATOR} needs CMake 3.20; "
    "Ninja and Makefiles do with 3.16")
endif()

find_program(WATCHDOG_CARGO_PROGRAM NAMES ${WATCHDOG_CARGO} HINTS $ENV{CARGO_HOME}/bin $ENV{HOME}/.cargo/bin)
mark_as_advanced(WATCHDOG_CARGO_PROGRAM)
if(NOT WATCHDOG_CARGO_PROGRAM)
  message(FATAL_ERROR "libwatchdog: no '${WATCHDOG_CARGO}' found. Install Rust (https://rustup.rs, or "
    "your system's cargo package), or say where cargo is: -DWATCHDOG_CARGO=/path/to/cargo")
endif()

include(${CMAKE_CURRENT_LIST_DIR}/WatchdogSystemLibraries.cmake)

# --- One run of cargo builds both kinds -------------------------------------

set(crate_types "")
if(WATCHDOG_BUILD_SHARED)
  string(APPEND crate_types ,cdylib)
endif()
if(WATCHDOG_BUILD_STATIC)
  string(APPEND crate_types ,staticlib)
endif()
string(REGEX REPLACE "^," "--crate-type=" crate_types ${crate_types})

# Without an rlib among them the link-time optimisation of Cargo.toml takes effect.
# Older cargos cannot choose and build all three.
execute_process(COMMAND ${WATCHDOG_CARGO_PROGRAM} --version
  WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE cargo_version)
if(NOT cargo_version MATCHES "cargo ([0-9.]+)")
  message(FATAL_ERROR "libwatchdog: '${WATCHDOG_CARGO_PROGRAM} --version' says no version: '${cargo_version}'")
elseif(CMAKE_MATCH_1 VERSION_LESS 1.64)
  set(crate_types "")
endif()

separate_arguments(cargo_flags UNIX_COMMAND "${WATCHDOG_CARGO_FLAGS}")
set(cargo_env "")
set(cargo_output ${WATCHDOG_CARGO_TARGET_DIR})
if(WATCHDOG_CARGO_TARGET)
  list(APPEND cargo_flags --target ${WATCHDOG_CARGO_TARGET})
  string(APPEND cargo_output /${WATCHDOG_CARGO_TARGET})
  string(TOUPPER "CARGO_TARGET_${WATCHDOG_CARGO_TARGET}_LINKER" linker)
  string(REPLACE "-" "_" linker ${linker})
  if(CMAKE_CROSSCOMPILING AND NOT MSVC AND NOT DEFINED ENV{${linker}})
    list(APPEND cargo_env ${linker}=${CMAKE_C_COMPILER})
  endif()
endif()
string(APPEND cargo_output /$<IF:$<CONFIG:Debug>,debug,release>)

set(link_arguments "")
if(WATCHDOG_SONAME_ARG AND WATCHDOG_BUILD_SHARED)
  # Here, not in build.rs: cargo-c sets a SONAME of its own and must stay the only one.
  set(link_arguments -- -C link-arg=${WATCHDOG_SONAME_ARG})
endif()

set(WATCHDOG_LIBRARY_DIR ${CMAKE_CURRENT_BINARY_DIR}/lib)
if(WATCHDOG_MULTI_CONFIG)
  string(APPEND WATCHDOG_LIBRARY_DIR /$<CONFIG>)
endif()

set(files "")
set(lay_out COMMAND ${CMAKE_COMMAND} -E make_directory ${WATCHDOG_LIBRARY_DIR})
macro(watchdog_lay_out output file)
  list(APPEND files ${WATCHDOG_LIBRARY_DIR}/${file})
  list(APPEND lay_out COMMAND ${CMAKE_COMMAND} -E copy_if_different
    ${cargo_output}/${output} ${WATCHDOG_LIBRARY_DIR}/${file})
endmacro()
if(WATCHDOG_BUILD_STATIC)
  watchdog_lay_out(${WATCHDOG_STATIC_FILE} ${WATCHDOG_STATIC_FILE})
endif()
if(WATCHDOG_BUILD_SHARED)
  watchdog_lay_out(${WATCHDOG_SHARED_OUTPUT} ${WATCHDOG_SHARED_FILE})
  if(WATCHDOG_IMPLIB)
    watchdog_lay_out(${WATCHDOG_IMPLIB} ${WATCHDOG_IMPLIB})
  endif()
  foreach(link IN LISTS WATCHDOG_SHARED_LINKS)
    list(APPEND lay_out COMMAND ${CMAKE_COMMAND} -E create_symlink
      ${WATCHDOG_SHARED_FILE} ${WATCHDOG_LIBRARY_DIR}/${link})
  endforeach()
endif()

# Always run: cargo itself knows best, and quickly, whether anything has changed.
add_custom_target(watchdog_cargo ALL
  COMMAND ${CMAKE_COMMAND} -E env ${cargo_env} ${WATCHDOG_CARGO_PROGRAM} rustc --locked --lib
    ${crate_types} --profile $<IF:$<CONFIG:Debug>,dev,release>
    --target-dir ${WATCHDOG_CARGO_TARGET_DIR} ${cargo_flags} ${link_arguments}
  ${lay_out}
  BYPRODUCTS ${files}
  WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
  COMMENT "Building libwatchdog ${PROJECT_VERSION} with cargo"
  USES_TERMINAL VERBATIM)

# --- The targets ------------------------------------------------------------

# Fills `target`'s `property` with `file`; where one build tree holds several
# configurations, for each its own.
function(watchdog_set_file target property file)
  if(WATCHDOG_MULTI_CONFIG)
    foreach(config IN LISTS CMAKE_CONFIGURATION_TYPES)
      string(TOUPPER ${config} suffix)
      set_target_properties(${target} PROPERTIES
        ${property}_${suffix} ${CMAKE_CURRENT_BINARY_DIR}/lib/${config}/${file})
    endforeach()
  else()
    set_target_properties(${target} PROPERTIES ${property} ${WATCHDOG_LIBRARY_DIR}/${file})
  endif()
endfunction()

function(watchdog_add_imported name kind)
  add_library(watchdog::${name} ${kind} IMPORTED GLOBAL)
  add_dependencies(watchdog::${name} watchdog_cargo)
  set_target_properties(watchdog::${name} PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_CURRENT_SOURCE_DIR}/include)
endfunction()

if(WATCHDOG_BUILD_SHARED)
  watchdog_add_imported(shared SHARED)
  watchdog_set_file(watchdog::shared IMPORTED_LOCATION ${WATCHDOG_SHARED_FILE})
  if(WATCHDOG_IMPLIB)
    watchdog_set_file(watchdog::shared IMPORTED_IMPLIB ${WATCHDOG_IMPLIB})
  endif()
  if(WATCHDOG_SONAME)
    set_target_properties(watchdog::shared PROPERTIES IMPORTED_SONAME ${WATCHDOG_SONAME})
  endif()
endif()

if(WATCHDOG_BUILD_STATIC)
  watchdog_add_imported(static STATIC)
  watchdog_set_file(watchdog::static IMPORTED_LOCATION ${WATCHDOG_STATIC_FILE})
  set_target_properties(watchdog::static PROPERTIES
    INTERFACE_LINK_LIBRARIES "${WATCHDOG_SYSTEM_LIBRARIES}")
endif()

# The default is shared, unless the project that uses it says BUILD_SHARED_LIBS OFF.
if(WATCHDOG_BUILD_SHARED AND (BUILD_SHARED_LIBS OR NOT DEFINED BUILD_SHARED_LIBS OR NOT WATCHDOG_BUILD_STATIC))
  set(default_kind shared)
else()
  set(default_kind static)
endif()
add_library(watchdog::watchdog INTERFACE IMPORTED GLOBAL)
set_target_properties(watchdog::watchdog PROPERTIES INTERFACE_LINK_LIBRARIES watchdog::${default_kind})
