#!/usr/bin/env bash
# network_monitor: servers that stop and come back, on the loopback interface and in a
# network of the test's own. Nothing is sent anywhere else.
# Usage: WD_TEST_SERVER=SERVER network_monitor.sh PROGRAM
PROGRAM=$1
# shellcheck source=tests/examples/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
: "${WD_TEST_SERVER:?the server to stop and start}"

SERVERS=()
NETWORK=

tidy_up() {
    local server
    for server in "${SERVERS[@]}"; do
        kill -KILL "$server" && wait "$server"
    done 2>/dev/null
    SERVERS=()
    if [ -n "$NETWORK" ]; then
        ip netns del "$NETWORK.a"
        ip netns del "$NETWORK.b"
        NETWORK=
    fi 2>/dev/null
}

# serve ADDRESS PORT [COMMAND…]: leaves the server's pid in SERVER and its port in PORT.
serve() {
    local said=$DIR/server.${#SERVERS[@]} address=$1 port=$2
    shift 2
    "$@" "${EMULATOR[@]}" "$WD_TEST_SERVER" "$address" "$port" >"$said" 2>"$said.errors" &
    SERVER=$!
    SERVERS+=("$SERVER")
    until_true test -s "$said" && PORT=$(tr -d '\r' <"$said")
}

# The server is killed; its end is no failure.
fall() { kill -KILL "$1" && { wait "$1" || true; }; } 2>/dev/null

once_each() {
    [ "$(lines 'LOSS:')" = "$1" ] && [ "$(lines 'RECOVERED:')" = "$1" ]
}

a_server_that_stops_is_lost_and_recovers() {
    local target fallback
    serve 127.0.0.1 0 && fallback=$PORT
    serve 127.0.0.1 0 && target=$PORT || return 1
    launch "127.0.0.1:$target" --by tcp --fallback "127.0.0.1:$fallback" --timeout 1s --every 20ms
    await "127.0.0.1:$target answers" || return 1
    for _ in 1 2; do
        fall "$SERVER"
        await "127.0.0.1:$target does not answer: Connection refused" || return 1
        await "LOSS: 127.0.0.1:$target has not answered for [0-9]{4,} ms" || return 1
        await "fallback 127.0.0.1:$fallback answers: it is the target that is lost" || return 1
        sleep 1.5 # reported once, however long it lasts
        serve 127.0.0.1 "$target" && await "RECOVERED: 127.0.0.1:$target answers again" || return 1
    done
    once_each 2 && leaves INT 130
}

when_no_fallback_answers_the_network_is_down() {
    local target first second
    serve 127.0.0.1 0 && first=$PORT && fall "$SERVER"
    serve 127.0.0.1 0 && second=$PORT && fall "$SERVER"
    serve 127.0.0.1 0 && target=$PORT || return 1
    launch "127.0.0.1:$target" --by tcp --fallback "127.0.0.1:$first" --fallback "127.0.0.1:$second" \
        --timeout 1s --every 20ms
    await "127.0.0.1:$target answers" || return 1
    fall "$SERVER"
    await "LOSS:" && await "fallback 127.0.0.1:$first does not answer: Connection refused" &&
        await "fallback 127.0.0.1:$second does not answer" &&
        await "no fallback answers: the network is down" || return 1
    serve 127.0.0.1 "$target" && await "RECOVERED:" && once_each 1 && leaves TERM 130
}

a_host_that_never_answered_is_lost() {
    serve 127.0.0.1 0 && fall "$SERVER" || return 1
    launch "127.0.0.1:$PORT" --by tcp --fallback "127.0.0.1:$PORT" --timeout 100ms --every 20ms
    await "does not answer" && await "LOSS: 127.0.0.1:$PORT" && leaves INT 130
}

ping_is_asked_where_there_is_one() {
    [ -n "$WINDOWS" ] || command -v ping >/dev/null || { skip "this system has no ping" && return; }
    [ -n "$WINDOWS" ] || ping -c1 -W2 127.0.0.1 >/dev/null 2>&1 || { skip "ping is not permitted here" && return; }
    launch 127.0.0.1:1 --by any --fallback 127.0.0.1:1 --timeout 60s --every 20ms
    await "127.0.0.1:1 answers" && leaves INT 130
}

# Two namespaces and a cable between them.
make_network() {
    local name=wd$$
    command -v ip >/dev/null || { skip "there is no ip command" && return 1; }
    ip netns add "$name.a" 2>/dev/null || { skip "ip netns add is not permitted here" && return 1; }
    NETWORK=$name
    if ! { ip netns add "$name.b" && ip -n "$name.a" link add near type veth peer name far netns "$name.b"; } 2>/dev/null; then
        skip "ip link add is not permitted here" && return 1
    fi
    ip -n "$name.a" addr add 10.213.7.1/24 dev near && ip -n "$name.b" addr add 10.213.7.2/24 dev far &&
        ip -n "$name.a" link set near up && ip -n "$name.b" link set far up
}

a_link_that_goes_down_is_a_loss() {
    [ -z "$WINDOWS" ] || { skip "all programs under Wine share one network" && return; }
    make_network || { [ -n "$SKIP" ] && return; }
    serve 10.213.7.2 0 ip netns exec "$NETWORK.b" || return 1
    BEFORE=(ip netns exec "$NETWORK.a")
    launch "10.213.7.2:$PORT" --fallback "10.213.7.3:$PORT" --timeout 1s --every 20ms --limit 500ms
    await "10.213.7.2:$PORT answers" || return 1
    ip -n "$NETWORK.a" link set near down
    await "LOSS: 10.213.7.2:$PORT" && await "no fallback answers: the network is down" || return 1
    ip -n "$NETWORK.a" link set near up
    await "RECOVERED: 10.213.7.2:$PORT answers again" && once_each 1 && leaves INT 130
}

run_tests a_server_that_stops_is_lost_and_recovers \
    when_no_fallback_answers_the_network_is_down \
    a_host_that_never_answered_is_lost \
    ping_is_asked_where_there_is_one \
    a_link_that_goes_down_is_a_loss
