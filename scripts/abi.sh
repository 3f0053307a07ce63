#!/usr/bin/env bash
# Compares the ABI with the one that was promised, abi/: what a program that was built
# against an older watchdog.h relies on must still be there, and be the same. What is added
# is no change.
#
#   scripts/abi.sh            compare
#   scripts/abi.sh --renew    write abi/ anew, after an addition or an intended break
#
# abidw and abidiff (Debian: abigail-tools) read types from debug information, and do not
# know Rust's. So they are shown the header, as a library in C with every function that it
# declares; that the header is true is held by the compiler and cbindgen, and here the
# built library is asked for each function.

set -u
root=$(cd "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd) || exit
# shellcheck source=scripts/lib.sh
. "$root/scripts/lib.sh"
# shellcheck source=scripts/report.sh
. "$root/scripts/report.sh"
subject="the ABI is the one that was promised"

baseline=$root/abi work=$root/target/abi header=$root/include/watchdog.h

# in_c HEADER: $work/watchdog.so, of C, and its description, $work/watchdog.abi.
in_c() {
    gcc -x c -fsyntax-only -aux-info "$work/prototypes" "$1" &&
        {
            echo "#include \"$1\""
            sed -n 's/.*watchdog\.h:.* extern \(.*\);.*/\1 { __builtin_trap(); }/p' "$work/prototypes"
        } >"$work/watchdog.c" &&
        gcc -std=gnu2x -g -gdwarf-4 "-ffile-prefix-map=$root=." -O0 -w -fPIC -shared -o "$work/watchdog.so" "$work/watchdog.c" &&
        abidw --no-corpus-path --no-show-locs --no-comp-dir-path --out-file "$work/watchdog.abi" "$work/watchdog.so"
}

# The constants of a header, but for its version.
constants() {
    gcc -x c -E -dM "$1" | sed -n '/^#define WD_VERSION/d; s/^#define \(WD_[A-Z_0-9]* .\)/\1/p' | LC_ALL=C sort
}

# The functions of a description.
functions() { sed -n "s/.*<elf-symbol name='\(wd_[a-z_]*\)' type='func-type'.*/\1/p" "$1"; }

# is_kept HEADER: what was promised is in it.
is_kept() {
    in_c "$1" && abidiff --no-added-syms "$baseline/watchdog.abi" "$work/watchdog.abi" &&
        [ -z "$(LC_ALL=C comm -23 "$baseline/watchdog.constants" <(constants "$1"))" ]
}

# notices WHAT SED: a header changed so is noticed.
notices() {
    mkdir -p "$work/broken"
    sed "$2" "$header" >"$work/broken/watchdog.h"
    if cmp -s "$header" "$work/broken/watchdog.h" || is_kept "$work/broken/watchdog.h" >/dev/null; then
        fail "it is noticed when $1"
    else
        pass "it is noticed when $1"
    fi
}

[ "$(uname -sm)" = "Linux x86_64" ] || skip "the promise is kept for Linux on x86-64"
ensure_tools abidw abidiff gcc nm || skip "$MISSING"
mkdir -p "$work" "$baseline" && cd "$root" || exit
if [ "${1:-}" = --renew ]; then
    in_c "$header" && cp "$work/watchdog.abi" "$baseline/" && constants "$header" >"$baseline/watchdog.constants"
    exit
fi
if is_kept "$header"; then
    pass "types, functions and constants of the header are those that were promised"
else
    LC_ALL=C diff "$baseline/watchdog.constants" <(constants "$header")
    fail "types, functions and constants of the header are those that were promised"
fi
if cargo build --locked --lib &&
    nm -D --defined-only -f posix "${CARGO_TARGET_DIR:-target}/debug/libwatchdog.so" | cut -d ' ' -f 1 |
    LC_ALL=C sort >"$work/exported" &&
    lacking=$(LC_ALL=C comm -23 <(functions "$baseline/watchdog.abi" | LC_ALL=C sort) "$work/exported") &&
    [ -z "$lacking" ]; then
    pass "the library has every function that was promised"
else
    fail "the library has every function that was promised: not ${lacking:-built}"
fi
notices "a function is gone" 's/wd_pause(/wd_stop_for_now(/'
notices "a parameter is another one" 's/wd_start_thread(wd_watchdog \*wd, int32_t/wd_start_thread(wd_watchdog *wd, int64_t/'
notices "what a callback is called with changes" 's/(\*wd_callback)(void \*/(*wd_callback)(int, void */'
notices "what a function returns changes" 's/typedef int32_t wd_status/typedef int64_t wd_status/'
notices "a field of a struct changes" 's/    uint64_t unfed_ms;/    uint32_t unfed_ms;/'
notices "a constant changes" 's/#define WD_EXPIRED 1/#define WD_EXPIRED 2/'
end
