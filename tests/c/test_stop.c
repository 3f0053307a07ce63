/* wd_stop and wd_free: limits, running callbacks, and calls from inside them. */
#include "probes.h"

static struct gate gate;

/* A watchdog whose callback is stuck at the gate. */
static wd_watchdog *stuck_new(void)
{
    memset(&gate, 0, sizeof gate);
    wd_watchdog *wd = started_with(10, 5, gate_run, &gate);
    gate_await(&gate);
    return wd;
}

static void stuck_free(wd_watchdog *wd)
{
    atomic_store(&gate.open, 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_limit_of_zero_does_not_wait(void)
{
    wd_watchdog *wd = stuck_new();
    CHECK_STATUS(wd_stop(wd, 0), WD_ERR_TIMED_OUT);
    CHECK_EQ(atomic_load(&gate.left), 0);
    stuck_free(wd);
}

static void a_limit_is_waited_for(void)
{
    wd_watchdog *wd = stuck_new();
    int64_t before = now_ns();
    CHECK_STATUS(wd_stop(wd, 40), WD_ERR_TIMED_OUT);
    CHECK(now_ns() >= before + 40 * MS_IN_NS);
    CHECK_EQ(atomic_load(&gate.left), 0);
    stuck_free(wd);
}

static void a_stop_that_timed_out_has_ended_monitoring(void)
{
    wd_watchdog *wd = stuck_new();
    CHECK_STATUS(wd_stop(wd, 0), WD_ERR_TIMED_OUT);
    CHECK_EQ(is_running(wd), 0);
    CHECK_STATUS(wd_join(wd, -1), WD_OK);
    atomic_store(&gate.open, 1);
    WAIT_UNTIL(atomic_load(&gate.left) == 1, HANG_MS);
    library_pace(5, 4);
    CHECK_EQ(atomic_load(&gate.entered), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_stop_that_timed_out_can_be_called_again(void)
{
    wd_watchdog *wd = stuck_new();
    CHECK_STATUS(wd_stop(wd, 0), WD_ERR_TIMED_OUT);
    CHECK_STATUS(wd_stop(wd, 10), WD_ERR_TIMED_OUT);
    CHECK_STATUS(wd_stop(wd, 0), WD_ERR_TIMED_OUT);
    atomic_store(&gate.open, 1);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_EQ(atomic_load(&gate.left), 1);
    CHECK_STATUS(wd_stop(wd, 0), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void started_again_the_first_new_run_waits_for_the_old(void)
{
    wd_watchdog *wd = stuck_new();
    CHECK_STATUS(wd_stop(wd, 0), WD_ERR_TIMED_OUT);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_EQ(is_running(wd), 1);
    library_pace(10, 4);
    CHECK_EQ(atomic_load(&gate.entered), 1);
    atomic_store(&gate.open, 1);
    WAIT_UNTIL(atomic_load(&gate.entered) >= 3, HANG_MS);
    CHECK_EQ(atomic_load(&gate.together), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void started_and_stopped_again_the_old_run_is_still_waited_for(void)
{
    wd_watchdog *wd = stuck_new();
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(wd_stop(wd, 0), WD_ERR_TIMED_OUT);
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    }
    CHECK_STATUS(wd_stop(wd, 20), WD_ERR_TIMED_OUT);
    atomic_store(&gate.open, 1);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_EQ(atomic_load(&gate.inside), 0);
    CHECK_EQ(atomic_load(&gate.together), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void *open_the_gate_soon(void *unused)
{
    sleep_ms(40);
    atomic_store(&gate.open, 1);
    return unused;
}

static void a_negative_limit_waits_for_the_end(void)
{
    wd_watchdog *wd = stuck_new();
    pthread_t thread = thread_start(open_the_gate_soon, NULL);
    CHECK_STATUS(wd_stop(wd, INT64_MIN), WD_OK);
    CHECK_EQ(atomic_load(&gate.left), 1);
    thread_join(thread);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_long_limit_ends_with_the_callback(void)
{
    static const int64_t limits[] = {INT64_MAX, INT64_MAX / 1000, 600000};
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        wd_watchdog *wd = stuck_new();
        pthread_t thread = thread_start(open_the_gate_soon, NULL);
        int64_t before = now_ns();
        CHECK_STATUS(wd_stop(wd, limits[i]), WD_OK);
        CHECK(elapsed_ms(before) < HANG_MS);
        CHECK_EQ(atomic_load(&gate.left), 1);
        thread_join(thread);
        CHECK_STATUS(wd_free(wd), WD_OK);
    }
}

static void *check_expired(void *wd)
{
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    return NULL;
}

static void a_run_by_check_is_waited_for(void)
{
    memset(&gate, 0, sizeof gate);
    wd_watchdog *wd = new_with(10, 0, gate_run, &gate);
    sleep_ms(20);
    pthread_t thread = thread_start(check_expired, wd);
    gate_await(&gate);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_stop(wd, 20), WD_ERR_TIMED_OUT);
    CHECK_STATUS(wd_stop(wd, 0), WD_ERR_TIMED_OUT);
    atomic_store(&gate.open, 1);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_EQ(atomic_load(&gate.left), 1);
    thread_join(thread);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void check_during_a_run_reports_expiry_and_runs_nothing(void)
{
    wd_watchdog *wd = stuck_new();
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_EQ(atomic_load(&gate.entered), 1);
    CHECK_STATUS(wd_set_times(wd, 600000, 5), WD_OK);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_STATUS(wd_check(wd), WD_HEALTHY);
    CHECK_EQ(atomic_load(&gate.entered), 1);
    stuck_free(wd);
}

static void check_during_a_run_is_healthy_when_paused(void)
{
    wd_watchdog *wd = stuck_new();
    CHECK_STATUS(wd_pause(wd), WD_OK);
    CHECK_STATUS(wd_check(wd), WD_HEALTHY);
    stuck_free(wd);
}

/* ---- free ------------------------------------------------------------- */

static void free_waits_for_a_running_callback(void)
{
    wd_watchdog *wd = stuck_new();
    pthread_t thread = thread_start(open_the_gate_soon, NULL);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_EQ(atomic_load(&gate.left), 1);
    thread_join(thread);
}

static void free_waits_for_a_run_by_check(void)
{
    memset(&gate, 0, sizeof gate);
    wd_watchdog *wd = new_with(10, 0, gate_run, &gate);
    sleep_ms(20);
    pthread_t checker = thread_start(check_expired, wd);
    gate_await(&gate);
    pthread_t opener = thread_start(open_the_gate_soon, NULL);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_EQ(atomic_load(&gate.left), 1);
    thread_join(opener);
    thread_join(checker);
}

static void *free_it(void *wd)
{
    CHECK_STATUS(wd_free(wd), WD_OK);
    return NULL;
}

static void a_second_free_does_not_wait_for_the_first(void)
{
    wd_watchdog *wd = stuck_new();
    pthread_t thread = thread_start(free_it, wd);
    WAIT_UNTIL(wd_feed(wd) == WD_ERR_INVALID_HANDLE, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_stop(wd, -1), WD_ERR_INVALID_HANDLE);
    CHECK_EQ(atomic_load(&gate.left), 0);
    atomic_store(&gate.open, 1);
    thread_join(thread);
}

static struct {
    wd_watchdog *wd;
    atomic_int waits;
    atomic_int returned;
    wd_status status;
} waiter;

static void *stop_without_limit(void *unused)
{
    atomic_store(&waiter.waits, 1);
    waiter.status = wd_stop(waiter.wd, -1);
    atomic_store(&waiter.returned, 1);
    return unused;
}

static void a_stop_that_waits_while_it_is_freed_returns(void)
{
    memset(&waiter, 0, sizeof waiter);
    waiter.wd = stuck_new();
    pthread_t stopper = thread_start(stop_without_limit, NULL);
    WAIT_UNTIL(atomic_load(&waiter.waits), HANG_MS);
    sleep_ms(10);
    pthread_t freer = thread_start(free_it, waiter.wd);
    sleep_ms(10);
    atomic_store(&gate.open, 1);
    thread_join(freer);
    thread_join(stopper);
    CHECK(waiter.status == WD_OK || waiter.status == WD_ERR_INVALID_HANDLE);
}

/* ---- from inside ------------------------------------------------------ */

struct inside {
    struct probe probe;
    wd_watchdog *wd;
    int64_t limit;
    int frees;
};

static void stop_or_free_itself(void *data)
{
    struct inside *inside = data;
    if (inside->frees) {
        CHECK_STATUS(wd_free(inside->wd), WD_OK);
        CHECK_STATUS(wd_feed(inside->wd), WD_ERR_INVALID_HANDLE);
        CHECK_STATUS(wd_free(inside->wd), WD_ERR_INVALID_HANDLE);
    } else {
        CHECK_STATUS(wd_stop(inside->wd, inside->limit), WD_OK);
        CHECK_EQ(is_running(inside->wd), 0);
    }
    probe_run(&inside->probe);
}

static void a_callback_that_stops_itself_does_not_wait(void)
{
    static const int64_t limits[] = {-1, 0, 600000};
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct inside inside = {.limit = limits[i]};
        inside.wd = new_with(5, 1, stop_or_free_itself, &inside);
        CHECK_STATUS(wd_start_thread(inside.wd, 1), WD_OK);
        WAIT_UNTIL(probe_runs(&inside.probe) == 1, HANG_MS);
        library_pace(5, 3);
        CHECK_EQ(probe_runs(&inside.probe), 1);
        CHECK_STATUS(wd_start_thread(inside.wd, 1), WD_OK);
        WAIT_UNTIL(probe_runs(&inside.probe) == 2, HANG_MS);
        CHECK_STATUS(wd_free(inside.wd), WD_OK);
    }
}

static void a_checked_callback_that_stops_itself_does_not_wait(void)
{
    struct inside inside = {.limit = -1};
    inside.wd = new_with(5, 1, stop_or_free_itself, &inside);
    sleep_ms(10);
    CHECK_STATUS(wd_check(inside.wd), WD_EXPIRED);
    CHECK_EQ(probe_runs(&inside.probe), 1);
    CHECK_STATUS(wd_free(inside.wd), WD_OK);
}

static void a_callback_that_frees_itself_is_over_when_it_returns(void)
{
    struct inside inside = {.frees = 1};
    inside.wd = new_with(5, 1, stop_or_free_itself, &inside);
    CHECK_STATUS(wd_start_thread(inside.wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&inside.probe) == 1, HANG_MS);
    library_pace(5, 3);
    CHECK_EQ(probe_runs(&inside.probe), 1);
    CHECK_STATUS(wd_free(inside.wd), WD_ERR_INVALID_HANDLE);
}

static void a_checked_callback_that_frees_itself_is_over_when_it_returns(void)
{
    struct inside inside = {.frees = 1};
    inside.wd = new_with(5, 1, stop_or_free_itself, &inside);
    sleep_ms(10);
    wd_status status = wd_check(inside.wd);
    CHECK(status == WD_EXPIRED || status == WD_ERR_INVALID_HANDLE);
    CHECK_EQ(probe_runs(&inside.probe), 1);
    CHECK_STATUS(wd_check(inside.wd), WD_ERR_INVALID_HANDLE);
}

static void stop_another(void *data)
{
    struct inside *inside = data;
    CHECK_STATUS(wd_stop(inside->wd, -1), WD_OK);
    probe_run(&inside->probe);
}

static void a_callback_may_stop_another_watchdog(void)
{
    struct probe probe = {0};
    struct inside inside = {.limit = -1};
    inside.wd = started_with(2, 2, probe_run, &probe);
    wd_watchdog *wd = started_with(20, 0, stop_another, &inside);
    WAIT_UNTIL(probe_runs(&inside.probe) == 1, HANG_MS);
    int seen = probe_runs(&probe);
    library_pace(5, 3);
    CHECK_EQ(probe_runs(&probe), seen);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_free(inside.wd), WD_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_limit_of_zero_does_not_wait),
        TEST(a_limit_is_waited_for),
        TEST(a_stop_that_timed_out_has_ended_monitoring),
        TEST(a_stop_that_timed_out_can_be_called_again),
        TEST(started_again_the_first_new_run_waits_for_the_old),
        TEST(started_and_stopped_again_the_old_run_is_still_waited_for),
        TEST(a_negative_limit_waits_for_the_end),
        TEST(a_long_limit_ends_with_the_callback),
        TEST(a_run_by_check_is_waited_for),
        TEST(check_during_a_run_reports_expiry_and_runs_nothing),
        TEST(check_during_a_run_is_healthy_when_paused),
        TEST(free_waits_for_a_running_callback),
        TEST(free_waits_for_a_run_by_check),
        TEST(a_second_free_does_not_wait_for_the_first),
        TEST(a_stop_that_waits_while_it_is_freed_returns),
        TEST(a_callback_that_stops_itself_does_not_wait),
        TEST(a_checked_callback_that_stops_itself_does_not_wait),
        TEST(a_callback_that_frees_itself_is_over_when_it_returns),
        TEST(a_checked_callback_that_frees_itself_is_over_when_it_returns),
        TEST(a_callback_may_stop_another_watchdog),
    };
    return RUN_TESTS(tests);
}
