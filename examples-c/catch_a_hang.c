/* Two threads run into a deadlock, and a watchdog notices. */
#include "common.h"

static const char HELP[] =
    "Usage: catch_a_hang [TIMEOUT_MS [INTERVAL_MS]]\n"
    "\n"
    "Two threads take the same two locks in opposite order, and after a few lucky\n"
    "turns block each other for ever. Each turn had fed one watchdog; now nothing\n"
    "does, and its callback reports the hang.\n"
    "\n"
    "  TIMEOUT_MS   so long nothing may be fed (1000)\n"
    "  INTERVAL_MS  so often the report is repeated, 0: never (0)\n"
    "\n"
    "Exit code: 3 the hang was caught; 130 Ctrl-C; 2 wrong arguments; 1 any failure.\n";

enum { HANG_CAUGHT = 3, LUCKY_TURNS = 3 };

static struct times times = {1000, 0};
static wd_watchdog *watchdog;

/* ---- the program that hangs -------------------------------------------- */

static mutex printer = MUTEX_INIT;
static mutex scanner = MUTEX_INIT;
static mutex luck = MUTEX_INIT;
static atomic_int done_with_luck, holding_one;

struct worker {
    const char *name, *first_name, *second_name;
    mutex *first, *second;
};

/* Waits until both threads are here, so that the deadlock happens for sure. */
static void meet(atomic_int *arrived)
{
    atomic_fetch_add(arrived, 1);
    while (atomic_load(arrived) < 2) {
        sleep_ms(1);
    }
}

static void work(void *argument)
{
    struct worker *self = argument;

    for (int turn = 1; turn <= LUCKY_TURNS; turn++) {
        mutex_lock(&luck); /* never both at once, so far */
        mutex_lock(self->first);
        mutex_lock(self->second);
        MUST(wd_feed(watchdog));
        say("%s: turn %d done, fed", self->name, turn);
        mutex_unlock(self->second);
        mutex_unlock(self->first);
        mutex_unlock(&luck);
        sleep_ms((int64_t)(times.timeout_ms / 10));
    }

    meet(&done_with_luck);
    mutex_lock(self->first);
    meet(&holding_one);
    say("%s: holds the %s, waits for the %s", self->name, self->first_name, self->second_name);
    mutex_lock(self->second); /* for ever */
    MUST(wd_feed(watchdog));
}

/* ---- the watchdog ------------------------------------------------------ */

static uint64_t unfed_ms;

/* Runs on a thread of the library, for all others may hang. */
static void on_hang(void *user_data)
{
    (void)user_data;
    MUST(wd_since_feed_ms(watchdog, &unfed_ms));
    say("HANG: nothing was fed for %" PRIu64 " ms", unfed_ms);
    leave(HANG_CAUGHT);
}

int main(int argc, char **argv)
{
    static struct worker workers[] = {{"copy", "scanner", "printer", &scanner, &printer},
                               {"fax ", "printer", "scanner", &printer, &scanner}};
    static struct thread threads[2];
    const struct argument arguments[] = {
        {"TIMEOUT_MS", TIME, &times.timeout_ms, 1, 0},
        {"INTERVAL_MS", TIME, &times.interval_ms, 0, 0},
    };
    BEGIN(HELP, arguments);

    watchdog = must_new(times.timeout_ms, times.interval_ms);
    MUST(wd_set_callback(watchdog, on_hang, NULL));
    MUST(wd_start_thread(watchdog, 1));
    say("watching: something is to be fed every %" PRIu64 " ms", times.timeout_ms);

    for (int i = 0; i < 2; i++) {
        threads[i].work = work;
        threads[i].argument = &workers[i];
        if (!thread_start(&threads[i])) {
            fputs("cannot start a thread\n", stderr);
            return EXIT_ERROR;
        }
    }

    wait_ms(-1); /* until the callback, or Ctrl-C, has us leave */

    MUST(wd_stop(watchdog, -1)); /* not wd_free: the stuck threads still know the watchdog */
    if (atomic_load(&exit_code) == HANG_CAUGHT) {
        say("VERDICT: the program hung; caught %" PRIu64 " ms past the timeout of %" PRIu64 " ms",
            unfed_ms - times.timeout_ms, times.timeout_ms);
    }
    return atomic_load(&exit_code);
}
