/* Background monitoring: never early, quiet while fed, over when stopped. */
#include "probes.h"

/* ---- never early ------------------------------------------------------ */

static const uint64_t timeouts[] = {1, 2, 3, 4, 5, 7, 8, 10, 15, 16, 17, 20, 31, 33, 50, 64, 100};

static void a_callback_is_never_early(void)
{
    enum { ROUNDS = 12 };
    static struct probe probes[COUNT_OF(timeouts)];
    wd_watchdog *wds[COUNT_OF(timeouts)];
    for (size_t i = 0; i < COUNT_OF(timeouts); i++) {
        wds[i] = started_with(timeouts[i], 0, probe_run, &probes[i]);
    }
    for (size_t i = 0; i < COUNT_OF(timeouts); i++) {
        WAIT_UNTIL(probe_runs(&probes[i]) == 1, HANG_MS);
    }
    /* Without an interval each feed is followed by one run, so all is settled. */
    for (int round = 1; round < ROUNDS; round++) {
        int64_t before[COUNT_OF(timeouts)];
        for (size_t i = 0; i < COUNT_OF(timeouts); i++) {
            before[i] = now_ns();
            CHECK_STATUS(wd_feed(wds[i]), WD_OK);
        }
        for (size_t i = 0; i < COUNT_OF(timeouts); i++) {
            WAIT_UNTIL(probe_runs(&probes[i]) == round + 1, HANG_MS);
            CHECK(probes[i].began_ns[round] > before[i] + (int64_t)timeouts[i] * MS_IN_NS);
        }
    }
    for (size_t i = 0; i < COUNT_OF(timeouts); i++) {
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
}

/* When the latest run began. */
static int64_t latest_ns(struct probe *probe)
{
    int runs = probe_runs(probe);
    return runs == 0 ? 0 : runs > PROBE_TIMES ? INT64_MAX : probe->began_ns[runs - 1];
}

static void a_callback_is_never_early_after_many_feeds(void)
{
    /* Feeds in quick succession may be taken together, but never to the front. */
    for (uint64_t timeout = 1; timeout <= 16; timeout *= 2) {
        struct probe probe = {0};
        int64_t before = 0;
        wd_watchdog *wd = started_with(timeout, 0, probe_run, &probe);
        int64_t began = now_ns();
        while (elapsed_ms(began) < 30) {
            before = now_ns();
            wd_feed(wd);
        }
        /* A machine that starves the feeding has seen runs before, too. */
        WAIT_UNTIL(latest_ns(&probe) > before, HANG_MS);
        CHECK(latest_ns(&probe) > before + (int64_t)timeout * MS_IN_NS);
        CHECK_STATUS(wd_free(wd), WD_OK);
    }
}

static void starting_counts_as_a_feed(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = new_with(40, 0, probe_run, &probe);
    sleep_ms(60);
    int64_t before = now_ns();
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    CHECK(probe.began_ns[0] > before + 40 * MS_IN_NS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void starting_a_running_one_is_no_feed(void)
{
    wd_watchdog *wd = started_with(60000, 0, NULL, NULL);
    int64_t started = now_ns();
    sleep_ms(30);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 0), WD_OK);
    int64_t least = elapsed_ms(started);
    CHECK(since_feed_ms(wd) >= least - 1);
    CHECK_EQ(is_running(wd), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* ---- quiet while fed -------------------------------------------------- */

static void feeding_in_time_keeps_it_quiet(void)
{
    enum { TIMEOUT = 80, FOR = 800 };
    struct probe probe = {0};
    wd_watchdog *wd = started_with(TIMEOUT, 0, probe_run, &probe);
    int64_t began = now_ns(), before = began, longest = 0;
    while (elapsed_ms(began) < FOR) {
        sleep_ms(TIMEOUT / 8);
        int64_t this_before = now_ns();
        wd_feed(wd);
        int64_t gap = now_ns() - before;
        longest = gap > longest ? gap : longest;
        before = this_before;
    }
    /* A machine that kept this thread from feeding in time is not the library's fault. */
    CHECK(probe_runs(&probe) == 0 || longest > TIMEOUT * MS_IN_NS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static atomic_int over;

static void *feed_until_over(void *wd)
{
    while (!atomic_load(&over)) {
        wd_feed(wd);
    }
    return NULL;
}

static void feeding_from_many_threads_keeps_it_quiet(void)
{
    enum { TIMEOUT = 200 };
    struct probe probe = {0};
    pthread_t threads[4];
    wd_watchdog *wd = started_with(TIMEOUT, 0, probe_run, &probe);
    int64_t began = now_ns(), before = began, longest = 0;
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        threads[i] = thread_start(feed_until_over, wd);
    }
    while (elapsed_ms(began) < 600) {
        int64_t this_before = now_ns();
        wd_feed(wd);
        int64_t gap = now_ns() - before;
        longest = gap > longest ? gap : longest;
        before = this_before;
    }
    atomic_store(&over, 1);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        thread_join(threads[i]);
    }
    CHECK(probe_runs(&probe) == 0 || longest > TIMEOUT * MS_IN_NS);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* ---- whose thread ----------------------------------------------------- */

static void a_monitored_callback_runs_on_another_thread(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(10, 0, probe_run, &probe);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    CHECK(!pthread_equal(probe.thread, pthread_self()));
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_watchdog_without_a_callback_is_monitored_in_silence(void)
{
    wd_watchdog *wd = started_with(5, 5, NULL, NULL);
    library_pace(5, 4);
    CHECK_EQ(is_running(wd), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* ---- stopping and starting again -------------------------------------- */

static void nothing_runs_after_stop(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(2, 2, probe_run, &probe);
    for (int i = 0; i < 10; i++) {
        int seen = probe_runs(&probe);
        WAIT_UNTIL(probe_runs(&probe) > seen, HANG_MS);
        CHECK_STATUS(wd_stop(wd, -1), WD_OK);
        CHECK_EQ(is_running(wd), 0);
        seen = probe_runs(&probe);
        library_pace(2, 4);
        CHECK_EQ(probe_runs(&probe), seen);
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
        CHECK_EQ(is_running(wd), 1);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void stop_waits_for_no_interval(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(10, 600000, probe_run, &probe);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    int64_t before = now_ns();
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK(elapsed_ms(before) < HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void stop_waits_for_no_timeout(void)
{
    for (int i = 0; i < 100; i++) {
        wd_watchdog *wd = started_with(600000, 600000, NULL, NULL);
        CHECK_STATUS(wd_stop(wd, -1), WD_OK);
        CHECK_STATUS(wd_free(wd), WD_OK);
    }
}

static void stop_succeeds_when_not_running(void)
{
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_STATUS(wd_stop(wd, 0), WD_OK);
    CHECK_STATUS(wd_stop(wd, INT64_MAX), WD_OK);
    CHECK_STATUS(wd_stop(wd, INT64_MIN), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_stop(wd, INT64_MAX), WD_OK);
    CHECK_STATUS(wd_stop(wd, 0), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_restart_is_a_fresh_start(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(30, 600000, probe_run, &probe);
    for (int i = 1; i <= 3; i++) {
        WAIT_UNTIL(probe_runs(&probe) == i, HANG_MS);
        CHECK_STATUS(wd_stop(wd, -1), WD_OK);
        int64_t before = now_ns();
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
        WAIT_UNTIL(probe_runs(&probe) == i + 1, HANG_MS);
        CHECK(probe.began_ns[i] > before + 30 * MS_IN_NS);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void no_run_comes_after_free(void)
{
    for (int i = 0; i < 100; i++) {
        struct probe *probe = calloc(1, sizeof *probe);
        wd_watchdog *wd = started_with(1, 1, probe_run, probe);
        sleep_until_ns(now_ns() + i * MS_IN_NS / 33);
        CHECK_STATUS(wd_free(wd), WD_OK);
        /* A memory checker sees a run that comes now. */
        free(probe);
    }
}

static void starting_and_stopping_quickly_leaves_it_able_to_fire(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = new_with(10, 0, probe_run, &probe);
    for (int i = 0; i < 2000; i++) {
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
        CHECK_STATUS(wd_stop(wd, i % 2 ? -1 : 0), WD_OK);
    }
    int seen = probe_runs(&probe);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) > seen, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_callback_is_never_early),
        TEST(a_callback_is_never_early_after_many_feeds),
        TEST(starting_counts_as_a_feed),
        TEST(starting_a_running_one_is_no_feed),
        TEST(feeding_in_time_keeps_it_quiet),
        TEST(feeding_from_many_threads_keeps_it_quiet),
        TEST(a_monitored_callback_runs_on_another_thread),
        TEST(a_watchdog_without_a_callback_is_monitored_in_silence),
        TEST(nothing_runs_after_stop),
        TEST(stop_waits_for_no_interval),
        TEST(stop_waits_for_no_timeout),
        TEST(stop_succeeds_when_not_running),
        TEST(a_restart_is_a_fresh_start),
        TEST(no_run_comes_after_free),
        TEST(starting_and_stopping_quickly_leaves_it_able_to_fire),
    };
    return RUN_TESTS(tests);
}
