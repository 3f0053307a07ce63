#!/usr/bin/env bash
# multilevel: lines that stop and come again between each two levels.
# Usage: multilevel.sh PROGRAM
PROGRAM=$1
# shellcheck source=tests/examples/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# What is written to descriptor 4 is the program's input.
open_input() {
    INPUT=$DIR/input
    mkfifo "$INPUT" && launch "$@" && exec 4>"$INPUT" && await "watching"
}

tidy_up() { exec 4>&-; }

# The levels are far enough apart that a feed comes between them on any machine.
each_level_is_reached_and_left() {
    local line=1
    open_input --warning 200ms --critical 3s --emergency 6s || return 1
    for level in WARNING CRITICAL EMERGENCY; do
        echo "line $line" >&4
        await "1 line, fed" && await "$level: no sign of life for [0-9]{3,} ms" || return 1
        echo "line $((line + 1))" >&4
        await "RECOVERED from $level" || return 1
    done
    [ "$(lines 'WARNING: ')" -ge 3 ] && [ "$(lines 'CRITICAL: ')" = 2 ] &&
        [ "$(lines 'EMERGENCY: ')" = 1 ] && leaves INT 130
}

nothing_happens_while_lines_come() {
    open_input --warning 20s --critical 30s --emergency 40s || return 1
    for _ in 1 2 3 4 5; do
        echo "still here" >&4
        await "1 line, fed" || return 1
    done
    [ "$(lines 'WARNING|RECOVERED')" = 0 ] && leaves TERM 130
}

it_ends_with_its_input() {
    open_input || return 1
    exec 4>&-
    await "the input has ended" && ends 0
}

run_tests each_level_is_reached_and_left nothing_happens_while_lines_come it_ends_with_its_input
