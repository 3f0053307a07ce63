/* wd_shutdown: a stop of every watchdog, with one limit for all. */
#include "probes.h"

enum { MANY = 100 };

static void it_stops_every_watchdog(void)
{
    wd_watchdog *wds[MANY];
    struct probe probes[MANY];
    memset(probes, 0, sizeof probes);
    for (int i = 0; i < MANY; i++) {
        wds[i] = started_with(1 + (uint64_t)i % 7, 3, probe_run, &probes[i]);
    }
    for (int i = 0; i < MANY; i++) {
        WAIT_UNTIL(probe_runs(&probes[i]) > 0, HANG_MS);
    }
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    int seen[MANY];
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(is_running(wds[i]), 0);
        seen[i] = probe_runs(&probes[i]);
    }
    library_pace(5, 4);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(probe_runs(&probes[i]), seen[i]);
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
}

static void they_can_be_started_again(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(5, 5, probe_run, &probe);
    for (int i = 0; i < 3; i++) {
        int seen = probe_runs(&probe);
        WAIT_UNTIL(probe_runs(&probe) > seen, HANG_MS);
        CHECK_STATUS(wd_shutdown(-1), WD_OK);
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    }
    int seen = probe_runs(&probe);
    WAIT_UNTIL(probe_runs(&probe) > seen, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void it_succeeds_when_there_is_nothing_to_stop(void)
{
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    CHECK_STATUS(wd_shutdown(0), WD_OK);
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_shutdown(INT64_MIN), WD_OK);
    CHECK_STATUS(wd_shutdown(INT64_MAX), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void it_has_one_limit_for_all(void)
{
    enum { STUCK = 10, LIMIT = 300 };
    static struct gate gates[STUCK];
    wd_watchdog *wds[STUCK], *idle = started_with(600000, 0, NULL, NULL);
    for (int i = 0; i < STUCK; i++) {
        wds[i] = started_with(5, 0, gate_run, &gates[i]);
        gate_await(&gates[i]);
    }
    int64_t before = now_ns();
    CHECK_STATUS(wd_shutdown(LIMIT), WD_ERR_TIMED_OUT);
    CHECK(now_ns() >= before + LIMIT * MS_IN_NS);
    CHECK(elapsed_ms(before) < STUCK * LIMIT);
    CHECK_STATUS(wd_shutdown(0), WD_ERR_TIMED_OUT);
    CHECK_EQ(is_running(idle), 0);
    for (int i = 0; i < STUCK; i++) {
        CHECK_EQ(is_running(wds[i]), 0);
        atomic_store(&gates[i].open, 1);
    }
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    for (int i = 0; i < STUCK; i++) {
        CHECK_EQ(atomic_load(&gates[i].left), 1);
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
    CHECK_STATUS(wd_free(idle), WD_OK);
}

struct caller {
    struct probe probe;
    int64_t limit;
    wd_status want;
};

static void shut_down(void *data)
{
    struct caller *caller = data;
    CHECK_STATUS(wd_shutdown(caller->limit), caller->want);
    probe_run(&caller->probe);
}

static void inside_a_callback_it_does_not_wait_for_that_one(void)
{
    struct caller caller = {.limit = -1, .want = WD_OK};
    wd_watchdog *other = started_with(600000, 0, NULL, NULL);
    wd_watchdog *wd = started_with(5, 5, shut_down, &caller);
    WAIT_UNTIL(probe_runs(&caller.probe) == 1, HANG_MS);
    CHECK_EQ(is_running(wd), 0);
    CHECK_EQ(is_running(other), 0);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_free(other), WD_OK);
    CHECK_EQ(probe_runs(&caller.probe), 1);
}

static void inside_a_checked_callback_it_does_not_wait_for_that_one(void)
{
    struct caller caller = {.limit = -1, .want = WD_OK};
    wd_watchdog *wd = new_with(5, 5, shut_down, &caller);
    sleep_ms(10);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_EQ(probe_runs(&caller.probe), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void inside_a_callback_it_waits_for_the_others(void)
{
    static struct gate gate;
    struct caller caller = {.limit = 20, .want = WD_ERR_TIMED_OUT};
    wd_watchdog *stuck = started_with(5, 0, gate_run, &gate);
    gate_await(&gate);
    wd_watchdog *wd = started_with(5, 0, shut_down, &caller);
    WAIT_UNTIL(probe_runs(&caller.probe) == 1, HANG_MS);
    atomic_store(&gate.open, 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_free(stuck), WD_OK);
}

static atomic_int over;

static void *churn(void *unused)
{
    while (!atomic_load(&over)) {
        struct probe probe = {0};
        wd_watchdog *wd = started_with(1, 1, probe_run, &probe);
        sleep_until_ns(now_ns() + MS_IN_NS / 2);
        CHECK_STATUS(wd_free(wd), WD_OK);
    }
    return unused;
}

static void it_may_meet_others_that_come_and_go(void)
{
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        threads[i] = thread_start(churn, NULL);
    }
    for (int i = 0; i < 100; i++) {
        CHECK_STATUS(wd_shutdown(-1), WD_OK);
    }
    atomic_store(&over, 1);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        thread_join(threads[i]);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(it_stops_every_watchdog),
        TEST(they_can_be_started_again),
        TEST(it_succeeds_when_there_is_nothing_to_stop),
        TEST(it_has_one_limit_for_all),
        TEST(inside_a_callback_it_does_not_wait_for_that_one),
        TEST(inside_a_checked_callback_it_does_not_wait_for_that_one),
        TEST(inside_a_callback_it_waits_for_the_others),
        TEST(it_may_meet_others_that_come_and_go),
    };
    return RUN_TESTS(tests);
}
