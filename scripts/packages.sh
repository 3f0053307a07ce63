# shellcheck shell=bash
# What ./package does. Sourced after lib.sh.

: "${root:?}" "${LOGS:?}"
# shellcheck source=scripts/unity.sh
. "$root/scripts/unity.sh"

# shellcheck disable=SC2034  # read by package
PLATFORMS=(linux-x86_64 linux-arm64 windows-x86_64 windows-x86)
GLIBC=2.17 # from which on the libraries for Linux run; README.md says so too

version=$(sed -n 's/^version *= *"\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)
dist=$root/target/dist
stage=$root/target/package
log=$LOGS/package.log

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
    case $name in
        *windows*) zip_folder "$dist/$name.zip" "$stage" "$name" ;;
        *) tar_gz "$dist/$name.tar.gz" "$stage" "$name" ;;
    esac
}

# zip_folder FILE FOLDER ENTRY
zip_folder() {
    need_tools zip
    rm -f "$1"
    find "$2/$3" -exec touch -h -d "@$(epoch)" {} +
    (cd "$2" && find "$3" -type f | LC_ALL=C sort | zip -q -X -@ "$1") || exit
}

# tar_gz FILE FOLDER ENTRY
tar_gz() {
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(epoch)" -C "$2" -cf - "$3" | gzip -n -9 >"$1"
}

# ---- for C# ------------------------------------------------------------------------

# library_of PLATFORM: the shared library that was built for it.
library_of() {
    local folder=$stage/libwatchdog-$version-$1
    case $1 in
        linux-*) echo "$folder/lib/libwatchdog.so" ;;
        windows-*) echo "$folder/bin/watchdog.dll" ;;
    esac
}

# make_nuget: the assembly, its documentation and the native libraries, laid out and packed as
# NuGet wants them. mcs compiles against mscorlib, which every runtime for netstandard2.0 has.
make_nuget() {
    local folder=$stage/nuget rid file
    local -A platform_of=([linux-x64]=linux-x86_64 [linux-arm64]=linux-arm64 [win-x64]=windows-x86_64 [win-x86]=windows-x86)
    need_tools mcs zip
    say "packing for NuGet…"
    rm -rf "$folder"
    mkdir -p "$folder/lib/netstandard2.0" "$folder/_rels"
    logged mcs -nologo -langversion:7.2 -warnaserror -optimize -deterministic -target:library \
        "-out:$folder/lib/netstandard2.0/LibWatchdog.dll" "-doc:$folder/lib/netstandard2.0/LibWatchdog.xml" \
        "$root"/bindings/csharp/*.cs
    for rid in "${!platform_of[@]}"; do
        mkdir -p "$folder/runtimes/$rid/native"
        cp -L "$(library_of "${platform_of[$rid]}")" "$folder/runtimes/$rid/native/" || exit
    done
    cp "$root/bindings/csharp/README.md" "$root"/LICENSE-* "$folder/"
    cat >"$folder/LibWatchdog.nuspec" <<END
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
  <metadata>
    <id>LibWatchdog</id>
    <version>$version</version>
    <authors>libwatchdog</authors>
    <license type="expression">MIT OR Apache-2.0</license>
    <readme>README.md</readme>
    <description>The watchdog for C# programs: fed in time or an event is raised.</description>
    <dependencies><group targetFramework=".NETStandard2.0" /></dependencies>
  </metadata>
</package>
END
    cat >"$folder/_rels/.rels" <<'END'
<?xml version="1.0" encoding="utf-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
  <Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/LibWatchdog.nuspec" Id="R1" />
</Relationships>
END
    {
        echo '<?xml version="1.0" encoding="utf-8"?>'
        echo '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        echo '  <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />'
        for file in nuspec dll xml md so; do
            echo "  <Default Extension=\"$file\" ContentType=\"application/octet\" />"
        done
        for file in LICENSE-MIT LICENSE-APACHE; do
            echo "  <Override PartName=\"/$file\" ContentType=\"application/octet\" />"
        done
        echo '</Types>'
    } >"$folder/[Content_Types].xml"
    zip_folder "$dist/LibWatchdog.$version.nupkg" "$folder" .
}

# ---- the Unity package ------------------------------------------------------------

# A library that cannot be built here (macOS, Android, iOS) is taken from
# WATCHDOG_UNITY_LIBRARIES, a folder laid out as bindings/unity/Runtime/Plugins.
# unity_package PLATFORM…: of what was built for them.
unity_package() {
    local platform libraries=() file given=${WATCHDOG_UNITY_LIBRARIES:-} name=$UNITY_PACKAGE-$version
    for platform; do
        file=$stage/libwatchdog-$version-$platform
        case $platform in
            linux-x86_64) libraries+=("Linux/x86_64/libwatchdog.so=$file/lib/libwatchdog.so") ;;
            windows-x86_64) libraries+=("Windows/x86_64/watchdog.dll=$file/bin/watchdog.dll") ;;
            windows-x86) libraries+=("Windows/x86/watchdog.dll=$file/bin/watchdog.dll") ;;
        esac
    done
    if [ -n "$given" ]; then
        while IFS= read -r file; do
            libraries+=("${file#"$given/"}=$file")
        done < <(find "$given" -type f | LC_ALL=C sort)
    fi
    # npm's archives, which Unity reads, have everything in a folder "package".
    unity_assemble "$stage/unity/package" "${libraries[@]}" >&2 || die "the Unity package could not be put together"
    find "$stage/unity/package" -type f -exec chmod 644 {} +
    tar_gz "$dist/$name.tgz" "$stage/unity" package
}

make_packages() {
    local platform
    : >"$log"
    mkdir -p "$dist" "$stage"
    ensure_rust "$RUST_TO_BUILD"
    need_tools cmake ninja
    for platform; do
        (build_platform "$platform") || exit
        archive "libwatchdog-$version-$platform"
    done
    unity_package "$@"
    if [ "$*" = "${PLATFORMS[*]}" ]; then
        (make_nuget) || exit
    fi
    (cd "$dist" && rm -f SHA256SUMS && sha256sum -- * >SHA256SUMS) || exit
    say "in target/dist:"
    (cd "$dist" && ls -l | awk 'NR > 1 { printf "  %9d  %s\n", $5, $9 }') >&3
}
