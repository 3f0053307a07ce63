# shellcheck shell=bash
# How ./test runs its parts and counts. A part is a function part_NAME that runs
# with its output in target/test-logs/NAME.log and reports through need,
# skip_part, check, counted, counted_cargo and counted_ctest. Each test becomes
# one line of NAME.results: "ok", "fail" or "skip", a tab, the name, and for a
# skip another tab and the reason.

: "${root:?}" "${LOGS:?}"
declare -A PART_LIMIT PART_ABOUT PARTS_OF
GROUPS_OF_PARTS=()

# group NAME: of the parts that follow.
group() {
    GROUP=$1
    GROUPS_OF_PARTS+=("$1")
}

# part NAME SECONDS WORDS: SECONDS is when the part is ended as hung.
part() {
    PARTS_OF[$GROUP]+="$1 "
    PART_LIMIT[$1]=$2
    PART_ABOUT[$1]=$3
}

# ---- for the inside of a part -----------------------------------------------

result() {
    local IFS=$'\t'
    printf '%s\n' "$*" >>"$RESULTS"
}

skip_part() {
    result skip "$PART" "$1"
    exit 77
}

need() { ensure_tools "$@" || skip_part "$MISSING"; }

# need_component NAME COMPONENT: what `cargo NAME` needs besides cargo.
need_component() {
    [ "$(command -v cargo)" != /usr/bin/cargo ] || need "cargo-$1"
    cargo "$1" --version || skip_part "no $2 for this cargo; run 'rustup component add $2'"
}

# check NAME COMMAND…: one test, passed when the command succeeds.
check() {
    local name=$1
    shift
    echo "+ $*"
    if "$@" 3>&-; then result ok "$name"; else result fail "$name"; fi
}

# counted NAME COMMAND…: a program that prints "ok - …", "not ok - …",
# "skip - …: reason" and last "N passed, N failed, N skipped".
counted() {
    local name=$1
    shift
    count_with count-programs.awk -v plain="$name" -- "$@"
}

# counted_cargo COMMAND…: cargo test; a test that prints "skip - name: reason"
# counts as skipped.
counted_cargo() { count_with count-cargo.awk -- "$@" 3>&-; }

# counted_ctest FOLDER [CTEST'S OPTIONS]: every program prints what counted
# expects; one that prints none of it is a single test.
counted_ctest() {
    count_with count-programs.awk -- ctest --test-dir "$@" \
        --verbose --no-tests=error --timeout 300 3>&-
}

# count_with PROGRAM [AWK'S OPTIONS] -- COMMAND…: runs the command and turns what
# it adds to the log into results. No pipe: a process that outlives the command
# would hold it open.
count_with() {
    local program=$root/scripts/$1 options=() status=0 log=$LOGS/$PART.log before
    shift
    while [ "$1" != -- ]; do options+=("$1") && shift; done
    shift
    echo "+ $*"
    before=$(wc -c <"$log")
    "$@" 2>&1 || status=$?
    tail -c "+$((before + 1))" "$log" |
        awk "${options[@]}" -v status="$status" -f "$program" >>"$RESULTS"
}

# ---- the outside ------------------------------------------------------------

# The inside of one part, a process of its own.
inside_part() {
    PART=$1 RESULTS=$LOGS/$1.results
    cd "$root" || exit
    set -e
    "part_$PART"
}

# What a person needs first of the log of a part that failed.
excerpt() {
    local around='not ok - |: failed: |panicked at|^---- .* stdout ----|ERROR: |^[0-9]*:? ?==[0-9]+== [A-Z]|\*\*\*|^error|^CMake Error'
    grep -E -B 2 -A 6 -e "$around" "$1" | head -n 60
    echo "--"
    tail -n 15 "$1"
}

# run_part NAME: adds to PASSED, FAILED and SKIPPED.
run_part() {
    local name=$1 began=$SECONDS status=0 log=$LOGS/$1.log results=$LOGS/$1.results
    local passed failed skipped
    say "$name: ${PART_ABOUT[$name]}"
    : >"$results"
    # timeout makes a process group of its own, so that nothing outlives a part.
    timeout -k 10 "${PART_LIMIT[$name]}" "$BASH" "$root/test" --inside "$name" \
        >"$log" 2>&1 </dev/null &
    CURRENT=$!
    wait "$CURRENT" || status=$?
    kill -KILL -- "-$CURRENT" 2>/dev/null
    CURRENT=
    case $status in
        0 | 77) ;;
        124 | 137) printf 'fail\t%s: not done after %s s, ended\n' "$name" "${PART_LIMIT[$name]}" >>"$results" ;;
        *) grep -q '^fail' "$results" || printf 'fail\t%s: broke off with exit code %s\n' "$name" "$status" >>"$results" ;;
    esac
    [ -s "$results" ] || printf 'fail\t%s: ran no test\n' "$name" >>"$results"
    passed=$(grep -c '^ok' "$results")
    failed=$(grep -c '^fail' "$results")
    skipped=$(grep -c '^skip' "$results")
    if [ "$failed" -gt 0 ]; then
        say "  from $log:"
        excerpt "$log" | sed 's/^/  | /' >&3
    fi
    awk -F '\t' -v all="$VERBOSE" '
        $1 == "fail" { print "  FAILED: " $2 }
        $1 == "skip" { print "  skipped: " $2 ": " $3 }
        $1 == "ok" && all { print "  passed: " $2 }' "$results" >&3
    say "  $passed passed, $failed failed, $skipped skipped in $((SECONDS - began)) s"
    PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
}

run_parts() {
    local name
    PASSED=0 FAILED=0 SKIPPED=0 CURRENT=
    rm -f "$LOGS/apt.log" "$LOGS/apt-refused" "$LOGS/wanted-packages"
    trap 'exec 3>&2; [ -z "$CURRENT" ] || kill "$CURRENT" 2>/dev/null; say "interrupted"; exit 130' INT TERM HUP
    for name; do run_part "$name"; done
    if [ -e "$LOGS/wanted-packages" ]; then
        say "to run what was skipped, as root: apt-get install $(sort -u "$LOGS/wanted-packages" | paste -s -d ' ')"
    fi
    say "all of it took $((SECONDS / 60)) min $((SECONDS % 60)) s"
    say "$PASSED passed, $FAILED failed, $SKIPPED skipped"
    [ "$FAILED" = 0 ]
}
