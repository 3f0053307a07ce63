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

static pthread_mutex_t printer = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t scanner = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t luck = PTHREAD_MUTEX_INITIALIZER;
static atomic_int done_with_luck, holding_one;

struct worker {
    const char *name, *first_name, *second_name;
    pthread_mutex_t *first, *second;
};

/* Waits until both threads are here, so that the deadlock happens for sure. */
static void meet(atomic_int *arrived)
{
    atomic_fetch_add(arrived, 1);
    while (atomic_load(arrived) < 2) {
        poll(NULL, 0, 1);
    }
}

static void *work(void *argument)
{
    struct worker *self = argument;

    for (int turn = 1; turn <= LUCKY_TURNS; turn++) {
        pthread_mutex_lock(&luck); /* never both at once, so far */
        pthread_mutex_lock(self->first);
        pthread_mutex_lock(self->second);
        MUST(wd_feed(watchdog));
        say("%s: turn %d done, fed", self->name, turn);
        pthread_mutex_unlock(self->second);
        pthread_mutex_unlock(self->first);
        pthread_mutex_unlock(&luck);
        poll(NULL, 0, (int)(times.timeout_ms / 10));
    }

    meet(&done_with_luck);
    pthread_mutex_lock(self->first);
    meet(&holding_one);
    say("%s: holds the %s, waits for the %s", self->name, self->first_name, self->second_name);
    pthread_mutex_lock(self->second); /* for ever */
    MUST(wd_feed(watchdog));
    return NULL;
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
    struct worker workers[] = {{"copy", "scanner", "printer", &scanner, &printer},
                               {"fax ", "printer", "scanner", &printer, &scanner}};
    pthread_t threads[2];
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
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0) {
            perror("cannot start a thread");
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
