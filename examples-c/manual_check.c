/* A main loop that checks its watchdog itself, with no thread of the library. */
#include "common.h"

static const char HELP[] =
    "Usage: manual_check [TIMEOUT_MS [INTERVAL_MS]] [--preset NAME]\n"
    "\n"
    "A main loop works, feeds its watchdog if all was well, and calls wd_start, which\n"
    "checks the watchdog and then sleeps for the interval. The work is to count in a\n"
    "file of its own. After three turns the file is removed, and the work fails; when\n"
    "that has lasted longer than the timeout, wd_start reports it, the loop makes the\n"
    "file anew, and goes on for three turns.\n"
    "\n"
    "  TIMEOUT_MS   so long the work may fail (60000; 30s and 5m are understood too)\n"
    "  INTERVAL_MS  a turn of the loop, 1 at least (5000)\n"
    "  --preset     both by name: realtime, service, batch, background\n"
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

/* ---- the work: counting in a file ------------------------------------------- */

static char path[256];

static bool make_file(void)
{
    FILE *file = fopen(path, "w");
    return file != NULL && fputs("0\n", file) >= 0 && fclose(file) == 0;
}

/* Says whether it went well. */
static bool work(void)
{
    int count;
    FILE *file = fopen(path, "r+");
    if (file == NULL) {
        return false;
    }
    bool good = fscanf(file, "%d", &count) == 1 && fseek(file, 0, SEEK_SET) == 0 &&
                fprintf(file, "%d\n", count + 1) > 0;
    return fclose(file) == 0 && good;
}

int main(int argc, char **argv)
{
    struct times times = {60000, 5000};
    const struct argument arguments[] = {
        {"TIMEOUT_MS", TIME, &times.timeout_ms, 1, 0},
        {"INTERVAL_MS", TIME, &times.interval_ms, 1, 0},
        {"--preset", PRESET, &times, 0, 0},
    };
    bool repaired = false;
    int turns_to_go = 3;
    BEGIN(HELP, arguments);
    temporary_path(path, sizeof path, "manual_check");
    if (!make_file()) {
        perror(path);
        return EXIT_ERROR;
    }

    wd_watchdog *watchdog = must_new(times.timeout_ms, times.interval_ms);
    MUST(wd_set_callback(watchdog, on_expiry, watchdog));

    for (int turn = 1; turns_to_go > 0 && !leaving(); turn++) {
        if (turn == 4) {
            remove(path);
            say("turn %d: somebody has removed %s", turn, path);
        }
        if (work()) {
            MUST(wd_feed(watchdog));
            say("turn %d: the work went well, fed", turn);
        } else {
            say("turn %d: the work failed, not fed", turn);
        }

        if (MUST(wd_start(watchdog)) == WD_EXPIRED) {
            repaired = make_file();
            say("turn %d: that is too long: %s", turn, repaired ? "repaired" : "cannot be repaired");
        } else if (repaired) {
            turns_to_go--;
        }
    }

    MUST(wd_free(watchdog));
    remove(path);
    if (!leaving()) {
        say("done: healthy again");
    }
    return atomic_load(&exit_code);
}
