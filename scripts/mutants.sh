#!/usr/bin/env bash
# Whether the tests would notice: takes one mechanism after another out of a copy of the
# library, in target/mutants, and runs the test that docs/guarantees.md names for it. "ok"
# means that the test failed, as it has to.
#
#   scripts/mutants.sh                 all: a quarter of an hour
#   scripts/mutants.sh --smoke         a few, for ./test
#   scripts/mutants.sh --list          their names, each with its test
#   scripts/mutants.sh NAME…           those whose names contain one of these
#
# Each test is first run with nothing taken out, and must pass; where that skips it, its
# mutants are skipped. A mutant that does not apply or does not build is a failure.

set -u
root=$(cd "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd) || exit
# shellcheck source=scripts/lib.sh
. "$root/scripts/lib.sh"
# shellcheck source=scripts/report.sh
. "$root/scripts/report.sh"
subject="the tests notice what is taken out"

work=$root/target/mutants tree=$root/target/mutants/tree
SMOKE=("a stop shows in the monitor's sleep" "a worker looks once more")
declare -A CONTROL
WANTED=() LIST=

# A failing test need not wait as long as a passing one.
export WD_TEST_HANG_S=40 WD_TEST_PRELOAD_DIR=$work/c
unset WATCHDOG_SEEDS WATCHDOG_SEED WATCHDOG_CLOCK
HANG_MS=10000

# Neither the programs' names nor the time it takes to optimise matter here.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=0
export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_INCREMENTAL=true
export CARGO_NET_OFFLINE=true

# ---- the copy ------------------------------------------------------------------------

# The tree without what its own tests do not need.
prepare_tree() {
    mkdir -p "$tree" "$work/c" && restore || return
    cp -r "$root/include" "$root/Cargo.lock" "$root/README.md" "$tree/" || return
    mkdir -p "$tree/proofs" && cp -r "$root/proofs/loom" "$tree/proofs/" || return
    # Of what only tests need, proptest alone; Cargo.lock loses the rest by itself.
    awk '/^\[\[bench\]\]/ { drop = 1 } /^\[/ && !/^\[\[bench\]\]/ { drop = 0 }
        !drop && !/^(cbindgen|criterion) *=/' "$root/Cargo.toml" >"$tree/Cargo.toml"
    grep -q '^\[workspace\]' "$tree/Cargo.toml" || printf '\n[workspace]\n' >>"$tree/Cargo.toml"
}

# What a mutant has changed becomes what it was; cargo goes by the time of a file.
restore() {
    local file
    (cd "$root" && find src build.rs -type f) | while read -r file; do
        mkdir -p "$(dirname "$tree/$file")"
        cmp -s "$root/$file" "$tree/$file" || cp "$root/$file" "$tree/$file" || return
    done
}

# ---- the tests -----------------------------------------------------------------------

# build KIND: what tests of this kind run with.
build() {
    cd "$tree" || return
    case $1 in
        c) cargo build --lib --release --target-dir "$work/build" ;;
        panic) cargo build --lib --release --features failpoints --target-dir "$work/failpoints" ;;
        rust) cargo test --lib --no-run --target-dir "$work/build" ;;
        loom) cargo build --manifest-path proofs/loom/Cargo.toml --target-dir "$work/loom" ;;
    esac >"$work/build.log" 2>&1
}

# The program of the C tests in tests/c/NAME.c, against the library of the copy.
c_program() {
    local flags=(-std=c11 -O1 -w -DHANG_MS="$HANG_MS" -I"$root/include") source
    for source in "$root"/tests/c/preload_*.c; do
        source=${source##*/}
        [ "$work/c/${source%.c}.so" -nt "$root/tests/c/$source" ] ||
            gcc "${flags[@]}" -fPIC -shared -o "$work/c/${source%.c}.so" "$root/tests/c/$source" -ldl -lpthread || return
    done
    gcc "${flags[@]}" -o "$work/c/$1" "$root/tests/c/$1.c" -L"$work/build/release" -Wl,--as-needed -lwatchdog \
        -Wl,-rpath,"$work/build/release" -lpthread -ldl
}

# run KIND PROGRAM TEST: 0 when it passed, 1 when it failed, 77 when it was skipped.
run() {
    local kind=$1 program=$2 name=$3 log=$work/run.log
    case $kind in
        c | panic)
            WD_TEST_LIBRARY=$work/build/release/libwatchdog.so \
                WD_TEST_PANIC_LIBRARY=$work/failpoints/release/libwatchdog.so \
                timeout -k 5 100 "$work/c/$program" "$name" >"$log" 2>&1 </dev/null
            if grep -q "^ok - $name\$" "$log" && grep -q '^1 passed, 0 failed' "$log"; then return 0; fi
            if grep -q "^skip - $name:" "$log"; then return 77; fi
            return 1
            ;;
        rust)
            (cd "$tree" && timeout -k 5 200 cargo test --lib --target-dir "$work/build" -- --exact "$name") >"$log" 2>&1 </dev/null
            grep -q '^test result: ok\. 1 passed' "$log"
            ;;
        loom)
            timeout -k 5 300 "$work/loom/debug/$program" "$name" >"$log" 2>&1 </dev/null
            grep -q "^ok - $name\$" "$log"
            ;;
    esac
}

# control KIND PROGRAM TEST: the same with nothing taken out, once.
control() {
    local key="$1 $2 $3" status
    if [ -z "${CONTROL[$key]:-}" ]; then
        restore && build "$1" || { cat "$work/build.log" && CONTROL[$key]=failed; }
        case $1 in c | panic) c_program "$2" || CONTROL[$key]=failed ;; esac
        if [ -z "${CONTROL[$key]:-}" ]; then
            run "$1" "$2" "$3"
            status=$?
            case $status in
                0) CONTROL[$key]=passed && pass "untouched: $2 $3" ;;
                77) CONTROL[$key]=skipped ;;
                *) CONTROL[$key]=failed && cat "$work/run.log" ;;
            esac
        fi
        [ "${CONTROL[$key]}" != failed ] || fail "untouched: $2 $3"
    fi
    [ "${CONTROL[$key]}" = passed ]
}

# ---- a mutant --------------------------------------------------------------------------

is_wanted() {
    local part
    [ ${#WANTED[@]} -gt 0 ] || return 0
    for part in "${WANTED[@]}"; do
        case $1 in *"$part"*) return 0 ;; esac
    done
    return 1
}

# mutant NAME KIND PROGRAM TEST FILE SED [FILE SED]…: without this, that test must fail. Each
# sed must change its file.
mutant() {
    local name=$1 kind=$2 program=$3 test=$4 began=$SECONDS
    shift 4
    is_wanted "$name" || return
    [ -z "$LIST" ] || { printf '%-58s %s %s\n' "$name" "$program" "$test" && return; }
    if ! control "$kind" "$program" "$test"; then
        if [ "${CONTROL["$kind $program $test"]}" = skipped ]; then
            echo "skip - $name: $program $test is skipped here" && skipped=$((skipped + 1))
        else
            fail "$name: its test does not pass even untouched"
        fi
        return
    fi
    restore
    while [ $# -gt 0 ]; do
        cp "$tree/$1" "$work/before" && sed -i -E "$2" "$tree/$1"
        if cmp -s "$work/before" "$tree/$1"; then
            fail "$name: does not apply to $1 any more"
            return
        fi
        shift 2
    done
    if ! build "$kind"; then
        cat "$work/build.log"
        fail "$name: does not build"
        return
    fi
    if run "$kind" "$program" "$test"; then
        fail "$name: $program $test did not notice"
    else
        pass "$name"
        echo "# noticed by $program $test, $((SECONDS - began)) s"
    fi
}

# ---- the command ----------------------------------------------------------------------

case ${1:-} in
    --smoke) WANTED=("${SMOKE[@]}") ;;
    --list) LIST=1 ;;
    -*) die "no option $1; see the head of this script" ;;
    *) WANTED=("$@") ;;
esac
if [ -z "$LIST" ]; then
    [ "$(uname -s)" = Linux ] || skip "the tests are those of Linux"
    ensure_tools gcc || skip "$MISSING"
    prepare_tree || die "the copy in $tree could not be made"
fi
# shellcheck source=scripts/mutants-list.sh
. "$root/scripts/mutants-list.sh"
[ -n "$LIST" ] || end
