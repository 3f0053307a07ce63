#!/usr/bin/env bash
# robust: what it checks is a file that is really removed; recoveries that fail and work.
# Usage: WD_TEST_CHILD=CHILD robust.sh PROGRAM
PROGRAM=$1
# shellcheck source=tests/examples/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
: "${WD_TEST_CHILD:?the program that repairs}"

# The same lines of shell, for sh and for cmd.exe.
if [ -n "$WINDOWS" ]; then
    check() { echo "if not exist \"$(native "$1")\" exit 1"; }
    make() { echo "type nul >\"$(native "$1")\""; }
    fail() { echo "echo tried>>\"$(native "$1")\"& exit 7"; }
    of_child() { echo "\"$(native "$WD_TEST_CHILD")\" $1 \"$(native "$DIR")\""; }
    NOTHING=ver
else
    check() { echo "test -e '$1'"; }
    make() { echo "touch '$1'"; }
    fail() { echo "echo tried >>'$1'; exit 7"; }
    of_child() { echo "${EMULATOR[*]} '$WD_TEST_CHILD' $1 '$DIR'"; }
    NOTHING=true
fi

watch() {
    touch "$DIR/alive"
    launch --check "$(check "$DIR/alive")" --every 20ms --timeout 1s --interval 100ms \
        --shutdown "$(make "$DIR/in-good-order")" "$@"
    await "healthy"
}

# The loop and the recovery speak in either order.
healthy_times() { [ "$(lines ' healthy$')" -ge "$1" ]; }

break_it() { rm "$DIR/alive" && await "the check fails"; }

a_recovery_that_fails_three_times_ends_in_a_shutdown() {
    watch --recover "$(fail "$DIR/tries")" && break_it || return 1
    for attempt in 1 2 3; do
        await "RECOVERY: attempt $attempt of 3" || return 1
        await "attempt $attempt failed: the recovery has exit code 7" || return 1
    done
    await "EMERGENCY: 3 attempts failed, shutting down" && await "shut down" && ends 4 || return 1
    [ -e "$DIR/in-good-order" ] && [ "$(wc -l <"$DIR/tries")" = 3 ]
}

a_recovery_that_works_the_second_time_begins_to_count_anew() {
    watch --recover "$(of_child repairs)" || return 1
    for time in 1 2; do
        break_it && await "RECOVERY: attempt 1 of 3" && await "attempt 1 failed" || return 1
        await "RECOVERY: attempt 2 of 3" && await "RECOVERED at attempt 2" || return 1
        until_true healthy_times $((time + 1)) || return 1
    done
    [ "$(lines EMERGENCY)" = 0 ] && [ ! -e "$DIR/in-good-order" ] && leaves INT 130
}

a_recovery_that_repairs_nothing_has_failed() {
    watch --recover "$NOTHING" --attempts 2 && break_it || return 1
    await "attempt 1 failed: the check still fails" && await "attempt 2 failed" && ends 4
}

a_recovery_that_hangs_has_failed() {
    watch --recover "$(of_child insists)" --attempts 1 --limit 3s && break_it || return 1
    await "attempt 1 failed: the recovery did not end in time" && ends 4 || return 1
    until_true gone "$(cat "$DIR/pids")" # though it was the shell's child
}

run_tests a_recovery_that_fails_three_times_ends_in_a_shutdown \
    a_recovery_that_works_the_second_time_begins_to_count_anew \
    a_recovery_that_repairs_nothing_has_failed \
    a_recovery_that_hangs_has_failed
