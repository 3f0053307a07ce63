#!/usr/bin/env bash
# robust: what it checks is a file that is really removed; recoveries that fail and work.
# Usage: robust.sh PROGRAM
PROGRAM=$1
# shellcheck source=tests/examples/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

watch() {
    touch "$DIR/alive"
    launch --check "test -e '$DIR/alive'" --every 20ms --timeout 1s --interval 100ms \
        --shutdown "touch '$DIR/in-good-order'" "$@"
    await "healthy"
}

# The loop and the recovery speak in either order.
healthy_times() { [ "$(lines ' healthy$')" -ge "$1" ]; }

break_it() { rm "$DIR/alive" && await "the check fails"; }

a_recovery_that_fails_three_times_ends_in_a_shutdown() {
    watch --recover "echo tried >>'$DIR/tries'; exit 7" && break_it || return 1
    for attempt in 1 2 3; do
        await "RECOVERY: attempt $attempt of 3" || return 1
        await "attempt $attempt failed: the recovery has exit code 7" || return 1
    done
    await "EMERGENCY: 3 attempts failed, shutting down" && await "shut down" && ends 4 || return 1
    [ -e "$DIR/in-good-order" ] && [ "$(wc -l <"$DIR/tries")" = 3 ]
}

a_recovery_that_works_the_second_time_begins_to_count_anew() {
    # Makes the file at every second try.
    cat >"$DIR/recover" <<'SH'
echo tried >>"$1/tries"
[ $(($(wc -l <"$1/tries") % 2)) = 0 ] && touch "$1/alive"
SH
    watch --recover "sh '$DIR/recover' '$DIR'" || return 1
    for time in 1 2; do
        break_it && await "RECOVERY: attempt 1 of 3" && await "attempt 1 failed" || return 1
        await "RECOVERY: attempt 2 of 3" && await "RECOVERED at attempt 2" || return 1
        until_true healthy_times $((time + 1)) || return 1
    done
    [ "$(lines EMERGENCY)" = 0 ] && [ ! -e "$DIR/in-good-order" ] && leaves INT 130
}

a_recovery_that_repairs_nothing_has_failed() {
    watch --recover true --attempts 2 && break_it || return 1
    await "attempt 1 failed: the check still fails" && await "attempt 2 failed" && ends 4
}

a_recovery_that_hangs_has_failed() {
    watch --recover "sleep 1000" --attempts 1 --limit 200ms && break_it || return 1
    await "attempt 1 failed: the recovery did not end in time" && ends 4
}

run_tests a_recovery_that_fails_three_times_ends_in_a_shutdown \
    a_recovery_that_works_the_second_time_begins_to_count_anew \
    a_recovery_that_repairs_nothing_has_failed \
    a_recovery_that_hangs_has_failed
