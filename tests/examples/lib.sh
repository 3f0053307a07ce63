# shellcheck shell=bash
# What the tests of the example programs share. A test is a function that returns
# whether its promise holds; it starts a program, awaits what that prints, breaks
# something for real, and awaits again. Nothing is asked to be punctual.
#
#   PROGRAM=…/process_monitor
#   a_promise() { launch --timeout 300ms && await "started"; }
#   run_tests a_promise
#
# Prints "ok - …", "not ok - …" or "skip - …: reason" for each, and the numbers last.

set -u
: "${PROGRAM:?the program to test}"
[ -x "$PROGRAM" ] || { echo "there is no $PROGRAM" >&2 && exit 1; }

# Programs for another system are run by an emulator: those for Windows by Wine, which passes
# an interrupt on as Ctrl-C, and knows no other request to end.
read -ra EMULATOR <<<"${WD_TEST_EMULATOR:-}"
WINDOWS=
[[ $PROGRAM != *.exe ]] || WINDOWS=yes

GUARD_S=40 # long enough for any machine that has not hung: a guard, never a measure

# launch ARGUMENT…: starts the program; what it prints is in $LOG.
launch() {
    "${BEFORE[@]}" "${EMULATOR[@]}" "$PROGRAM" "$@" >"$LOG" 2>&1 <"${INPUT:-/dev/null}" &
    PID=$!
    SEEN=0
}

# until_true COMMAND…: waits until it succeeds.
until_true() {
    local end=$((SECONDS + GUARD_S))
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || { echo "waited in vain for: $*" >&2 && return 1; }
        sleep 0.02
    done
}

# await REGEX: waits for a line that matches, after the one awaited before.
await() { until_true has_line "$1"; }

has_line() {
    local line
    line=$(tail -n "+$((SEEN + 1))" "$LOG" | tr -d '\r' | grep -n -m 1 -E -e "$1") || return 1
    SEEN=$((SEEN + ${line%%:*})) LINE=${line#*:}
}

# lines REGEX: how many lines match, from the beginning.
lines() { tr -d '\r' <"$LOG" | grep -c -E -e "$1"; }

# native PATH: as the program calls it.
native() { if [ -n "$WINDOWS" ]; then echo "Z:${1//\//\\}"; else echo "$1"; fi; }

# ask_to_end SIGNAL
ask_to_end() {
    if [ -n "$WINDOWS" ]; then
        kill -INT "$(quiet_thread)"
    else
        kill "-$1" "$PID"
    fi
}

# Wine starts a thread in its handler of SIGINT, and hangs where the interrupted one was about
# to fork. The library's own thread never is; without it the program starts no others.
quiet_thread() {
    local file thread=$PID
    for file in "/proc/$PID/task/"*/comm; do
        if [ "$(cat "$file")" = watchdog ]; then
            thread=${file%/comm}
        fi
    done 2>/dev/null
    echo "${thread##*/}"
}

# leaves SIGNAL CODE: the program ends at that signal, with that exit code.
leaves() {
    ask_to_end "$1" && ends "$2"
}

# ends CODE: the program ends by itself, with that exit code.
ends() {
    local code=0
    until_true ended || return 1
    wait "$PID" || code=$?
    PID=
    [ "$code" = "$1" ] || { echo "exit code $code, expected $1" >&2 && return 1; }
}

ended() { ! kill -0 "$PID" 2>/dev/null; }

# exists PID, gone PID, slay PID: of a program that wrote down its own pid; for Windows that is
# not what this shell calls it. By $WD_TEST_CHILD.
exists() { child exists "$1"; }
gone() { ! child exists "$1"; }
slay() { child kill "$1"; }
child() { "${EMULATOR[@]}" "$WD_TEST_CHILD" "$@" >/dev/null 2>&1; }

# skip REASON: the test returns after it.
skip() { SKIP=$1; }

# run_tests NAME…: each has a folder of its own in $DIR, and may define tidy_up.
run_tests() {
    local passed=0 failed=0 skipped=0 name
    for name; do
        # shellcheck disable=SC2034  # LINE is read by the tests
        DIR=$(mktemp -d) LOG=$DIR/log PID='' SKIP='' SEEN=0 LINE='' INPUT='' BEFORE=()
        : >"$LOG"
        if ! "$name"; then
            failed=$((failed + 1))
            sed 's/^/    /' "$LOG" >&2
            echo "not ok - $name"
        elif [ -n "$SKIP" ]; then
            skipped=$((skipped + 1))
            echo "skip - $name: $SKIP"
        else
            passed=$((passed + 1))
            echo "ok - $name"
        fi
        if [ -n "$PID" ]; then
            ask_to_end TERM
            until_true ended || kill -KILL "$PID"
            wait "$PID"
        fi 2>/dev/null
        tidy_up
        rm -rf "$DIR"
    done
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ] || exit 1
    [ "$passed" -gt 0 ] || exit 77
}

tidy_up() { :; }
