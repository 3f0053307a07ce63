#!/usr/bin/env bash
# Ctrl-C, once a line is there that matches.
# Usage: ctrl_c.sh PROGRAM REGEX [ARGUMENT…]
PROGRAM=$1 LINE_BEFORE=$2 ARGUMENTS=("${@:3}")
# shellcheck source=tests/examples/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

it_leaves_on_ctrl_c() {
    launch "${ARGUMENTS[@]}"
    await "$LINE_BEFORE" && leaves INT 130 && await "Ctrl-C: leaving"
}

run_tests it_leaves_on_ctrl_c
