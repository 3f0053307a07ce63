/* A watchdog is fed, then missed, then fed again. */
#include "common.h"

static const char HELP[] =
    "Usage: basic_monitoring [TIMEOUT_MS [INTERVAL_MS]] [--preset NAME]\n"
    "\n"
    "Monitors this program in the background: feeds a watchdog regularly, then is\n"
    "busy with something else for too long, so that the callback runs, and again\n"
    "every interval; then feeds as before, and the callback is silent again.\n"
    "\n"
    "  TIMEOUT_MS   so long it may stay unfed (30000; 30s and 5m are understood too)\n"
    "  INTERVAL_MS  so often the callback is repeated, 0: never (10000)\n"
    "  --preset     both by name: realtime, service, batch, background\n"
    "\n"
    "Exit code: 0 all went as described; 130 Ctrl-C; 2 wrong arguments; 1 any failure.\n";

static atomic_int alarms;

/* Runs on a thread of the library. */
static void on_expiry(void *user_data)
{
    wd_watchdog *watchdog = user_data;
    uint64_t unfed_ms;
    MUST(wd_since_feed_ms(watchdog, &unfed_ms));
    say("ALARM %d: not fed for %" PRIu64 " ms", atomic_fetch_add(&alarms, 1) + 1, unfed_ms);
}

/* Feeds well within the timeout; returns early when it is time to leave. */
static bool feed_regularly(wd_watchdog *watchdog, int times, uint64_t every_ms)
{
    for (int i = 1; i <= times; i++) {
        MUST(wd_feed(watchdog));
        say("fed (%d of %d)", i, times);
        if (wait_ms((int64_t)every_ms)) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct times times = {30000, 10000};
    const struct argument arguments[] = {
        {"TIMEOUT_MS", TIME, &times.timeout_ms, 1, 0},
        {"INTERVAL_MS", TIME, &times.interval_ms, 0, 0},
        {"--preset", PRESET, &times, 0, 0},
    };
    BEGIN(HELP, arguments);
    uint64_t busy_ms = times.timeout_ms + times.timeout_ms / 2 + 2 * times.interval_ms;

    wd_watchdog *watchdog = must_new(times.timeout_ms, times.interval_ms);
    MUST(wd_set_callback(watchdog, on_expiry, watchdog));
    MUST(wd_start_thread(watchdog, 1));
    say("monitoring: timeout %" PRIu64 " ms, repeated every %" PRIu64 " ms",
        times.timeout_ms, times.interval_ms);

    if (feed_regularly(watchdog, 4, times.timeout_ms / 3)) {
        say("busy for %" PRIu64 " ms, feeding nothing", busy_ms);
        if (!wait_ms((int64_t)busy_ms)) {
            say("recovered after %d alarms", atomic_load(&alarms));
            feed_regularly(watchdog, 3, times.timeout_ms / 3);
        }
    }

    MUST(wd_free(watchdog)); /* from here on the callback cannot run */
    if (atomic_load(&exit_code) != 0) {
        return atomic_load(&exit_code);
    }
    say("done: %d alarms", atomic_load(&alarms));
    return atomic_load(&alarms) > 0 ? EXIT_SUCCESS : EXIT_ERROR;
}
