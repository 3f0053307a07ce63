/* Retiring threads: those that have run callbacks end, and nobody's callback is missed. */
#include "probes.h"

/* ---- threads that tell of their end ------------------------------------- */

static pthread_key_t key;
static atomic_int threads_seen, threads_ended, runs;

static void thread_ends(void *unused)
{
    (void)unused;
    atomic_fetch_add(&threads_ended, 1);
}

static void note_thread(void *unused)
{
    (void)unused;
    if (pthread_getspecific(key) == NULL) {
        pthread_setspecific(key, &key);
        atomic_fetch_add(&threads_seen, 1);
    }
    atomic_fetch_add(&runs, 1);
}

static void begin(void)
{
    static int made;
    if (!made) {
        made = pthread_key_create(&key, thread_ends) == 0;
        CHECK(made);
    }
    CHECK_STATUS(wd_retire_threads(), WD_OK);
    WAIT_UNTIL(atomic_load(&threads_ended) == atomic_load(&threads_seen), HANG_MS);
}

static void all_ended(void)
{
    WAIT_UNTIL(atomic_load(&threads_ended) == atomic_load(&threads_seen), HANG_MS);
}

static void await_more_runs(int more)
{
    int before = atomic_load(&runs);
    WAIT_UNTIL(atomic_load(&runs) >= before + more, HANG_MS);
}

/* ---- tests -------------------------------------------------------------- */

static void without_threads_there_is_nothing_to_do(void)
{
    CHECK_STATUS(wd_retire_threads(), WD_OK);
    CHECK_STATUS(wd_retire_threads(), WD_OK);
}

static void threads_that_have_run_callbacks_end(void)
{
    begin();
    for (int round = 0; round < 20; round++) {
        wd_watchdog *wd = started_with(1, 1, note_thread, NULL);
        await_more_runs(3);
        CHECK_STATUS(wd_stop(wd, -1), WD_OK);
        CHECK_STATUS(wd_retire_threads(), WD_OK);
        all_ended();
        /* And it can be started again. */
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
        await_more_runs(3);
        CHECK_STATUS(wd_free(wd), WD_OK);
    }
}

static void running_watchdogs_run_on(void)
{
    begin();
    wd_watchdog *wd = started_with(1, 1, note_thread, NULL);
    for (int round = 0; round < 100; round++) {
        CHECK_STATUS(wd_retire_threads(), WD_OK);
        await_more_runs(1);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_retire_threads(), WD_OK);
    all_ended();
}

static void retire_inside(void *unused)
{
    note_thread(unused);
    CHECK_STATUS(wd_retire_threads(), WD_OK);
}

static void inside_a_callback_it_does_not_wait_for_itself(void)
{
    begin();
    wd_watchdog *wd = started_with(1, 1, retire_inside, NULL);
    await_more_runs(20);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_retire_threads(), WD_OK);
    all_ended();
}

static struct gate gate;

static void note_thread_and_wait(void *unused)
{
    note_thread(unused);
    gate_run(&gate);
}

static void it_waits_for_no_callback_whose_thread_ends_afterwards(void)
{
    begin();
    memset(&gate, 0, sizeof gate);
    wd_watchdog *stuck = started_with(1, 0, note_thread_and_wait, NULL);
    gate_await(&gate);
    int64_t began = now_ns();
    CHECK_STATUS(wd_retire_threads(), WD_OK);
    CHECK(elapsed_ms(began) < HANG_MS / 2);
    CHECK_EQ(atomic_load(&threads_ended), atomic_load(&threads_seen) - 1);
    library_pace(2, 3);
    atomic_store(&gate.open, 1);
    all_ended();
    CHECK_STATUS(wd_free(stuck), WD_OK);
}

static atomic_int over;

static void *retire_until_over(void *unused)
{
    while (!atomic_load(&over)) {
        CHECK_STATUS(wd_retire_threads(), WD_OK);
    }
    return unused;
}

static void many_may_do_so_at_once(void)
{
    enum { DOGS = 20 };
    pthread_t threads[3];
    wd_watchdog *wds[DOGS];
    begin();
    for (int i = 0; i < DOGS; i++) {
        wds[i] = started_with(1, 1, note_thread, NULL);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        threads[i] = thread_start(retire_until_over, NULL);
    }
    await_more_runs(500);
    atomic_store(&over, 1);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        thread_join(threads[i]);
    }
    for (int i = 0; i < DOGS; i++) {
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
    CHECK_STATUS(wd_retire_threads(), WD_OK);
    all_ended();
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(without_threads_there_is_nothing_to_do),
        TEST(threads_that_have_run_callbacks_end),
        TEST(running_watchdogs_run_on),
        TEST(inside_a_callback_it_does_not_wait_for_itself),
        TEST(it_waits_for_no_callback_whose_thread_ends_afterwards),
        TEST(many_may_do_so_at_once),
    };
    return RUN_TESTS(tests);
}
