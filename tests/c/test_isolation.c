/* What callbacks find on their threads, and that they stay out of each other's way. */
#include "probes.h"

#ifdef _WIN32
#include <tlhelp32.h>

static int threads_of_this_process(void)
{
    int threads = 0;
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    for (BOOL more = Thread32First(all, &entry); more; more = Thread32Next(all, &entry)) {
        threads += entry.th32OwnerProcessID == GetCurrentProcessId();
    }
    CloseHandle(all);
    return threads;
}
#else
#include <dirent.h>

static int threads_of_this_process(void)
{
    int threads = 0;
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL) {
        return 0;
    }
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        threads += entry->d_name[0] != '.';
    }
    closedir(tasks);
    return threads;
}
#endif

/* ---- one at a time ---------------------------------------------------- */

static atomic_int over;

static void *check_until_over(void *wd)
{
    while (!atomic_load(&over)) {
        wd_check(wd);
    }
    return NULL;
}

struct alone {
    atomic_int inside;
    atomic_int together;
    atomic_int runs;
};

static void alone_run(void *data)
{
    struct alone *alone = data;
    if (atomic_fetch_add(&alone->inside, 1) != 0) {
        atomic_fetch_add(&alone->together, 1);
    }
    atomic_fetch_add(&alone->runs, 1);
    sleep_until_ns(now_ns() + MS_IN_NS / 5);
    atomic_fetch_sub(&alone->inside, 1);
}

static void a_callback_never_runs_twice_at_once(void)
{
    struct alone alone = {0, 0, 0};
    pthread_t threads[4];
    wd_watchdog *wd = started_with(1, 1, alone_run, &alone);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        threads[i] = thread_start(check_until_over, wd);
    }
    for (int i = 0; i < 100; i++) {
        sleep_ms(3);
        /* Restarts are one more way to a second run. */
        wd_status stopped = wd_stop(wd, 0);
        CHECK(stopped == WD_OK || stopped == WD_ERR_TIMED_OUT);
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    }
    atomic_store(&over, 1);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        thread_join(threads[i]);
    }
    CHECK_EQ(atomic_load(&alone.together), 0);
    CHECK(atomic_load(&alone.runs) > 0);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* ---- stuck callbacks -------------------------------------------------- */

static void stuck_callbacks_delay_no_other(int stuck)
{
    static struct gate gates[64];
    wd_watchdog *wds[64];
    struct probe probe = {0};
    memset(gates, 0, sizeof gates);
    wd_watchdog *other = started_with(10, 10, probe_run, &probe);
    for (int i = 0; i < stuck; i++) {
        wds[i] = started_with(10, 0, gate_run, &gates[i]);
    }
    for (int i = 0; i < stuck; i++) {
        gate_await(&gates[i]);
    }
    int seen = probe_runs(&probe);
    WAIT_UNTIL(probe_runs(&probe) >= seen + 5, HANG_MS);
    /* One that begins only now is not held up either. */
    library_pace(5, 3);
    for (int i = 0; i < stuck; i++) {
        CHECK_EQ(atomic_load(&gates[i].left), 0);
        atomic_store(&gates[i].open, 1);
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
        CHECK_EQ(atomic_load(&gates[i].left), 1);
    }
    CHECK_STATUS(wd_free(other), WD_OK);
}

static void one_stuck_callback_delays_no_other(void)
{
    stuck_callbacks_delay_no_other(1);
}

static void sixty_four_stuck_callbacks_delay_no_other(void)
{
    stuck_callbacks_delay_no_other(64);
}

static void a_stuck_one_holds_up_none_that_expired_with_it(void)
{
    enum { MANY = 60 };
    static struct gate gates[MANY];
    static struct probe probes[MANY];
    wd_watchdog *wds[MANY];
    for (int i = 0; i < MANY; i++) {
        wds[i] = i % 3 == 0 ? new_with(50, 0, gate_run, &gates[i])
                            : new_with(50, 0, probe_run, &probes[i]);
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_STATUS(wd_start_thread(wds[i], 1), WD_OK);
    }
    for (int i = 0; i < MANY; i++) {
        if (i % 3 == 0) {
            gate_await(&gates[i]);
        } else {
            WAIT_UNTIL(probe_runs(&probes[i]) == 1, HANG_MS);
        }
    }
    for (int i = 0; i < MANY; i++) {
        atomic_store(&gates[i].open, 1);
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
}

/* ---- what a callback's thread is like --------------------------------- */

#ifndef _WIN32 /* it has no signals to block */
static sigset_t mask_in_callback;
static atomic_int mask_seen;

static void look_at_mask(void *unused)
{
    (void)unused;
    pthread_sigmask(SIG_SETMASK, NULL, &mask_in_callback);
    atomic_store(&mask_seen, 1);
}

static void callbacks_block_exactly_the_signals_of_the_contract(void)
{
    static const int blocked[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
                                  SIGUSR2, SIGPIPE, SIGALRM, SIGCHLD, SIGTSTP,
                                  SIGTTIN, SIGTTOU, SIGURG,  SIGWINCH, SIGIO};
    wd_watchdog *wd = started_with(5, 0, look_at_mask, NULL);
    WAIT_UNTIL(atomic_load(&mask_seen), HANG_MS);
    for (int signal_number = 1; signal_number <= SIGRTMAX; signal_number++) {
        int want = 0;
        if (signal_number > SIGSYS && signal_number < SIGRTMIN) {
            continue; /* the C library's own */
        }
        for (size_t i = 0; i < COUNT_OF(blocked); i++) {
            want |= signal_number == blocked[i];
        }
        if (sigismember(&mask_in_callback, signal_number) != want) {
            fprintf(stderr, "signal %d\n", signal_number);
            CHECK_EQ(sigismember(&mask_in_callback, signal_number), want);
        }
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void the_starters_mask_is_not_inherited(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_store(&mask_seen, 0);
    static struct gate gates[8];
    wd_watchdog *wds[8];
    /* All workers that there are get stuck, so that new ones must be made. */
    for (int i = 0; i < 8; i++) {
        wds[i] = started_with(1, 0, gate_run, &gates[i]);
        gate_await(&gates[i]);
    }
    wd_watchdog *wd = started_with(5, 0, look_at_mask, NULL);
    WAIT_UNTIL(atomic_load(&mask_seen), HANG_MS);
    CHECK_EQ(sigismember(&mask_in_callback, SIGSEGV), 0);
    CHECK_EQ(sigismember(&mask_in_callback, SIGRTMIN), 0);
    CHECK_EQ(sigismember(&mask_in_callback, SIGTERM), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
    for (int i = 0; i < 8; i++) {
        atomic_store(&gates[i].open, 1);
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
    sigset_t after;
    pthread_sigmask(SIG_SETMASK, &before, &after);
    for (int signal_number = 1; signal_number < SIGSYS; signal_number++) {
        if (signal_number != SIGKILL && signal_number != SIGSTOP) {
            CHECK_EQ(sigismember(&after, signal_number), 1);
        }
    }
}
#endif

/* The C library puts it on each thread's stack. */
static _Thread_local char large[400 * 1024];

/* Writes to every page of a frame, so that it must really be there. */
static __attribute__((noinline)) int fill_the_stack(void)
{
    volatile char frame[1000 * 1024];
    int sum = 0;
    for (size_t i = 0; i < sizeof frame; i += 512) {
        frame[i] = (char)i;
    }
    for (size_t i = 0; i < sizeof frame; i += 512) {
        sum += frame[i];
    }
    return sum;
}

static void deep_run(void *data)
{
    memset(large, 1, sizeof large);
    fill_the_stack();
    probe_run(data);
}

static void a_callback_has_a_mebibyte_of_stack(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(5, 0, deep_run, &probe);
    WAIT_UNTIL(probe_runs(&probe) == 1, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* ---- how many threads ------------------------------------------------- */

static void a_thousand_watchdogs_are_no_thousand_threads(void)
{
    enum { MANY = 1000 };
    static wd_watchdog *wds[MANY];
    for (int i = 0; i < MANY; i++) {
        wds[i] = started_with(600000, 0, NULL, NULL);
    }
    int threads = threads_of_this_process();
    CHECK(threads > 0);
    CHECK(threads < 200);
    for (int i = 0; i < MANY; i++) {
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
}

static void a_thousand_expiries_are_no_thousand_threads(void)
{
    enum { MANY = 1000 };
    static wd_watchdog *wds[MANY];
    static struct probe probes[MANY];
    int most = 0;
    for (int i = 0; i < MANY; i++) {
        wds[i] = new_with(20, 0, probe_run, &probes[i]);
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_STATUS(wd_start_thread(wds[i], 1), WD_OK);
    }
    for (int i = 0; i < MANY; i++) {
        int threads = threads_of_this_process();
        most = threads > most ? threads : most;
        WAIT_UNTIL(probe_runs(&probes[i]) == 1, HANG_MS);
    }
    CHECK(most < 200);
    for (int i = 0; i < MANY; i++) {
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
        CHECK_EQ(probe_runs(&probes[i]), 1);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_callback_never_runs_twice_at_once),
        TEST(one_stuck_callback_delays_no_other),
        TEST(sixty_four_stuck_callbacks_delay_no_other),
        TEST(a_stuck_one_holds_up_none_that_expired_with_it),
#ifndef _WIN32
        TEST(callbacks_block_exactly_the_signals_of_the_contract),
        TEST(the_starters_mask_is_not_inherited),
#endif
        TEST(a_callback_has_a_mebibyte_of_stack),
        TEST(a_thousand_watchdogs_are_no_thousand_threads),
        TEST(a_thousand_expiries_are_no_thousand_threads),
    };
    return RUN_TESTS(tests);
}
