/* wd_set_times, and the times that a watchdog reports. */
#include "probes.h"

static void set_times_is_seen_by_the_getters(void)
{
    uint64_t timeout = 0, interval = 0;
    wd_watchdog *wd = wd_new(60000, 20000);
    CHECK_STATUS(wd_set_times(wd, 123, 0), WD_OK);
    CHECK_STATUS(wd_timeout_ms(wd, &timeout), WD_OK);
    CHECK_STATUS(wd_interval_ms(wd, &interval), WD_OK);
    CHECK_EQ(timeout, 123);
    CHECK_EQ(interval, 0);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void refused_times_change_nothing(void)
{
    static const uint64_t refused[][2] = {{0, 5},
                                          {UINT64_MAX, 5},
                                          {(uint64_t)INT64_MAX + 1, 5},
                                          {5, UINT64_MAX},
                                          {5, (uint64_t)INT64_MAX + 1}};
    uint64_t timeout = 0, interval = 0;
    wd_watchdog *wd = wd_new(60000, 20000);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        CHECK_STATUS(wd_set_times(wd, refused[i][0], refused[i][1]), WD_ERR_INVALID_ARGUMENT);
        CHECK_STATUS(wd_timeout_ms(wd, &timeout), WD_OK);
        CHECK_STATUS(wd_interval_ms(wd, &interval), WD_OK);
        CHECK_EQ(timeout, 60000);
        CHECK_EQ(interval, 20000);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void errors_leave_outputs_untouched(void)
{
    uint64_t ms = 4711;
    int32_t flag = 4711;
    wd_watchdog *wd = wd_new(60000, 20000);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_timeout_ms(wd, &ms), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_interval_ms(wd, &ms), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_since_feed_ms(wd, &ms), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_is_running(wd, &flag), WD_ERR_INVALID_HANDLE);
    CHECK_EQ(ms, 4711);
    CHECK_EQ(flag, 4711);
}

static void a_null_output_is_an_invalid_argument(void)
{
    wd_watchdog *wd = wd_new(60000, 20000);
    CHECK_STATUS(wd_timeout_ms(wd, NULL), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_interval_ms(wd, NULL), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_since_feed_ms(wd, NULL), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_is_running(wd, NULL), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_shorter_timeout_takes_effect_at_once(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(600000, 0, probe_run, &probe);
    sleep_ms(20);
    int64_t before = now_ns();
    CHECK_STATUS(wd_set_times(wd, 10, 0), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    CHECK(probe.began_ns[0] > before);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_new_timeout_is_measured_from_the_last_feed(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(600000, 0, probe_run, &probe);
    int64_t before = now_ns();
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_STATUS(wd_set_times(wd, 60, 0), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    CHECK(probe.began_ns[0] > before + 60 * MS_IN_NS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_longer_timeout_puts_expiry_off(void)
{
    struct probe probe = {0};
    int64_t before = now_ns();
    wd_watchdog *wd = started_with(200, 0, probe_run, &probe);
    CHECK_STATUS(wd_set_times(wd, 600000, 0), WD_OK);
    int in_time = elapsed_ms(before) < 200;
    sleep_until_ns(before + 300 * MS_IN_NS);
    CHECK(probe_runs(&probe) == 0 || !in_time);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_changed_timeout_counts_for_check_too(void)
{
    wd_watchdog *wd = wd_new(10, 0);
    sleep_ms(20);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_STATUS(wd_set_times(wd, 600000, 0), WD_OK);
    CHECK_STATUS(wd_check(wd), WD_HEALTHY);
    CHECK_STATUS(wd_set_times(wd, 10, 0), WD_OK);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* Changes the times inside a run, so that no other run can be on its way. */
struct changer {
    struct probe probe;
    wd_watchdog *wd;
    uint64_t timeout_ms, interval_ms;
};

static void change_times(void *data)
{
    struct changer *changer = data;
    if (probe_runs(&changer->probe) == 0) {
        CHECK_STATUS(wd_set_times(changer->wd, changer->timeout_ms, changer->interval_ms), WD_OK);
    }
    probe_run(&changer->probe);
}

static void a_timeout_not_yet_due_stops_the_repeating(void)
{
    struct changer changer = {.timeout_ms = 600000, .interval_ms = 5};
    changer.wd = new_with(20, 5, change_times, &changer);
    CHECK_STATUS(wd_start_thread(changer.wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&changer.probe) > 0, HANG_MS);
    library_pace(10, 5);
    CHECK_EQ(probe_runs(&changer.probe), 1);
    CHECK_STATUS(wd_check(changer.wd), WD_HEALTHY);
    CHECK_STATUS(wd_free(changer.wd), WD_OK);
}

static void a_timeout_due_again_repeats_again(void)
{
    struct changer changer = {.timeout_ms = 600000, .interval_ms = 5};
    changer.wd = new_with(20, 5, change_times, &changer);
    CHECK_STATUS(wd_start_thread(changer.wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&changer.probe) == 1, HANG_MS);
    CHECK_STATUS(wd_set_times(changer.wd, 20, 5), WD_OK);
    WAIT_UNTIL(probe_runs(&changer.probe) >= 3, HANG_MS);
    CHECK_STATUS(wd_free(changer.wd), WD_OK);
}

static void an_interval_of_zero_ends_the_repeating(void)
{
    struct changer changer = {.timeout_ms = 20, .interval_ms = 0};
    changer.wd = new_with(20, 5, change_times, &changer);
    CHECK_STATUS(wd_start_thread(changer.wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&changer.probe) > 0, HANG_MS);
    library_pace(10, 5);
    CHECK_EQ(probe_runs(&changer.probe), 1);
    CHECK_STATUS(wd_free(changer.wd), WD_OK);
}

static void a_shorter_interval_is_measured_from_the_previous_run(void)
{
    struct probe probe = {0};
    int64_t before = now_ns();
    wd_watchdog *wd = started_with(20, 600000, probe_run, &probe);
    WAIT_UNTIL(probe_runs(&probe) == 1, HANG_MS);
    CHECK_STATUS(wd_set_times(wd, 20, 50), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) >= 2, HANG_MS);
    CHECK(probe.began_ns[1] > before + (20 + 50) * MS_IN_NS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_longer_interval_puts_the_next_run_off(void)
{
    struct changer changer = {.timeout_ms = 20, .interval_ms = 600000};
    changer.wd = new_with(20, 10, change_times, &changer);
    CHECK_STATUS(wd_start_thread(changer.wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&changer.probe) > 0, HANG_MS);
    library_pace(10, 5);
    CHECK_EQ(probe_runs(&changer.probe), 1);
    CHECK_STATUS(wd_free(changer.wd), WD_OK);
}

static atomic_int hammering;

static void *set_times_until_over(void *wd)
{
    while (atomic_load(&hammering)) {
        CHECK_STATUS(wd_set_times(wd, 1, 1), WD_OK);
        CHECK_STATUS(wd_set_times(wd, 2, 1), WD_OK);
    }
    return NULL;
}

static void times_that_change_all_the_time_keep_no_callback_from_running(void)
{
    struct probe probe = {0};
    pthread_t threads[2];
    wd_watchdog *wd = started_with(1, 1, probe_run, &probe);
    atomic_store(&hammering, 1);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        threads[i] = thread_start(set_times_until_over, wd);
    }
    for (int i = 0; i < 10; i++) {
        int seen = probe_runs(&probe);
        WAIT_UNTIL(probe_runs(&probe) > seen, HANG_MS);
    }
    atomic_store(&hammering, 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        thread_join(threads[i]);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void set_times_is_no_feed(void)
{
    wd_watchdog *wd = wd_new(600000, 0);
    sleep_ms(30);
    CHECK_STATUS(wd_set_times(wd, 500000, 1), WD_OK);
    CHECK(since_feed_ms(wd) >= 29);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(set_times_is_seen_by_the_getters),
        TEST(refused_times_change_nothing),
        TEST(errors_leave_outputs_untouched),
        TEST(a_null_output_is_an_invalid_argument),
        TEST(a_shorter_timeout_takes_effect_at_once),
        TEST(a_new_timeout_is_measured_from_the_last_feed),
        TEST(a_longer_timeout_puts_expiry_off),
        TEST(a_changed_timeout_counts_for_check_too),
        TEST(a_timeout_not_yet_due_stops_the_repeating),
        TEST(a_timeout_due_again_repeats_again),
        TEST(an_interval_of_zero_ends_the_repeating),
        TEST(a_shorter_interval_is_measured_from_the_previous_run),
        TEST(a_longer_interval_puts_the_next_run_off),
        TEST(times_that_change_all_the_time_keep_no_callback_from_running),
        TEST(set_times_is_no_feed),
    };
    return RUN_TESTS(tests);
}
