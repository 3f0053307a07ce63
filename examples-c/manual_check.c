/* A main loop that checks its watchdog itself, with no thread of the library. */
#include "common.h"

static const char HELP[] =
    "Usage: manual_check [TIMEOUT_MS [INTERVAL_MS]]\n"
    "\n"
    "A main loop works, feeds its watchdog if all was well, and calls wd_start, which\n"
    "checks the watchdog and then sleeps for the interval. After three turns the work\n"
    "begins to fail; when that has lasted longer than the timeout, wd_start reports\n"
    "it, the loop repairs what was broken, and goes on for three turns.\n"
    "\n"
    "  TIMEOUT_MS   so long the work may fail (60000)\n"
    "  INTERVAL_MS  a turn of the loop, 1 at least (5000)\n"
    "\n"
    "Exit code: 0 all went as described; 130 Ctrl-C; 2 wrong arguments; 1 any failure.\n";

/* Runs on the thread that calls wd_start, here the main thread. */
static void on_expiry(void *user_data)
{
    wd_watchdog *watchdog = user_data;
    uint64_t unfed_ms;
    MUST(wd_since_feed_ms(watchdog, &unfed_ms));
    say("EXPIRED: not fed for %" PRIu64 " ms", unfed_ms);
}

/* Stands for whatever the loop is there for; says whether it went well. */
static bool work(int turn, bool repaired)
{
    return turn <= 3 || repaired;
}

int main(int argc, char **argv)
{
    uint64_t timeout_ms = 60000, interval_ms = 5000;
    bool repaired = false;
    int turns_to_go = 3;
    begin(argc, argv, HELP, &timeout_ms, &interval_ms, 1);

    wd_watchdog *watchdog = must_new(timeout_ms, interval_ms);
    MUST(wd_set_callback(watchdog, on_expiry, watchdog));

    for (int turn = 1; turns_to_go > 0 && atomic_load(&exit_code) == 0; turn++) {
        if (work(turn, repaired)) {
            MUST(wd_feed(watchdog));
            say("turn %d: the work went well, fed", turn);
        } else {
            say("turn %d: the work failed, not fed", turn);
        }

        if (MUST(wd_start(watchdog)) == WD_EXPIRED) {
            say("turn %d: that is too long: repaired", turn);
            repaired = true;
        } else if (repaired) {
            turns_to_go--;
        }
    }

    MUST(wd_free(watchdog));
    if (atomic_load(&exit_code) == 0) {
        say("done: healthy again");
    }
    return atomic_load(&exit_code);
}
