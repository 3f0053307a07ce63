/* Every function called from inside the watchdog's own callback. */
#include "calls.h"

struct visit {
    wd_watchdog *wd;
    int by_check;
    atomic_int depth, deepest;
    atomic_int done;
    void (*body)(struct visit *);
};

static void visit_run(void *data)
{
    struct visit *visit = data;
    if (atomic_load(&visit->done)) {
        return;
    }
    int depth = atomic_fetch_add(&visit->depth, 1) + 1;
    if (depth > atomic_load(&visit->deepest)) {
        atomic_store(&visit->deepest, depth);
    }
    if (depth == 1) {
        visit->body(visit);
    }
    atomic_fetch_sub(&visit->depth, 1);
    atomic_store(&visit->done, 1);
}

/* Runs the body inside a callback of the monitor, then inside one of wd_check. */
static void inside_both(void (*body)(struct visit *), int frees)
{
    for (int by_check = 0; by_check < 2; by_check++) {
        struct visit visit = {.by_check = by_check, .body = body};
        visit.wd = new_with(10, 1, visit_run, &visit);
        if (by_check) {
            sleep_ms(20);
            wd_status status = wd_check(visit.wd);
            CHECK(status == WD_EXPIRED || (frees && status == WD_ERR_INVALID_HANDLE));
        } else {
            CHECK_STATUS(wd_start_thread(visit.wd, 1), WD_OK);
        }
        WAIT_UNTIL(atomic_load(&visit.done), HANG_MS);
        CHECK_EQ(atomic_load(&visit.deepest), 1);
        if (!frees) {
            CHECK_STATUS(wd_free(visit.wd), WD_OK);
        } else {
            CHECK_STATUS(wd_free(visit.wd), WD_ERR_INVALID_HANDLE);
            /* The run that freed it is past done; let the library be done too. */
            library_pace(2, 2);
        }
    }
}

static void feed_body(struct visit *visit)
{
    CHECK_STATUS(wd_feed(visit->wd), WD_OK);
}

static void feed_inside(void)
{
    inside_both(feed_body, 0);
}

static void check_body(struct visit *visit)
{
    CHECK_STATUS(wd_check(visit->wd), WD_EXPIRED);
    CHECK_STATUS(wd_set_times(visit->wd, 600000, 1), WD_OK);
    CHECK_STATUS(wd_feed(visit->wd), WD_OK);
    CHECK_STATUS(wd_check(visit->wd), WD_HEALTHY);
}

static void check_inside(void)
{
    inside_both(check_body, 0);
}

static void start_body(struct visit *visit)
{
    int64_t before = now_ns();
    CHECK_STATUS(wd_set_times(visit->wd, 10, 30), WD_OK);
    CHECK_STATUS(wd_start(visit->wd), WD_EXPIRED);
    CHECK(now_ns() >= before + 30 * MS_IN_NS);
}

static void start_inside(void)
{
    inside_both(start_body, 0);
}

static void start_thread_body(struct visit *visit)
{
    CHECK_EQ(is_running(visit->wd), !visit->by_check);
    CHECK_STATUS(wd_start_thread(visit->wd, 1), WD_OK);
    CHECK_EQ(is_running(visit->wd), 1);
}

static void start_thread_inside(void)
{
    inside_both(start_thread_body, 0);
}

static void stop_body(struct visit *visit)
{
    CHECK_STATUS(wd_stop(visit->wd, -1), WD_OK);
    CHECK_STATUS(wd_stop(visit->wd, 0), WD_OK);
    CHECK_STATUS(wd_stop(visit->wd, 1000), WD_OK);
    CHECK_EQ(is_running(visit->wd), 0);
    CHECK_STATUS(wd_start_thread(visit->wd, 1), WD_OK);
    CHECK_STATUS(wd_stop(visit->wd, -1), WD_OK);
}

static void stop_inside(void)
{
    inside_both(stop_body, 0);
}

static void *stop_soon(void *data)
{
    struct visit *visit = data;
    sleep_ms(30);
    wd_status status = wd_stop(visit->wd, 0);
    CHECK(status == WD_ERR_TIMED_OUT || status == WD_OK);
    return NULL;
}

static void join_body(struct visit *visit)
{
    CHECK_STATUS(wd_join(visit->wd, 0), visit->by_check ? WD_OK : WD_ERR_TIMED_OUT);
    CHECK_STATUS(wd_join(visit->wd, 10), visit->by_check ? WD_OK : WD_ERR_TIMED_OUT);
    pthread_t thread = thread_start(stop_soon, visit);
    CHECK_STATUS(wd_join(visit->wd, -1), WD_OK);
    thread_join(thread);
}

static void join_inside(void)
{
    inside_both(join_body, 0);
}

static void shutdown_body(struct visit *visit)
{
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    CHECK_STATUS(wd_shutdown(0), WD_OK);
    CHECK_EQ(is_running(visit->wd), 0);
}

static void shutdown_inside(void)
{
    inside_both(shutdown_body, 0);
}

static void free_body(struct visit *visit)
{
    CHECK_STATUS(wd_free(visit->wd), WD_OK);
    CHECK(refused_by_all(visit->wd));
    CHECK(refused_by_all(visit->wd));
}

static void free_inside(void)
{
    inside_both(free_body, 1);
}

static void free_after_stop_body(struct visit *visit)
{
    CHECK_STATUS(wd_stop(visit->wd, -1), WD_OK);
    CHECK_STATUS(wd_set_callback(visit->wd, NULL, NULL), WD_OK);
    CHECK_STATUS(wd_pause(visit->wd), WD_OK);
    CHECK_STATUS(wd_free(visit->wd), WD_OK);
    CHECK(refused_by_all(visit->wd));
}

static void everything_and_then_free_inside(void)
{
    inside_both(free_after_stop_body, 1);
}

static void set_callback_body(struct visit *visit)
{
    CHECK_STATUS(wd_set_callback(visit->wd, NULL, NULL), WD_OK);
    CHECK_STATUS(wd_set_callback(visit->wd, visit_run, visit), WD_OK);
    CHECK_STATUS(wd_set_callback(visit->wd, visit_run, visit), WD_OK);
}

static void set_callback_inside(void)
{
    inside_both(set_callback_body, 0);
}

static void set_callback_owned_body(struct visit *visit)
{
    CHECK_STATUS(call_set_callback_owned(visit->wd), WD_OK);
    CHECK_STATUS(call_set_callback_owned(visit->wd), WD_OK);
    CHECK_STATUS(wd_set_callback_owned(visit->wd, NULL, NULL, count_destructor), WD_OK);
}

static void set_callback_owned_inside(void)
{
    atomic_store(&calls_destructor_runs, 0);
    inside_both(set_callback_owned_body, 0);
    WAIT_UNTIL(atomic_load(&calls_destructor_runs) == 6, HANG_MS);
}

static void pause_body(struct visit *visit)
{
    CHECK_STATUS(wd_resume(visit->wd), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_pause(visit->wd), WD_OK);
    CHECK_STATUS(wd_pause(visit->wd), WD_OK);
    CHECK_STATUS(wd_check(visit->wd), WD_HEALTHY);
    CHECK_STATUS(wd_resume(visit->wd), WD_OK);
    CHECK_STATUS(wd_resume(visit->wd), WD_OK);
}

static void pause_and_resume_inside(void)
{
    inside_both(pause_body, 0);
}

static void settings_body(struct visit *visit)
{
    char name[16] = "";
    uint64_t ms = 0;
    CHECK_STATUS(wd_set_times(visit->wd, 600000, 7), WD_OK);
    CHECK_STATUS(wd_set_name(visit->wd, "inside"), WD_OK);
    CHECK_STATUS(wd_name(visit->wd, name, sizeof name), WD_OK);
    CHECK_TEXT(name, "inside");
    CHECK_STATUS(wd_timeout_ms(visit->wd, &ms), WD_OK);
    CHECK_EQ(ms, 600000);
    CHECK_STATUS(wd_interval_ms(visit->wd, &ms), WD_OK);
    CHECK_EQ(ms, 7);
    CHECK(since_feed_ms(visit->wd) >= 9);
    CHECK_EQ(is_running(visit->wd), !visit->by_check);
    CHECK_TEXT(wd_status_name(WD_EXPIRED), "WD_EXPIRED");
    CHECK(wd_version() != NULL);
    CHECK(wd_last_error() != NULL);
}

static void settings_inside(void)
{
    inside_both(settings_body, 0);
}

static void refused_body(struct visit *visit)
{
    CHECK(wd_new(0, 0) == NULL);
    CHECK(wd_last_error()[0] != '\0');
    CHECK(refused_by_all((wd_watchdog *)1));
    CHECK_STATUS(wd_set_times(visit->wd, 0, 0), WD_ERR_INVALID_ARGUMENT);
}

static void misuse_inside(void)
{
    inside_both(refused_body, 0);
}

static void another_body(struct visit *visit)
{
    struct probe probe = {0};
    (void)visit;
    wd_watchdog *wd = started_with(5, 5, probe_run, &probe);
    WAIT_UNTIL(probe_runs(&probe) >= 2, HANG_MS);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    int seen = probe_runs(&probe);
    sleep_ms(10);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_EQ(probe_runs(&probe), seen + 1);
    CHECK(pthread_equal(probe.thread, pthread_self()));
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void another_watchdogs_whole_life_inside(void)
{
    inside_both(another_body, 0);
}

struct nested {
    wd_watchdog *outer, *inner;
    atomic_int done;
};

static void free_the_outer(void *data)
{
    struct nested *nested = data;
    CHECK_STATUS(wd_free(nested->outer), WD_OK);
    CHECK_STATUS(wd_feed(nested->outer), WD_ERR_INVALID_HANDLE);
    atomic_store(&nested->done, 1);
}

static void check_the_inner(void *data)
{
    struct nested *nested = data;
    CHECK_STATUS(wd_check(nested->inner), WD_EXPIRED);
}

static void a_nested_callback_may_free_the_outer_watchdog(void)
{
    /* Both callbacks are on one thread: waiting for the outer would be for itself. */
    struct nested nested = {NULL, NULL, 0};
    nested.inner = new_with(1, 1, free_the_outer, &nested);
    nested.outer = new_with(5, 1, check_the_inner, &nested);
    sleep_ms(10);
    wd_status status = wd_check(nested.outer);
    CHECK(status == WD_EXPIRED || status == WD_ERR_INVALID_HANDLE);
    CHECK_EQ(atomic_load(&nested.done), 1);
    CHECK_STATUS(wd_free(nested.inner), WD_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(feed_inside),
        TEST(check_inside),
        TEST(start_inside),
        TEST(start_thread_inside),
        TEST(stop_inside),
        TEST(join_inside),
        TEST(shutdown_inside),
        TEST(free_inside),
        TEST(everything_and_then_free_inside),
        TEST(set_callback_inside),
        TEST(set_callback_owned_inside),
        TEST(pause_and_resume_inside),
        TEST(settings_inside),
        TEST(misuse_inside),
        TEST(another_watchdogs_whole_life_inside),
        TEST(a_nested_callback_may_free_the_outer_watchdog),
    };
    return RUN_TESTS(tests);
}
