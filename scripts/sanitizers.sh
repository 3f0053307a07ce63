#!/usr/bin/env bash
# The tests in C that are about threads and memory, with the library itself watched:
#
#   scripts/sanitizers.sh thread [ROUNDS]     ThreadSanitizer, standard library included
#   scripts/sanitizers.sh helgrind [ROUNDS]   valgrind's helgrind
#   scripts/sanitizers.sh address [ROUNDS]    AddressSanitizer and LeakSanitizer
#   scripts/sanitizers.sh realtime [ROUNDS]   RealtimeSanitizer: what feeds neither waits
#                                             nor allocates
#
# A round takes some ten seconds after the build; 1000 are for a night. Each first shows
# that it would tell: see proofs/sanitizers.

set -u
root=$(cd "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd) || exit
# shellcheck source=scripts/lib.sh
. "$root/scripts/lib.sh"
# shellcheck source=scripts/report.sh
. "$root/scripts/report.sh"

kind=${1:-} rounds=${2:-1}
subject="$kind"
work=$root/target/sanitizers/$kind
proofs=$root/proofs/sanitizers
triple=x86_64-unknown-linux-gnu
library=$work/$triple/release/libwatchdog.a
tests=(tests/c/test_stress tests/c/test_threads tests/c/test_owned tests/c/test_callback tests/c/test_handles)
instrument=-fsanitize=$kind extra=() under=()

# The runtime is gcc's, by which the programs are linked. Without --target the flags would
# reach build scripts, too.
flags="-Zsanitizer=$kind -Zexternal-clangrt -Cforce-frame-pointers=yes -Cunsafe-allow-abi-mismatch=sanitizer"
build=(rustc --locked --release --lib --crate-type=staticlib --target "$triple" --target-dir "$work"
    --config 'profile.release.lto=false' --config 'profile.release.codegen-units=16')

build_thread() {
    extra=("$proofs/tsan_memory.c")
    ensure_cross_rust || skip "$MISSING"
    RUSTFLAGS=$flags scripts/cross-cargo "${build[@]}"
}

# Helgrind knows the locks of pthreads and takes all that a futex protects for races: the
# standard library gets those that it has on other Unixes. Not optimised, for the accesses
# that are atomic are told by the name of the function: proofs/sanitizers/helgrind.supp.
build_helgrind() {
    local source
    instrument='' under=(valgrind -q --tool=helgrind --fair-sched=yes --error-exitcode=99 --error-limit=no
        "--suppressions=$proofs/helgrind.supp")
    export WD_TEST_VALGRIND=1
    tests=(tests/c/test_stress tests/c/test_owned tests/c/test_callback) # others take minutes
    ensure_tools valgrind && ensure_cross_rust || skip "$MISSING"
    source=$work/library-$(/usr/bin/rustc --version | cut -d ' ' -f 2) # of another it compiles for ever
    if [ ! -e "$source" ]; then
        rm -rf "$source.new"
        cp -r /usr/lib/rustlib/src/rust/library "$source.new" &&
            sed -i '/^ *target_os = "linux",$/d' "$source.new"/std/src/sys/{sync/*,pal/unix/sync}/mod.rs &&
            mv "$source.new" "$source" || return
    fi
    # Cargo has no other way to be given another source.
    __CARGO_TESTS_ONLY_SRC_ROOT=$source scripts/cross-cargo "${build[@]}" --config 'profile.release.opt-level=0'
}

# The functions of the C library tell, so the library is as it is shipped.
build_realtime() {
    local runtime
    instrument='' tests=()
    runtime=$(find "$(rustc --print sysroot)/lib/rustlib/$triple/lib" -name 'librustc-*_rt.rtsan.a' | head -n 1)
    [ -n "$runtime" ] || skip "no runtime of it in this Rust; rustup's have it since 1.88"
    # shellcheck disable=SC2054  # the commas are the linker's
    extra=(-Wl,--whole-archive "$runtime" -Wl,--no-whole-archive)
    cargo "${build[@]}"
}

# What is not the library's own is not instrumented, which hides nothing of it.
build_address() { RUSTC_BOOTSTRAP=1 RUSTFLAGS=$flags cargo "${build[@]}"; }

# program SOURCE: builds it into $work/programs.
program() {
    local name
    name=$(basename "$1" .c)
    gcc -std=gnu11 -O1 -g -fno-omit-frame-pointer $instrument -I"$root/include" -o "$work/programs/$name" \
        "$1" "$library" "${extra[@]}" -pthread -ldl -lm -lrt -lgcc_s
}

# What a program printed, so that it does not count as this script's own.
shown() { sed 's/^/  | /' "$1"; }

# tells SOURCE ARGUMENT WORDS: the sanitizer reports with these words.
tells() {
    local name
    name=$(basename "$1" .c)
    if "${under[@]}" "$work/programs/$name" "$2" >"$work/control.log" 2>&1 || ! grep -q "$3" "$work/control.log"; then
        shown "$work/control.log"
        fail "$kind: a control is reported ($name $2)"
    else
        pass "$kind: a control is reported ($name $2)"
    fi
}

# silent SOURCE [ARGUMENT]: the program succeeds and nothing is reported.
silent() {
    local name round
    name=$(basename "$1" .c)
    for ((round = 1; round <= rounds; round++)); do
        if ! timeout -k 5 300 "${under[@]}" "$work/programs/$name" "${@:2}" >"$work/run.log" 2>&1; then
            shown "$work/run.log"
            fail "$kind: $name is clean (round $round)"
            return
        fi
    done
    pass "$kind: $name is clean${2:+ ($2)}"
}

[ "$(uname -sm)" = "Linux x86_64" ] || skip "only for Linux on x86-64"
case $kind in
    thread | helgrind) control=control_race.c wrong=(racy) right=waits words="data race" ;;
    address) control=control_leak.c wrong=(forgotten) right=owned words="detected memory leaks" ;;
    realtime) control=realtime.c wrong=(allocates waits) right=feeds words="RealtimeSanitizer: unsafe" ;;
    *) die "which? thread, helgrind, address or realtime" ;;
esac
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
export TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1
cd "$root" && mkdir -p "$work/programs" || exit
"build_$kind" || { fail "$kind: the library builds" && end; }
for source in "$proofs/$control" "${tests[@]/%/.c}"; do
    program "$source" || { fail "$source builds" && end; }
done
for argument in "${wrong[@]}"; do tells "$control" "$argument" "$words"; done
silent "$control" "$right"
for name in "${tests[@]}"; do silent "$name"; done
end
