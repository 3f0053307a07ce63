#!/usr/bin/env bash
# Builds, installs and moves the library, and has another project use it in
# every way that CMakeLists.txt offers.
#
#   tests/cmake/run.sh
#
# WATCHDOG_TARGET_DIR names a cargo target directory to reuse; CMAKE another cmake.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
consumer=$root/tests/cmake/consumer
cmake=${CMAKE:-cmake}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
target_dir=${WATCHDOG_TARGET_DIR:-$work/cargo}
log=$work/log
version=$(sed -n 's/^version *= *"\([^"]*\)".*/\1/p' "$root/Cargo.toml" | head -n 1)
case $version in
0.0.*) soversion=$version ;;
0.*) soversion=${version%.*} ;;
*) soversion=${version%%.*} ;;
esac

passed=0 failed=0 skipped=0

# check NAME COMMAND…: one line of result; what a failed command said goes to stderr.
check() {
    local name=$1
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok - $name"
    else
        failed=$((failed + 1))
        echo "not ok - $name"
        sed 's/^/    /' "$log" >&2
    fi
}

skip() {
    skipped=$((skipped + 1))
    echo "skip - $1: $2"
}

finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}

has() { command -v "$1" >/dev/null 2>&1; }

refused() { ! "$@"; }

for tool in "$cmake" make readelf; do
    if ! has "$tool"; then
        skip "the CMake build" "there is no $tool"
        finish
        exit 77
    fi
done

# --- what is looked at --------------------------------------------------------

# The names of the shared libraries that a file asks for, on one line.
needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | tr '\n' ' '; }

needs_watchdog() { needed "$1" | grep -q "libwatchdog\.so\.$soversion "; }

needs_no_watchdog() { refused grep -q libwatchdog <<<"$(needed "$1")"; }

# A program runs, says that the library works, and is linked as KIND says.
works() { # KIND PROGRAM [LIBRARY_DIRECTORY]
    echo "needed: $(needed "$2")"
    LD_LIBRARY_PATH=${3-} "$2" | tee /dev/stderr | grep -q "consumer: watchdog $version works" || return 1
    if [ "$1" = shared ]; then needs_watchdog "$2"; else needs_no_watchdog "$2"; fi
}

has_soname() { readelf -d "$1" | tee /dev/stderr | grep -q "(SONAME).*\[libwatchdog\.so\.$soversion\]"; }

has_links() {
    ls -l "$1" >&2
    [ -f "$1/libwatchdog.so.$version" ] && [ ! -L "$1/libwatchdog.so.$version" ] &&
        { [ "$soversion" = "$version" ] || [ "$(readlink "$1/libwatchdog.so.$soversion")" = "libwatchdog.so.$version" ]; } &&
        [ "$(readlink "$1/libwatchdog.so")" = "libwatchdog.so.$version" ]
}

# glibc, its loader, and the unwinder that comes with gcc: what every system has.
needs_little() {
    local library
    for library in $(needed "$1"); do
        case $library in
        libc.so.6 | libgcc_s.so.1 | ld-linux*.so.*) ;;
        libpthread.so.0 | libdl.so.2 | librt.so.1 | libm.so.6) # parts of glibc before 2.34
            [ "$(printf '%s\n' 2.34 "$(getconf GNU_LIBC_VERSION | cut -d' ' -f2)" | sort -V | head -n 1)" != 2.34 ] || return 1 ;;
        *) echo "asks for $library" && return 1 ;;
        esac
    done
}

names_no_prefix() { # DIRECTORY PREFIX: in the files that other builds read
    refused grep -rF "$2" "$1/lib/cmake" "$1/lib/pkgconfig" "$1/include"
}

# --- what is done ---------------------------------------------------------------

configure() { # GENERATOR BUILD_DIRECTORY SOURCE ARGUMENT…
    local generator=$1 build=$2 source=$3
    shift 3
    "$cmake" -G "$generator" -S "$source" -B "$build" -DWATCHDOG_CARGO_TARGET_DIR="$target_dir" "$@"
}

build_library() { # GENERATOR TYPE NAME
    configure "$1" "$work/$3" "$root" -DCMAKE_BUILD_TYPE="$2" -DCMAKE_INSTALL_LIBDIR=lib \
        -DWATCHDOG_BUILD_TESTS=OFF -DWATCHDOG_BUILD_EXAMPLES=OFF &&
        "$cmake" --build "$work/$3" -- -j2
}

install_and_move() { # NAME
    "$cmake" --install "$work/$1" --prefix "$work/$1-first" && mv "$work/$1-first" "$work/$1-moved"
}

build_consumer() { # GENERATOR TYPE NAME ARGUMENT…
    local generator=$1 type=$2 name=$3
    shift 3
    configure "$generator" "$work/$name" "$consumer" -DCMAKE_BUILD_TYPE="$type" "$@" &&
        "$cmake" --build "$work/$name" -- -j2
}

check_consumer() { # GENERATOR TYPE NAME DESCRIPTION ARGUMENT…: the three names, linked as they say
    local generator=$1 type=$2 name=$3 description=$4
    shift 4
    check "$description builds" build_consumer "$generator" "$type" "$name" "$@"
    check "$description: watchdog::shared works" works shared "$work/$name/consumer_shared"
    check "$description: watchdog::static works" works static "$work/$name/consumer_static"
    check "$description: watchdog::watchdog is the shared one" works shared "$work/$name/consumer_watchdog"
}

nothing_is_built_twice() { # BUILD_DIRECTORY
    local before after
    before=$(stat -c %Y.%i "$1"/consumer_*)
    sleep 1.1
    "$cmake" --build "$1" | tee /dev/stderr | grep -E "Compiling|Linking|Building C" && return 1
    after=$(stat -c %Y.%i "$1"/consumer_*)
    [ "$before" = "$after" ]
}

# --- Makefiles and Ninja, Debug and Release -----------------------------------

generators=("Unix Makefiles")
if has ninja; then generators+=(Ninja); else skip "Ninja" "there is no ninja"; fi

for generator in "${generators[@]}"; do
    for type in Debug Release; do
        name=${generator##* }-$type
        check "$name: builds" build_library "$generator" "$type" "$name"
        check "$name: installs, and is moved" install_and_move "$name"
        lib=$work/$name-moved/lib
        check "$name: the SONAME is libwatchdog.so.$soversion" has_soname "$lib/libwatchdog.so.$version"
        check "$name: the symbolic links are there" has_links "$lib"
        check "$name: asks for libc and libgcc_s only" needs_little "$lib/libwatchdog.so.$version"
        check "$name: no installed file names its prefix" names_no_prefix "$work/$name-moved" "$work/$name-first"
        check_consumer "$generator" "$type" "$name-found" "$name: find_package" \
            -DCMAKE_PREFIX_PATH="$work/$name-moved"
        check_consumer "$generator" "$type" "$name-sub" "$name: add_subdirectory" -DWATCHDOG_SOURCE="$root"
        check "$name: add_subdirectory builds nothing twice" nothing_is_built_twice "$work/$name-sub"
    done
done

# --- one build tree with several configurations ---------------------------------

build_multi_config() {
    configure "Ninja Multi-Config" "$work/multi" "$consumer" -DWATCHDOG_SOURCE="$root" &&
        "$cmake" --build "$work/multi" --config Debug && "$cmake" --build "$work/multi" --config Release
}

cmake_version=$("$cmake" --version | sed -n 's/^cmake version //p')
if ! has ninja; then
    skip "Ninja Multi-Config" "there is no ninja"
elif [ "$(printf '%s\n' 3.20 "$cmake_version" | sort -V | head -n 1)" != 3.20 ]; then
    skip "Ninja Multi-Config" "cmake is $cmake_version, older than 3.20"
else
    check "Ninja Multi-Config: builds Debug and Release" build_multi_config
    for type in Debug Release; do
        check "Ninja Multi-Config: $type shared works" works shared "$work/multi/$type/consumer_shared"
        check "Ninja Multi-Config: $type static works" works static "$work/multi/$type/consumer_static"
    done
fi

# --- what find_package may ask for ------------------------------------------------

prefix=$work/Makefiles-Release-moved

ask() { # NAME REQUEST ARGUMENT…
    local name=$1 request=$2
    shift 2
    configure "Unix Makefiles" "$work/$name" "$consumer" -DCMAKE_PREFIX_PATH="$prefix" -DWATCHDOG_REQUEST="$request" "$@"
}

static_by_default() {
    ask by-default "" -DBUILD_SHARED_LIBS=OFF && "$cmake" --build "$work/by-default" &&
        works static "$work/by-default/consumer_watchdog"
}

check "find_package with the exact version is met" ask exact "$version EXACT"
check "find_package with this minor version is met" ask minor "${version%.*}"
check "find_package with both components is met" ask components "COMPONENTS shared static"
check "find_package with another major version is refused" refused ask major 9
check "find_package with another component is refused" refused ask component "COMPONENTS python"
check "BUILD_SHARED_LIBS=OFF makes watchdog::watchdog the static one" static_by_default

# --- pkg-config -----------------------------------------------------------------

with_pkg_config() { # OUTPUT PKG_CONFIG_ARGUMENT… -- CC_ARGUMENT…
    local output=$1 arguments=() flags
    shift
    while [ "$1" != -- ]; do
        arguments+=("$1")
        shift
    done
    shift
    flags=$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config "${arguments[@]}" --cflags --libs watchdog) &&
        echo "$flags" &&
        cc -std=c11 -Wall -Wextra -Werror "$consumer/consumer.c" "$@" $flags -o "$output"
}

says_version() { [ "$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --modversion watchdog)" = "$version" ]; }

# The linker takes a shared library where there is one: a prefix with the static one alone.
without_shared_library() {
    cp -R "$prefix" "$work/static-only" && rm "$work/static-only/lib"/libwatchdog.so*
}

if ! has pkg-config; then
    skip "pkg-config" "there is no pkg-config"
elif ! has cc; then
    skip "pkg-config" "there is no cc"
else
    check "pkg-config says the version" says_version
    check "pkg-config builds, shared" with_pkg_config "$work/pc-shared" --
    check "pkg-config works, shared" works shared "$work/pc-shared" "$prefix/lib"
    if [ -e "$("${CC:-cc}" -print-file-name=libc.a)" ]; then
        check "pkg-config --static builds with cc -static" with_pkg_config "$work/pc-all-static" --static -- -static
        check "pkg-config --static works with cc -static" works static "$work/pc-all-static"
    else
        skip "pkg-config --static with cc -static" "there is no libc.a"
    fi
    check "the shared library can be left out" without_shared_library
    prefix=$work/static-only
    check "pkg-config --static builds" with_pkg_config "$work/pc-static" --static --
    check "pkg-config --static works" works static "$work/pc-static"
fi

finish
