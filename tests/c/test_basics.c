/* Creating, feeding, checking, and what a watchdog says of itself. */
#include "probes.h"

#define TOO_LONG ((uint64_t)INT64_MAX + 1)

static void a_new_watchdog_is_fed_and_not_running(void)
{
    int64_t before = now_ns();
    wd_watchdog *wd = wd_new(60000, 20000);
    CHECK(wd != NULL);
    CHECK_EQ(is_running(wd), 0);
    CHECK(since_feed_ms(wd) <= elapsed_ms(before) + 1);
    CHECK_STATUS(wd_check(wd), WD_HEALTHY);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void new_refuses_a_timeout_of_zero(void)
{
    CHECK(wd_new(0, 0) == NULL);
    CHECK(wd_new(0, 20000) == NULL);
    CHECK(wd_last_error()[0] != '\0');
}

static void new_refuses_times_over_int64_max(void)
{
    CHECK(wd_new(TOO_LONG, 1) == NULL);
    CHECK(wd_new(UINT64_MAX, 1) == NULL);
    CHECK(wd_new(1, TOO_LONG) == NULL);
    CHECK(wd_new(1, UINT64_MAX) == NULL);
}

static void new_takes_the_longest_and_the_shortest_times(void)
{
    static const uint64_t times[][2] = {
        {1, 0}, {1, 1}, {INT64_MAX, INT64_MAX}, {INT64_MAX, 0}, {1, INT64_MAX}};
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        uint64_t timeout = 0, interval = 7;
        wd_watchdog *wd = wd_new(times[i][0], times[i][1]);
        CHECK(wd != NULL);
        CHECK_STATUS(wd_timeout_ms(wd, &timeout), WD_OK);
        CHECK_STATUS(wd_interval_ms(wd, &interval), WD_OK);
        CHECK(timeout == times[i][0]);
        CHECK(interval == times[i][1]);
        CHECK_STATUS(wd_free(wd), WD_OK);
    }
}

static void the_longest_times_never_expire(void)
{
    /* Times whose sums with now overflow in milliseconds, micro- or nanoseconds. */
    static const uint64_t times[] = {INT64_MAX,           INT64_MAX - 1,
                                     INT64_MAX / 1000,    INT64_MAX / 1000 + 1,
                                     INT64_MAX / 1000000, INT64_MAX / 1000000 + 1,
                                     UINT32_MAX,          (uint64_t)UINT32_MAX + 1,
                                     UINT64_MAX / 1000000 / 2, UINT64_MAX / 1000000 + 1};
    wd_watchdog *wds[COUNT_OF(times)];
    struct probe probe = {0};
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        wds[i] = started_with(times[i], times[i], probe_run, &probe);
    }
    library_pace(10, 3);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        CHECK_STATUS(wd_check(wds[i]), WD_HEALTHY);
        CHECK_STATUS(wd_feed(wds[i]), WD_OK);
        CHECK_STATUS(wd_check(wds[i]), WD_HEALTHY);
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
    CHECK_EQ(probe_runs(&probe), 0);
}

static void the_longest_interval_repeats_no_run(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(10, INT64_MAX, probe_run, &probe);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    library_pace(10, 3);
    CHECK_EQ(probe_runs(&probe), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void check_runs_the_callback_here_when_expired(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = new_with(20, 60000, probe_run, &probe);
    CHECK_EQ(probe_runs(&probe), 0);
    sleep_ms(40);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_EQ(probe_runs(&probe), 1);
    CHECK(pthread_equal(probe.thread, pthread_self()));
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void check_runs_the_callback_whatever_the_interval(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = new_with(20, 60000, probe_run, &probe);
    sleep_ms(40);
    for (int i = 1; i <= 3; i++) {
        CHECK_STATUS(wd_check(wd), WD_EXPIRED);
        CHECK_EQ(probe_runs(&probe), i);
    }
    CHECK_STATUS(wd_set_times(wd, 20, 0), WD_OK);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_EQ(probe_runs(&probe), 4);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void check_reports_expiry_without_a_callback(void)
{
    wd_watchdog *wd = wd_new(10, 0);
    sleep_ms(30);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_STATUS(wd_start(wd), WD_EXPIRED);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_feed_makes_check_healthy_again(void)
{
    int64_t before;
    wd_watchdog *wd = wd_new(200, 0);
    sleep_ms(220);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    before = now_ns();
    CHECK_STATUS(wd_feed(wd), WD_OK);
    /* Only a machine that held this thread up for the whole timeout excuses it. */
    if (wd_check(wd) != WD_HEALTHY) {
        CHECK(elapsed_ms(before) >= 200);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void check_is_never_early(void)
{
    for (uint64_t timeout = 1; timeout <= 20; timeout += 3) {
        struct probe probe = {0};
        wd_watchdog *wd = new_with(timeout, 0, probe_run, &probe);
        int64_t before = now_ns();
        CHECK_STATUS(wd_feed(wd), WD_OK);
        while (wd_check(wd) == WD_HEALTHY && elapsed_ms(before) < HANG_MS) {
        }
        CHECK_EQ(probe_runs(&probe), 1);
        CHECK(probe.began_ns[0] > before + (int64_t)timeout * MS_IN_NS);
        CHECK_STATUS(wd_free(wd), WD_OK);
    }
}

static void start_checks_then_sleeps_for_the_interval(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = new_with(60000, 50, probe_run, &probe);
    int64_t before = now_ns();
    CHECK_STATUS(wd_start(wd), WD_HEALTHY);
    CHECK(now_ns() >= before + 50 * MS_IN_NS);
    CHECK_EQ(probe_runs(&probe), 0);

    CHECK_STATUS(wd_set_times(wd, 20, 50), WD_OK);
    before = now_ns();
    CHECK_STATUS(wd_start(wd), WD_EXPIRED);
    CHECK_EQ(probe_runs(&probe), 1);
    CHECK(pthread_equal(probe.thread, pthread_self()));
    CHECK(now_ns() >= probe.began_ns[0] + 50 * MS_IN_NS);
    CHECK_EQ(is_running(wd), 0);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void start_without_an_interval_does_not_sleep(void)
{
    wd_watchdog *wd = wd_new(60000, 0);
    for (int i = 0; i < 100; i++) {
        CHECK_STATUS(wd_start(wd), WD_HEALTHY);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void feed_is_valid_running_or_not(void)
{
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_EQ(is_running(wd), 1);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_EQ(is_running(wd), 0);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void since_feed_counts_from_the_last_feed(void)
{
    wd_watchdog *wd = wd_new(60000, 0);
    for (int i = 0; i < 3; i++) {
        int64_t before = now_ns(), after, since;
        CHECK_STATUS(wd_feed(wd), WD_OK);
        after = now_ns();
        sleep_ms(30);
        int64_t least = elapsed_ms(after);
        since = since_feed_ms(wd);
        /* One millisecond for the rounding of either side. */
        CHECK(since >= least - 1);
        CHECK(since <= elapsed_ms(before) + 1);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void every_status_has_its_name(void)
{
    CHECK_TEXT(wd_status_name(WD_OK), "WD_OK");
    CHECK_TEXT(wd_status_name(WD_HEALTHY), "WD_OK");
    CHECK_TEXT(wd_status_name(WD_EXPIRED), "WD_EXPIRED");
    CHECK_TEXT(wd_status_name(WD_EMPTY), "WD_EMPTY");
    CHECK_TEXT(wd_status_name(WD_ERR_INVALID_HANDLE), "WD_ERR_INVALID_HANDLE");
    CHECK_TEXT(wd_status_name(WD_ERR_INVALID_ARGUMENT), "WD_ERR_INVALID_ARGUMENT");
    CHECK_TEXT(wd_status_name(WD_ERR_NO_MEMORY), "WD_ERR_NO_MEMORY");
    CHECK_TEXT(wd_status_name(WD_ERR_TIMED_OUT), "WD_ERR_TIMED_OUT");
    CHECK_TEXT(wd_status_name(WD_ERR_THREAD), "WD_ERR_THREAD");
    CHECK_TEXT(wd_status_name(WD_ERR_PANIC), "WD_ERR_PANIC");
    CHECK_TEXT(wd_status_name(WD_ERR_UNSUPPORTED), "WD_ERR_UNSUPPORTED");
}

static void an_unknown_status_is_named_so(void)
{
    static const wd_status unknown[] = {3, 4, 255, -8, -9, -255, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        CHECK_TEXT(wd_status_name(unknown[i]), "WD_UNKNOWN");
    }
}

static void the_statuses_are_the_numbers_of_the_contract(void)
{
    CHECK_EQ(WD_OK, 0);
    CHECK_EQ(WD_HEALTHY, 0);
    CHECK_EQ(WD_EXPIRED, 1);
    CHECK_EQ(WD_EMPTY, 2);
    CHECK_EQ(WD_ERR_INVALID_HANDLE, -1);
    CHECK_EQ(WD_ERR_INVALID_ARGUMENT, -2);
    CHECK_EQ(WD_ERR_NO_MEMORY, -3);
    CHECK_EQ(WD_ERR_TIMED_OUT, -4);
    CHECK_EQ(WD_ERR_THREAD, -5);
    CHECK_EQ(WD_ERR_PANIC, -6);
    CHECK_EQ(WD_ERR_UNSUPPORTED, -7);
    CHECK_EQ(WD_NAME_MAX, 255);
    CHECK_EQ(WD_DEFAULT_TIMEOUT_MS, 60000);
    CHECK_EQ(WD_DEFAULT_INTERVAL_MS, 20000);
    CHECK_EQ(sizeof(wd_status), 4);
}

static void the_version_agrees_with_the_macros(void)
{
    char version[64];
    snprintf(version, sizeof version, "%d.%d.%d", WD_VERSION_MAJOR, WD_VERSION_MINOR,
             WD_VERSION_PATCH);
    CHECK_TEXT(wd_version(), version);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_new_watchdog_is_fed_and_not_running),
        TEST(new_refuses_a_timeout_of_zero),
        TEST(new_refuses_times_over_int64_max),
        TEST(new_takes_the_longest_and_the_shortest_times),
        TEST(the_longest_times_never_expire),
        TEST(the_longest_interval_repeats_no_run),
        TEST(check_runs_the_callback_here_when_expired),
        TEST(check_runs_the_callback_whatever_the_interval),
        TEST(check_reports_expiry_without_a_callback),
        TEST(a_feed_makes_check_healthy_again),
        TEST(check_is_never_early),
        TEST(start_checks_then_sleeps_for_the_interval),
        TEST(start_without_an_interval_does_not_sleep),
        TEST(feed_is_valid_running_or_not),
        TEST(since_feed_counts_from_the_last_feed),
        TEST(every_status_has_its_name),
        TEST(an_unknown_status_is_named_so),
        TEST(the_statuses_are_the_numbers_of_the_contract),
        TEST(the_version_agrees_with_the_macros),
    };
    return RUN_TESTS(tests);
}
