# shellcheck shell=bash
# What ./package does. Sourced after lib.sh.

: "${root:?}" "${LOGS:?}"

# shellcheck disable=SC2034  # read by package
PLATFORMS=(linux-x86_64 linux-arm64 windows-x86_64 windows-x86)
GLIBC=2.17 # from which on the libraries for Linux run; README.md says so too

version=$(sed -n 's/^version *= *"\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)
dist=$root/target/dist
stage=$root/target/package
package_log=$LOGS/package.log

# logged COMMAND…: its output matters only when it fails.
logged() {
    "$@" >>"$package_log" 2>&1 </dev/null 3>&- && return
    tail -n 40 "$package_log" >&2
    die "this failed: $* (all of it is in $package_log)"
}

need_tools() { ensure_tools "$@" || die "$MISSING"; }

# ---- one platform -------------------------------------------------------------

# build_platform PLATFORM: leaves $stage/libwatchdog-VERSION-PLATFORM.
build_platform() {
    local platform=$1 options=() build=$root/target/cmake/package-$1 name=libwatchdog-$version-$1 strip=strip
    case $platform in
        linux-x86_64)
            need_tools x86_64-linux-gnu-gcc python3
            options=(-DWATCHDOG_CARGO_TARGET=x86_64-unknown-linux-gnu)
            export ZIG_TARGET=x86_64-linux-gnu.$GLIBC CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=$root/scripts/zig-cc
            ;;
        linux-arm64)
            need_tools aarch64-linux-gnu-g++ python3
            options=("-DCMAKE_TOOLCHAIN_FILE=$root/cmake/toolchains/aarch64-linux.cmake")
            export ZIG_TARGET=aarch64-linux-gnu.$GLIBC CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=$root/scripts/zig-cc
            strip=aarch64-linux-gnu-strip
            ;;
        windows-x86_64 | windows-x86)
            local machine=${platform#windows-}
            machine=${machine/%x86/i686}
            need_tools "$machine-w64-mingw32-g++-posix" llvm-dlltool
            options=("-DCMAKE_TOOLCHAIN_FILE=$root/cmake/toolchains/$machine-windows.cmake")
            strip=$machine-w64-mingw32-strip
            ;;
        *) die "no platform '$platform'; there are ${PLATFORMS[*]}" ;;
    esac
    say "building for $platform…"
    rm -rf "${stage:?}/$name"
    logged cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_LIBDIR=lib \
        "${options[@]}" -DWATCHDOG_BUILD_TESTS=OFF -DWATCHDOG_BUILD_EXAMPLES=OFF \
        "-DWATCHDOG_CARGO_TARGET_DIR=$root/target/cross"
    logged cmake --build "$build"
    logged cmake --install "$build" --prefix "$stage/$name"
    (
        cd "$stage/$name" || exit
        # Nobody needs the debug information of somebody else's machine.
        find . \( -name '*.so.*' -o -name '*.dll' \) -type f -exec "$strip" --strip-unneeded {} +
        find . -name '*.a' ! -name '*.dll.a' -exec "$strip" --strip-debug {} +
        cp "$root"/LICENSE-* "$root/CHANGELOG.md" "$root/README.md" .
        case $platform in
            windows-*) make_msvc_library "$machine" ;;
        esac
    ) || exit
}

# In the staged folder: the import library in the form that Microsoft's linker reads.
make_msvc_library() {
    local kind=i386:x86-64
    [ "$1" = x86_64 ] || kind=i386
    { echo "LIBRARY watchdog.dll" && echo EXPORTS && cat "$root/tests/exports.txt"; } >lib/watchdog.def
    logged llvm-dlltool -m "$kind" -d lib/watchdog.def -l lib/watchdog.lib
}

# ---- archives -------------------------------------------------------------------

# The time of the last commit, so that the same sources give the same bytes.
epoch() { git -C "$root" log -1 --format=%ct 2>/dev/null || echo 1700000000; }

# archive NAME: of $stage/NAME, as .tar.gz, or .zip for Windows.
archive() {
    local name=$1
    find "$stage/$name" -exec touch -h -d "@$(epoch)" {} +
    case $name in
        *windows*)
            need_tools zip
            rm -f "$dist/$name.zip"
            (cd "$stage" && find "$name" | LC_ALL=C sort | zip -q -X -y -@ "$dist/$name.zip") || exit
            ;;
        *) tar_gz "$dist/$name.tar.gz" "$stage" "$name" ;;
    esac
}

# tar_gz FILE FOLDER ENTRY
tar_gz() {
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(epoch)" -C "$2" -cf - "$3" | gzip -n -9 >"$1"
}

make_packages() {
    local platform
    : >"$package_log"
    mkdir -p "$dist" "$stage"
    ensure_rust "$RUST_TO_BUILD"
    need_tools cmake ninja
    for platform; do
        (build_platform "$platform") || exit
        archive "libwatchdog-$version-$platform"
    done
    (cd "$dist" && sha256sum libwatchdog-* >SHA256SUMS) || exit
    say "in target/dist:"
    (cd "$dist" && ls -l | awk 'NR > 1 { printf "  %9d  %s\n", $5, $9 }') >&3
}
