#!/usr/bin/env bash
# process_monitor: the watched program really ends, is killed, or falls silent.
# Usage: WD_TEST_CHILD=CHILD process_monitor.sh PROGRAM
PROGRAM=$1
# shellcheck source=tests/examples/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
: "${WD_TEST_CHILD:?the program to watch}"

# How the monitor starts it.
CHILD=("${EMULATOR[@]}" "$WD_TEST_CHILD")
[ -z "$WINDOWS" ] || CHILD=("$(native "$WD_TEST_CHILD")")

has_pids() { [ "$(wc -l <"$DIR/pids")" -ge "$1" ]; }
pid() { sed -n "$1p" "$DIR/pids"; }

restarted() {
    await "started .*: pid" && until_true has_pids "$1" || return 1
    [ "$(pid "$1")" != "$(pid $(($1 - 1)))" ] && exists "$(pid "$1")"
}

# watch_program MODE OPTION…
watch_program() {
    local mode=$1
    shift
    touch "$DIR/pids"
    launch --timeout 1s --every 20ms "$@" -- "${CHILD[@]}" "$mode" "$(native "$DIR")"
    await "started .*: pid" && until_true test -s "$DIR/pids"
}

a_child_that_exits_is_gone_and_is_restarted() {
    watch_program lives && rm "$DIR/alive" || return 1
    await "RESTART: pid $(pid 1) is gone" && restarted 2 && leaves INT 130 && until_true gone "$(pid 2)"
}

a_child_that_is_killed_is_gone_and_is_restarted() {
    watch_program lives && slay "$(pid 1)" || return 1
    await "RESTART: pid $(pid 1) is gone" && restarted 2 || return 1
    slay "$(pid 2)" && await "RESTART: pid $(pid 2) is gone" && restarted 3 && leaves TERM 130
}

a_child_that_stops_sending_does_not_answer_and_is_restarted() {
    watch_program sings --osc --port 0 --timeout 2s || return 1
    await "it answers: OSC message /alive" || return 1
    rm "$DIR/voice"
    await "RESTART: pid $(pid 1) does not answer" && restarted 2 && gone "$(pid 1)" || return 1
    await "it answers: OSC message /alive" && leaves INT 130 && until_true gone "$(pid 2)"
}

a_child_that_was_killed_sends_nothing_and_is_gone() {
    watch_program sings --osc --port 0 --timeout 2s && await "it answers" || return 1
    slay "$(pid 1)" && await "RESTART: pid $(pid 1) is gone" && restarted 2
}

a_child_is_asked_to_end_before_it_is_killed() {
    # From its next start on Wine has windows without a display; it knows no Ctrl-Break.
    [ -z "$WINDOWS" ] ||
        "${EMULATOR[@]}" reg add 'HKCU\Software\Wine\Drivers' /v Graphics /d null /f >/dev/null 2>&1
    watch_program obeys --patience 60s || return 1
    if [ -n "$WINDOWS" ]; then
        until_true test -e "$DIR/window" -o -e "$DIR/no-window"
        [ -e "$DIR/window" ] || { skip "Wine has no windows here yet" && return; }
    fi
    leaves INT 130 || return 1
    [ "$(cat "$DIR/obeyed")" = "$(pid 1)" ]
}

a_child_that_does_not_want_to_end_is_killed() {
    watch_program insists --osc --port 0 --patience 100ms || return 1
    await "RESTART: pid $(pid 1) does not answer" && restarted 2 && gone "$(pid 1)"
}

what_is_not_osc_is_no_sign_of_life() {
    watch_program mumbles --osc --port 0 || return 1
    await "RESTART: pid $(pid 1) does not answer" && [ "$(lines "it answers")" = 0 ]
}

# named NAME: runs a program of that name; its pid is in NAMED.
named() {
    cp "$WD_TEST_CHILD" "$DIR/$1${WINDOWS:+.exe}"
    touch "$DIR/pids"
    "${EMULATOR[@]}" "$DIR/$1${WINDOWS:+.exe}" lives "$(native "$DIR")" >/dev/null 2>&1 &
    disown
    until_true test -s "$DIR/pids" && NAMED=$(pid 1)
}

# What another system's programs are called, and that they can be started, an emulator like
# qemu does not hide.
is_its_own() {
    [ -n "$WINDOWS" ] || [ "${#EMULATOR[@]}" = 0 ] || { skip "a program is run by ${EMULATOR[0]} here" && return 1; }
}

a_program_is_found_by_its_name() {
    is_its_own || return 0
    local name=wd_named_$$
    named "$name" || return 1
    launch --timeout 1s --every 20ms --name "$name" -- "$(native "$DIR/$name")" lives "$(native "$DIR")"
    await "found $name: pid $NAMED" && slay "$NAMED" || return 1
    await "RESTART: pid $NAMED is gone" && restarted 2 && leaves INT 130 && until_true gone "$(pid 2)"
}

a_program_found_by_name_is_left_running() {
    is_its_own || return 0
    local name=wd_left_$$
    named "$name" || return 1
    launch --timeout 60s --every 20ms --name "$name"
    await "found $name: pid $NAMED" && leaves INT 130 && exists "$NAMED"
}

a_program_that_cannot_be_started_is_tried_again() {
    is_its_own || return 0
    launch --timeout 100ms --every 20ms -- "$(native "$DIR/later")" lives "$(native "$DIR")"
    await "cannot start .*later: No such file" && await "cannot start" || return 1
    cp "$WD_TEST_CHILD" "$DIR/part" && mv "$DIR/part" "$DIR/later${WINDOWS:+.exe}"
    await "started .*later: pid" && leaves INT 130
}

arguments_reach_the_program_whole() {
    launch -- "${CHILD[@]}" says plain 'a b' '' 'say "yes"' 'C:\folder\' 'C:\a b\' '\\"' '%PATH% $HOME *.c'
    for text in plain 'a b' '' 'say "yes"' 'C:\folder\' 'C:\a b\' '\\"' '%PATH% $HOME *.c'; do
        until_true has_argument "argument <$text>" || return 1
    done
    leaves INT 130
}

has_argument() { tr -d '\r' <"$LOG" | grep -qxF -e "$1"; }

tidy_up() {
    for NAMED in $(cat "$DIR/pids"); do
        slay "$NAMED"
    done
} 2>/dev/null

run_tests a_child_that_exits_is_gone_and_is_restarted \
    a_child_that_is_killed_is_gone_and_is_restarted \
    a_child_that_stops_sending_does_not_answer_and_is_restarted \
    a_child_that_was_killed_sends_nothing_and_is_gone \
    a_child_is_asked_to_end_before_it_is_killed \
    a_child_that_does_not_want_to_end_is_killed \
    what_is_not_osc_is_no_sign_of_life \
    a_program_is_found_by_its_name \
    a_program_found_by_name_is_left_running \
    a_program_that_cannot_be_started_is_tried_again \
    arguments_reach_the_program_whole
