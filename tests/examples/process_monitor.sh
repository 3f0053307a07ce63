#!/usr/bin/env bash
# process_monitor: the watched program really ends, is killed, or falls silent.
# Usage: process_monitor.sh PROGRAM
PROGRAM=$1
# shellcheck source=tests/examples/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# A program that leaves its pid, and runs until it is killed or the file is gone.
cat_of_nine_lives() {
    cat >"$DIR/program" <<'SH'
echo $$ >>"$1/pids"
touch "$1/alive"
while [ -e "$1/alive" ]; do sleep 0.02; done
SH
}

# One that sends OSC messages as long as it may speak.
singer() {
    cat >"$DIR/program" <<'SH'
echo $$ >>"$1/pids"
touch "$1/voice"
exec 2>/dev/null
while :; do
    [ ! -e "$1/voice" ] || printf '/alive\0\0,\0\0\0' >"/dev/udp/127.0.0.1/$OSC_PORT"
    sleep 0.02
done
SH
}

has_pids() { [ "$(wc -l <"$DIR/pids")" -ge "$1" ]; }
pid() { sed -n "$1p" "$DIR/pids"; }

restarted() {
    await "started bash: pid" && until_true has_pids "$1" || return 1
    [ "$(pid "$1")" != "$(pid $(($1 - 1)))" ] && kill -0 "$(pid "$1")"
}

watch_program() {
    touch "$DIR/pids"
    launch --timeout 1s --every 20ms "$@" -- bash "$DIR/program" "$DIR"
    await "started bash: pid" && until_true test -s "$DIR/pids"
}

a_child_that_exits_is_gone_and_is_restarted() {
    cat_of_nine_lives
    watch_program || return 1
    until_true test -e "$DIR/alive" && rm "$DIR/alive"
    await "RESTART: pid $(pid 1) is gone" && restarted 2 && leaves INT 130 && until_true gone "$(pid 2)"
}

a_child_that_is_killed_is_gone_and_is_restarted() {
    cat_of_nine_lives
    watch_program || return 1
    kill -KILL "$(pid 1)"
    await "RESTART: pid $(pid 1) is gone" && restarted 2 || return 1
    kill -KILL "$(pid 2)"
    await "RESTART: pid $(pid 2) is gone" && restarted 3 && leaves TERM 130
}

a_child_that_stops_sending_does_not_answer_and_is_restarted() {
    singer
    watch_program --osc --port 0 --timeout 2s || return 1
    await "it answers: OSC message /alive" || return 1
    rm "$DIR/voice"
    await "RESTART: pid $(pid 1) does not answer" && restarted 2 && gone "$(pid 1)" || return 1
    await "it answers: OSC message /alive" && leaves INT 130 && until_true gone "$(pid 2)"
}

a_child_that_was_killed_sends_nothing_and_is_gone() {
    singer
    watch_program --osc --port 0 --timeout 2s || return 1
    await "it answers" || return 1
    kill -KILL "$(pid 1)"
    await "RESTART: pid $(pid 1) is gone" && restarted 2
}

a_child_that_does_not_want_to_end_is_killed() {
    cat >"$DIR/program" <<'SH'
trap '' TERM INT
echo $$ >>"$1/pids"
while :; do sleep 0.02; done
SH
    watch_program --osc --port 0 --patience 100ms || return 1
    await "RESTART: pid $(pid 1) does not answer" && restarted 2 && gone "$(pid 1)"
}

what_is_not_osc_is_no_sign_of_life() {
    cat >"$DIR/program" <<'SH'
echo $$ >>"$1/pids"
exec 2>/dev/null
while :; do
    printf 'hello\0\0\0' >"/dev/udp/127.0.0.1/$OSC_PORT"
    sleep 0.02
done
SH
    watch_program --osc --port 0 || return 1
    await "RESTART: pid $(pid 1) does not answer" && [ "$(lines "it answers")" = 0 ]
}

# named NAME: runs a program of that name; its pid is in NAMED.
named() {
    cp "$(command -v sleep)" "$DIR/$1"
    "$DIR/$1" 1000 &
    NAMED=$!
    until_true is_named "$1"
}

is_named() { [ "$(readlink "/proc/$NAMED/exe")" = "$DIR/$1" ]; }

tidy_up() {
    [ -z "${NAMED:-}" ] || { kill -KILL "$NAMED" && wait "$NAMED"; }
    NAMED=
} 2>/dev/null

a_program_is_found_by_its_name() {
    local name=wd_named_$$ first
    named "$name" && first=$NAMED
    launch --timeout 1s --every 20ms --name "$name" -- "$DIR/$name" 1000
    await "found $name: pid $first" || return 1
    tidy_up
    await "RESTART: pid $first is gone" && await "started $DIR/$name: pid " || return 1
    kill -0 "${LINE##* }" && leaves INT 130 && until_true gone "${LINE##* }"
}

a_program_found_by_name_is_left_running() {
    local name=wd_left_$$
    named "$name" || return 1
    launch --timeout 60s --every 20ms --name "$name"
    await "found $name: pid $NAMED" && leaves INT 130 && kill -0 "$NAMED"
}

a_program_that_cannot_be_started_is_tried_again() {
    launch --timeout 100ms --every 20ms -- "$DIR/later"
    await "cannot start $DIR/later: No such file" && await "cannot start $DIR/later" || return 1
    printf '#!/bin/sh\nexec sleep 1000\n' >"$DIR/part" && chmod +x "$DIR/part" && mv "$DIR/part" "$DIR/later"
    await "started $DIR/later" && leaves INT 130
}

run_tests a_child_that_exits_is_gone_and_is_restarted \
    a_child_that_is_killed_is_gone_and_is_restarted \
    a_child_that_stops_sending_does_not_answer_and_is_restarted \
    a_child_that_was_killed_sends_nothing_and_is_gone \
    a_child_that_does_not_want_to_end_is_killed \
    what_is_not_osc_is_no_sign_of_life \
    a_program_is_found_by_its_name \
    a_program_found_by_name_is_left_running \
    a_program_that_cannot_be_started_is_tried_again
