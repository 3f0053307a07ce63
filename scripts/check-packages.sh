#!/usr/bin/env bash
# Holds what ./package promises of the files in target/dist.

set -u
root=$(cd "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd) || exit
# shellcheck source=scripts/lib.sh
. "$root/scripts/lib.sh"
# shellcheck source=scripts/report.sh
. "$root/scripts/report.sh"
# shellcheck source=scripts/packages.sh
. "$root/scripts/packages.sh"

work=$stage/check

# holds NAME COMMAND…
holds() {
    if "${@:2}"; then pass "$1"; else fail "$1"; fi
}

checksums_agree() { (cd "$dist" && sha256sum --quiet -c SHA256SUMS); }

unpack() {
    case $1 in
        *windows*) unzip -q -d "$work" "$dist/$1.zip" ;;
        *) tar -C "$work" -xzf "$dist/$1.tar.gz" ;;
    esac
}

# is_complete PLATFORM: in its folder, as all that follow.
is_complete() {
    local file files=(LICENSE-MIT LICENSE-APACHE README.md CHANGELOG.md include/watchdog.h include/watchdog.hpp
        lib/cmake/watchdog/watchdogConfig.cmake lib/cmake/watchdog/watchdogConfigVersion.cmake
        lib/pkgconfig/watchdog.pc lib/libwatchdog.a)
    case $1 in
        linux-*) files+=(lib/libwatchdog.so) ;;
        windows-*) files+=(bin/watchdog.dll lib/libwatchdog.dll.a lib/watchdog.lib lib/watchdog.def) ;;
    esac
    for file in "${files[@]}"; do
        [ -s "$file" ] || { echo "no $file" && return 1; }
    done
}

# Of the shared library, and of what MSVC links instead of it.
exported() {
    case $1 in
        linux-*) LC_ALL=C readelf -W --dyn-syms lib/libwatchdog.so |
            awk '$7 != "UND" && $5 == "GLOBAL" && $8 != "" && $4 == "FUNC" { print $8 }' ;;
        windows-*) x86_64-w64-mingw32-objdump -p bin/watchdog.dll |
            sed -n '/Ordinal\/Name Pointer/,/^$/s/^.*\[ *[0-9]*\].* //p' ;;
    esac | LC_ALL=C sort
}

exports_agree() { diff <(LC_ALL=C sort "$root/tests/exports.txt") <(exported "$1"); }

import_library_agrees() {
    diff <(LC_ALL=C sort "$root/tests/exports.txt") \
        <(llvm-nm lib/watchdog.lib 2>/dev/null | sed -n 's/.* T _\{0,1\}\(wd_.*\)/\1/p' | LC_ALL=C sort)
}

# The newest version of a symbol of glibc's that it needs.
glibc_of() { LC_ALL=C readelf -W --dyn-syms "$1" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1; }

runs_from_the_stated_glibc_on() {
    local newest
    newest=$(glibc_of lib/libwatchdog.so)
    echo "needs $newest"
    [ -n "$newest" ] && version_at_least "$GLIBC" "${newest#GLIBC_}"
}

# Of glibc, which was several libraries once, and the unwinder.
needs_little() {
    local needed
    needed=$(LC_ALL=C readelf -d lib/libwatchdog.so | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    ! grep -v -E '^(libc\.so\.6|libpthread\.so\.0|libdl\.so\.2|ld-linux-[a-z0-9-]*\.so\.[12]|libgcc_s\.so\.1)$' <<<"$needed"
}

needs_windows_alone() {
    local needed
    needed=$(x86_64-w64-mingw32-objdump -p bin/watchdog.dll | sed -n 's/.*DLL Name: //p' | tr '[:upper:]' '[:lower:]')
    [ -n "$needed" ] &&
        ! grep -v -E '^(kernel32|ntdll|msvcrt|userenv|ws2_32|bcryptprimitives|api-ms-win-.*)\.dll$' <<<"$needed"
}

# A program that is built against the unpacked archive catches a hang.
catches_a_hang() {
    local status=0
    # shellcheck disable=SC2046  # a list of arguments
    gcc -std=c11 "$root/examples-c/catch_a_hang.c" -o catch_a_hang -pthread -Wl,-rpath,"$PWD/lib" \
        $(PKG_CONFIG_PATH=lib/pkgconfig pkg-config --cflags --libs watchdog) || return
    ./catch_a_hang 200 || status=$?
    [ "$status" = 3 ]
}

# The C tests, against this very file.
passes_the_c_tests() {
    local test failures=0
    for test in "$root"/target/cmake/release/tests/c/test_{basics,callback,exit,fork,inside,isolation,owned,stop,threads}; do
        LD_LIBRARY_PATH=$PWD/lib "$test" >"$work/out" || { cat "$work/out" && failures=1; }
    done
    return $failures
}

# In the unpacked package for NuGet.
nuget_is_complete() {
    local file
    for file in LibWatchdog.nuspec '[Content_Types].xml' _rels/.rels README.md LICENSE-MIT LICENSE-APACHE \
        lib/netstandard2.0/LibWatchdog.dll lib/netstandard2.0/LibWatchdog.xml \
        runtimes/{linux-x64,linux-arm64}/native/libwatchdog.so runtimes/{win-x64,win-x86}/native/watchdog.dll; do
        [ -s "$file" ] || { echo "no $file" && return 1; }
    done
}

# A program finds the library of its platform in the package.
nuget_works() {
    local files=(lib/netstandard2.0/LibWatchdog.dll runtimes/linux-x64/native/libwatchdog.so)
    mkdir -p "$work/use" && cp "${files[@]}" "$work/use/" && cd "$work/use" || return
    cat >Use.cs <<'END'
using System;
using System.Threading;
using LibWatchdog;

static class Use
{
    static int Main()
    {
        using (var expired = new ManualResetEventSlim())
        using (var watchdog = new Watchdog(TimeSpan.FromMilliseconds(50), TimeSpan.Zero))
        {
            watchdog.Expired += (sender, arguments) => expired.Set();
            watchdog.Start();
            return expired.Wait(30000) ? 0 : 1;
        }
    }
}
END
    mcs -nologo -r:LibWatchdog.dll Use.cs && timeout 60 mono Use.exe
}

# In the Unity package: each library is that of its platform's archive, and has its settings.
unity_has_the_libraries() {
    local pair plugins=$work/package/Runtime/Plugins
    for pair in linux-x86_64/lib/libwatchdog.so=Linux/x86_64/libwatchdog.so \
        windows-x86_64/bin/watchdog.dll=Windows/x86_64/watchdog.dll windows-x86/bin/watchdog.dll=Windows/x86/watchdog.dll; do
        cmp "$work/libwatchdog-$version-${pair%%=*}" "$plugins/${pair#*=}" && [ -s "$plugins/${pair#*=}.meta" ] || return
    done
}

unity_has_metas() {
    local file
    find "$work/package" -mindepth 1 ! -name '*~' ! -path '*/Documentation~/*' | while IFS= read -r file; do
        [ -e "${file%.meta}" ] && [ -e "${file%.meta}.meta" ] || { echo "not a pair: $file" && exit 1; }
    done
}

rm -rf "$work" && mkdir -p "$work"
holds "the checksums are those of the files" checksums_agree
for platform in "${PLATFORMS[@]}"; do
    name=libwatchdog-$version-$platform
    if ! unpack "$name" || ! cd "$work/$name"; then
        fail "$platform: can be unpacked"
        continue
    fi
    holds "$platform: is complete" is_complete "$platform"
    holds "$platform: exports what it should and nothing else" exports_agree "$platform"
    case $platform in
        linux-*)
            holds "$platform: runs from glibc $GLIBC on" runs_from_the_stated_glibc_on
            holds "$platform: needs libc and libgcc_s only" needs_little
            ;;
        windows-*)
            holds "$platform: needs DLLs of Windows' own only" needs_windows_alone
            holds "$platform: watchdog.lib has all functions" import_library_agrees
            ;;
    esac
    if [ "$platform" = "linux-$(uname -m)" ]; then
        holds "$platform: a program built against it catches a hang" catches_a_hang
        holds "$platform: passes the C tests" passes_the_c_tests
    fi
done

mkdir -p "$work/nuget" && cd "$work/nuget" && unzip -q "$dist/LibWatchdog.$version.nupkg"
holds "NuGet: is complete" nuget_is_complete
if [ "$(uname -m)" = x86_64 ]; then holds "NuGet: a program works with what is in it" nuget_works; fi
if tar -C "$work" -xzf "$dist/$UNITY_PACKAGE-$version.tgz"; then
    holds "unity: every file has its .meta" unity_has_metas
    holds "unity: has the libraries of the other archives" unity_has_the_libraries
else
    fail "unity: can be unpacked"
fi
end
