#!/bin/sh
# The public headers alone, in every language that they promise to be clean in.
# Usage: header.sh [folder of watchdog.h]
# Prints "ok - …", "not ok - …" or "skip - …: reason" for each, and the numbers last.

here=$(cd "$(dirname "$0")" && pwd) || exit 1
include=${1:-$here/../../include}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

ok() { passed=$((passed + 1)) && echo "ok - $1"; }
not_ok() { failed=$((failed + 1)) && echo "not ok - $1"; }
skip() { skipped=$((skipped + 1)) && echo "skip - $1: $2"; }

# Twice, for the guard; with every macro and function in use, for the macros'
# values and so that a missing one is found.
cat >"$work/use.inc" <<'C'
#include <watchdog.h>
#include <watchdog.h>

extern const wd_status every_status[];
const wd_status every_status[] = {
    WD_OK, WD_HEALTHY, WD_EXPIRED, WD_ERR_INVALID_HANDLE, WD_ERR_INVALID_ARGUMENT,
    WD_ERR_NO_MEMORY, WD_ERR_TIMED_OUT, WD_ERR_THREAD, WD_ERR_PANIC, WD_ERR_UNSUPPORTED,
    WD_EMPTY};

#if WD_VERSION_MAJOR < 0 || WD_VERSION_MINOR < 0 || WD_VERSION_PATCH < 0
#error "the version's parts are usable by the preprocessor"
#endif
#if WD_NAME_MAX != 255 || WD_DEFAULT_TIMEOUT_MS != 60000 || WD_DEFAULT_INTERVAL_MS != 20000
#error "the constants are those of the contract"
#endif
#if WD_PRESET_REALTIME_TIMEOUT_MS != 10000 || WD_PRESET_REALTIME_INTERVAL_MS != 2000 || \
    WD_PRESET_SERVICE_TIMEOUT_MS != 60000 || WD_PRESET_SERVICE_INTERVAL_MS != 15000 || \
    WD_PRESET_BATCH_TIMEOUT_MS != 300000 || WD_PRESET_BATCH_INTERVAL_MS != 60000 || \
    WD_PRESET_BACKGROUND_TIMEOUT_MS != 1800000 || WD_PRESET_BACKGROUND_INTERVAL_MS != 300000
#error "the presets are those of the contract"
#endif
#if WD_OK - WD_ERR_PANIC != 6
#error "a negative status is safe in an expression"
#endif

int use_everything(wd_watchdog *wd, wd_callback callback, wd_destructor destructor);
int use_everything(wd_watchdog *wd, wd_callback callback, wd_destructor destructor)
{
    char name[WD_NAME_MAX + 1];
    uint64_t number = 0;
    int32_t flag = 0;
    size_t size = sizeof name;
    wd_status status = 0;
    wd_event event;
    wd_queue *queue = wd_queue_new(WD_QUEUE_MAX);
    wd_watchdog *(*make)(uint64_t, uint64_t) = wd_new;
    const char *(*text)(void) = wd_last_error;
    status += make(WD_DEFAULT_TIMEOUT_MS, WD_DEFAULT_INTERVAL_MS) == wd;
    status += wd_feed(wd) + wd_check(wd) + wd_start(wd) + wd_free(wd);
    status += wd_set_callback(wd, callback, &number);
    status += wd_set_callback_owned(wd, callback, &number, destructor);
    status += wd_start_thread(wd, 1) + wd_stop(wd, -1) + wd_join(wd, -1) + wd_shutdown(-1);
    status += wd_pause(wd) + wd_resume(wd) + wd_set_times(wd, number, number);
    status += wd_set_name(wd, "name") + wd_name(wd, name, size);
    status += wd_timeout_ms(wd, &number) + wd_interval_ms(wd, &number);
    status += wd_since_feed_ms(wd, &number) + wd_is_running(wd, &flag);
    status += wd_set_last_resort(wd, number, number, WD_RESORT_KILL) + wd_set_record_file(name);
    status += wd_monitor_late_ms(&number) + wd_retire_threads();
    status += wd_set_queue(wd, queue, number) + wd_queue_wake(queue) + wd_queue_lost(queue, &number);
    event.size = sizeof event;
    status += wd_queue_take(queue, &event, 0) + (event.kind == WD_EVENT_EXPIRED);
    status += (event.watchdog == wd) + (event.tag + event.unfed_ms + event.lost == 0);
    status += wd_queue_free(queue);
    text = wd_version;
    status += *wd_clock_name();
    return status + flag + *text() + *wd_status_name(status);
}
C
cp "$work/use.inc" "$work/use.c"
cp "$work/use.inc" "$work/use.cpp"

# watchdog.hpp: every template in use.
cat >"$work/hpp.cpp" <<'CPP'
#include <watchdog.hpp>
#include <watchdog.hpp>

void use_everything(wd::Watchdog &dog);
void use_everything(wd::Watchdog &dog)
{
    (void)dog.set_callback([] {});
    (void)dog.set_callback([](wd::Handle handle) { handle.feed(); });
    (void)dog.set_callback(nullptr);
    wd::PauseScope pause(dog);
    wd::FeedOnExit feed(dog);
    wd::FeedOnSuccess feed_too(dog);
    wd::Watchdog other(wd::presets::service);
    swap(dog, other);
    dog = std::move(other);
    wd::Queue queue(16);
    wd::Queue moved(std::move(queue));
    swap(queue, moved);
    (void)dog.set_queue(queue, 1);
    wd::Event event;
    (void)queue.take(event, wd::milliseconds(1));
}
CPP

common='-pedantic -Wall -Wextra -Werror -Wshadow -Wconversion -Wundef -Wcast-qual -Wredundant-decls'

# compiles NAME COMPILER STANDARD FILE FLAGS…
compiles() {
    name=$1 compiler=$2 standard=$3 file=$4
    shift 4
    if ! command -v "$compiler" >/dev/null 2>&1; then
        skip "$name" "no $compiler here"
    elif ! echo | "$compiler" "-std=$standard" -x "${file##*.}" -fsyntax-only - 2>/dev/null &&
        [ "$file" = use.c ]; then
        skip "$name" "$compiler does not know $standard"
    elif "$compiler" "-std=$standard" "$@" -I"$include" -c "$work/$file" -o "$work/use.o"; then
        ok "$name"
    else
        not_ok "$name"
    fi
}

# The names that a file including the header defines beyond the standard headers'.
macros() { gcc -std=c11 -dM -E -I"$include" -x c - | sed 's/^#define \([A-Za-z0-9_]*\).*/\1/' | sort; }

only_our_macros() {
    echo '#include <watchdog.h>' | macros >"$work/with" || return 1
    printf '#include <stddef.h>\n#include <stdint.h>\n' | macros >"$work/without" || return 1
    foreign=$(comm -23 "$work/with" "$work/without" | grep -v -e '^WD_' -e '^WATCHDOG_H$' -e '^WATCHDOG_H_$')
    [ -z "$foreign" ] || { echo "the header also defines: $foreign" && return 1; }
}

only_ascii() { ! LC_ALL=C grep -n '[^ -~	]' "$include/watchdog.h"; }

no_enum_bool_or_long() {
    sed 's://.*$::' "$include/watchdog.h" | tr '\n' ' ' | sed 's:/\*[^*]*\*\{1,\}\([^/*][^*]*\*\{1,\}\)*/: :g' >"$work/bare"
    ! grep -o -w -e enum -e bool -e _Bool -e long -e unsigned "$work/bare"
}

[ -f "$include/watchdog.h" ] || { not_ok "watchdog.h is in $include"; echo "$passed passed, $failed failed, $skipped skipped"; exit 1; }

for compiler in gcc clang; do
    for standard in c99 c11 c17 c2x; do
        compiles "$compiler $standard" $compiler $standard use.c $common -Wstrict-prototypes -Wmissing-prototypes
    done
done
for compiler in g++ clang++; do
    for standard in c++11 c++14 c++17 c++20; do
        compiles "$compiler $standard" $compiler $standard use.cpp $common -Wold-style-cast
    done
    for standard in c++17 c++20 c++2b; do
        for without in '' -fno-rtti '-fno-exceptions -fno-rtti'; do
            # shellcheck disable=SC2086  # options
            compiles "watchdog.hpp, $compiler $standard${without:+ $without}" $compiler $standard hpp.cpp $common -Wold-style-cast $without
        done
    done
done

if command -v gcc >/dev/null 2>&1; then
    if only_our_macros; then ok "macros begin with WD_"; else not_ok "macros begin with WD_"; fi
else
    skip "macros begin with WD_" "no gcc here"
fi
if only_ascii; then ok "the header is plain ASCII"; else not_ok "the header is plain ASCII"; fi
if no_enum_bool_or_long; then ok "only fixed-width types"; else not_ok "only fixed-width types"; fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
