/* wd_pause and wd_resume. */
#include "probes.h"

static void nothing_expires_while_paused(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = new_with(5, 5, probe_run, &probe);
    CHECK_STATUS(wd_pause(wd), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    library_pace(5, 6);
    CHECK_EQ(probe_runs(&probe), 0);
    CHECK_EQ(is_running(wd), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_pause_in_time_holds_off_the_expiry_that_was_near(void)
{
    struct probe probe = {0};
    int64_t before = now_ns();
    wd_watchdog *wd = started_with(100, 0, probe_run, &probe);
    CHECK_STATUS(wd_pause(wd), WD_OK);
    int in_time = elapsed_ms(before) < 100;
    sleep_until_ns(before + 200 * MS_IN_NS);
    CHECK(probe_runs(&probe) == 0 || !in_time);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void check_is_healthy_while_paused(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = new_with(5, 0, probe_run, &probe);
    sleep_ms(10);
    CHECK_STATUS(wd_pause(wd), WD_OK);
    CHECK_STATUS(wd_check(wd), WD_HEALTHY);
    CHECK_STATUS(wd_start(wd), WD_HEALTHY);
    sleep_ms(10);
    CHECK_STATUS(wd_check(wd), WD_HEALTHY);
    CHECK_EQ(probe_runs(&probe), 0);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void as_many_resumes_as_pauses(void)
{
    wd_watchdog *wd = wd_new(5, 0);
    for (int i = 0; i < 1000; i++) {
        CHECK_STATUS(wd_pause(wd), WD_OK);
    }
    sleep_ms(10);
    for (int i = 0; i < 999; i++) {
        CHECK_STATUS(wd_resume(wd), WD_OK);
    }
    CHECK_STATUS(wd_check(wd), WD_HEALTHY);
    CHECK_STATUS(wd_resume(wd), WD_OK);
    sleep_ms(10);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_STATUS(wd_resume(wd), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_resume_without_a_pause_is_refused_and_no_feed(void)
{
    wd_watchdog *wd = wd_new(5, 0);
    sleep_ms(10);
    CHECK_STATUS(wd_resume(wd), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_STATUS(wd_pause(wd), WD_OK);
    CHECK_STATUS(wd_resume(wd), WD_OK);
    CHECK_STATUS(wd_resume(wd), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void the_last_resume_feeds(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = new_with(30, 0, probe_run, &probe);
    CHECK_STATUS(wd_pause(wd), WD_OK);
    CHECK_STATUS(wd_pause(wd), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    sleep_ms(50);
    CHECK_STATUS(wd_resume(wd), WD_OK);
    CHECK(since_feed_ms(wd) >= 49);
    CHECK_EQ(probe_runs(&probe), 0);
    int64_t before = now_ns();
    CHECK_STATUS(wd_resume(wd), WD_OK);
    CHECK(since_feed_ms(wd) <= elapsed_ms(before) + 1);
    WAIT_UNTIL(probe_runs(&probe) == 1, HANG_MS);
    CHECK(probe.began_ns[0] > before + 30 * MS_IN_NS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_pause_outlives_stop_and_start(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = new_with(5, 5, probe_run, &probe);
    CHECK_STATUS(wd_pause(wd), WD_OK);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
        CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    }
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    library_pace(5, 5);
    CHECK_EQ(probe_runs(&probe), 0);
    CHECK_STATUS(wd_resume(wd), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_feed_does_not_end_a_pause(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = new_with(5, 5, probe_run, &probe);
    CHECK_STATUS(wd_pause(wd), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_STATUS(wd_set_times(wd, 2, 2), WD_OK);
    library_pace(5, 5);
    CHECK_EQ(probe_runs(&probe), 0);
    CHECK_STATUS(wd_check(wd), WD_HEALTHY);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void since_feed_goes_on_while_paused(void)
{
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_pause(wd), WD_OK);
    sleep_ms(30);
    CHECK(since_feed_ms(wd) >= 29);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* Pauses in its first run, so that no other run can be on its way. */
struct pauser {
    struct probe probe;
    wd_watchdog *wd;
};

static void pause_itself(void *data)
{
    struct pauser *pauser = data;
    if (probe_runs(&pauser->probe) == 0) {
        CHECK_STATUS(wd_pause(pauser->wd), WD_OK);
        CHECK_STATUS(wd_check(pauser->wd), WD_HEALTHY);
    }
    probe_run(&pauser->probe);
}

static void a_pause_ends_the_repeating(void)
{
    struct pauser pauser = {0};
    pauser.wd = new_with(20, 5, pause_itself, &pauser);
    CHECK_STATUS(wd_start_thread(pauser.wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&pauser.probe) == 1, HANG_MS);
    library_pace(5, 6);
    CHECK_EQ(probe_runs(&pauser.probe), 1);
    int64_t before = now_ns();
    CHECK_STATUS(wd_resume(pauser.wd), WD_OK);
    WAIT_UNTIL(probe_runs(&pauser.probe) >= 2, HANG_MS);
    CHECK(pauser.probe.began_ns[1] > before + 20 * MS_IN_NS);
    CHECK_STATUS(wd_free(pauser.wd), WD_OK);
}

static void *pause_and_resume_often(void *wd)
{
    for (int i = 0; i < 2000; i++) {
        CHECK_STATUS(wd_pause(wd), WD_OK);
        CHECK_STATUS(wd_resume(wd), WD_OK);
    }
    return NULL;
}

static void pauses_of_many_threads_are_all_counted(void)
{
    struct probe probe = {0};
    pthread_t threads[8];
    wd_watchdog *wd = new_with(1, 1, probe_run, &probe);
    CHECK_STATUS(wd_pause(wd), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        threads[i] = thread_start(pause_and_resume_often, wd);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        thread_join(threads[i]);
    }
    CHECK_EQ(probe_runs(&probe), 0);
    CHECK_STATUS(wd_resume(wd), WD_OK);
    CHECK_STATUS(wd_resume(wd), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(nothing_expires_while_paused),
        TEST(a_pause_in_time_holds_off_the_expiry_that_was_near),
        TEST(check_is_healthy_while_paused),
        TEST(as_many_resumes_as_pauses),
        TEST(a_resume_without_a_pause_is_refused_and_no_feed),
        TEST(the_last_resume_feeds),
        TEST(a_pause_outlives_stop_and_start),
        TEST(a_feed_does_not_end_a_pause),
        TEST(since_feed_goes_on_while_paused),
        TEST(a_pause_ends_the_repeating),
        TEST(pauses_of_many_threads_are_all_counted),
    };
    return RUN_TESTS(tests);
}
