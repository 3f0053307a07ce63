#!/usr/bin/env bash
# resource_monitor: processes that really burn every core, and memory that is in use.
# Usage: resource_monitor.sh PROGRAM
PROGRAM=$1
# shellcheck source=tests/examples/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

BURNERS=()

tidy_up() {
    local burner
    for burner in "${BURNERS[@]}"; do
        kill -KILL "$burner" && wait "$burner"
    done 2>/dev/null
    BURNERS=()
}

burn_every_core() {
    local core
    for ((core = 0; core < $(nproc); core++)); do
        while :; do :; done &
        BURNERS+=("$!")
    done
}

burning_cores_raise_an_alarm_that_ends_with_them() {
    burn_every_core
    launch --cpu 70 --cpu-timeout 300ms --memory 100 --every 50ms --interval 0
    await "CPU +[0-9.]+ %, memory +[0-9.]+ %" || return 1
    await "ALARM: CPU has not been under 70 % for [0-9]{3,} ms" || return 1
    tidy_up
    # Others may keep this machine busy: that is not this program's failure.
    if ! await "RELIEF: CPU is under 70 % again"; then
        skip "the machine did not come to rest"
    fi
    [ "$(lines 'ALARM: memory')" = 0 ] && leaves INT 130
}

memory_in_use_over_the_threshold_raises_an_alarm() {
    launch --memory 1 --memory-timeout 200ms --cpu-timeout 60s --every 20ms --interval 100ms
    await "ALARM: memory has not been under 1 % for [0-9]{3,} ms" && await "ALARM: memory" || return 1
    [ "$(lines 'RELIEF|ALARM: CPU')" = 0 ] && leaves TERM 130
}

figures_under_their_thresholds_are_no_alarm() {
    launch --memory 100 --memory-timeout 5s --cpu-timeout 60s --every 50ms
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        await "CPU +[0-9.]+ %, memory +[0-9.]+ %" || return 1
    done
    [ "$(lines ALARM)" = 0 ] && leaves INT 130
}

run_tests burning_cores_raise_an_alarm_that_ends_with_them \
    memory_in_use_over_the_threshold_raises_an_alarm \
    figures_under_their_thresholds_are_no_alarm
