/* wd_join, the sleep of wd_start, and wd_shutdown: what ends each of them. */
#include "probes.h"

/* A call that blocks on a thread of its own. */
struct blocked {
    wd_watchdog *wd;
    wd_status (*call)(wd_watchdog *);
    pthread_t thread;
    atomic_int began;
    atomic_int returned;
    wd_status status;
};

static void *block(void *data)
{
    struct blocked *blocked = data;
    atomic_store(&blocked->began, 1);
    blocked->status = blocked->call(blocked->wd);
    atomic_store(&blocked->returned, 1);
    return NULL;
}

static void block_in(struct blocked *blocked, wd_status (*call)(wd_watchdog *), wd_watchdog *wd)
{
    memset(blocked, 0, sizeof *blocked);
    blocked->wd = wd;
    blocked->call = call;
    blocked->thread = thread_start(block, blocked);
    WAIT_UNTIL(atomic_load(&blocked->began), HANG_MS);
    sleep_ms(20);
    CHECK_EQ(atomic_load(&blocked->returned), 0);
}

static wd_status returned(struct blocked *blocked)
{
    WAIT_UNTIL(atomic_load(&blocked->returned), HANG_MS);
    thread_join(blocked->thread);
    return blocked->status;
}

static wd_status join_forever(wd_watchdog *wd)
{
    return wd_join(wd, -1);
}

static wd_status join_long(wd_watchdog *wd)
{
    return wd_join(wd, INT64_MAX);
}

/* ---- join ------------------------------------------------------------- */

static void join_of_one_not_running_returns_at_once(void)
{
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_join(wd, -1), WD_OK);
    CHECK_STATUS(wd_join(wd, 0), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_STATUS(wd_join(wd, -1), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void join_of_a_running_one_times_out(void)
{
    wd_watchdog *wd = started_with(60000, 0, NULL, NULL);
    CHECK_STATUS(wd_join(wd, 0), WD_ERR_TIMED_OUT);
    int64_t before = now_ns();
    CHECK_STATUS(wd_join(wd, 40), WD_ERR_TIMED_OUT);
    CHECK(now_ns() >= before + 40 * MS_IN_NS);
    CHECK_EQ(is_running(wd), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_stop_ends_join(void)
{
    struct blocked forever, longest;
    wd_watchdog *wd = started_with(60000, 0, NULL, NULL);
    block_in(&forever, join_forever, wd);
    block_in(&longest, join_long, wd);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_STATUS(returned(&forever), WD_OK);
    CHECK_STATUS(returned(&longest), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_stop_ends_join_though_a_start_follows_at_once(void)
{
    struct blocked joined;
    wd_watchdog *wd = started_with(60000, 0, NULL, NULL);
    for (int i = 0; i < 10; i++) {
        block_in(&joined, join_forever, wd);
        CHECK_STATUS(wd_stop(wd, -1), WD_OK);
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
        CHECK_STATUS(returned(&joined), WD_OK);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void free_ends_join(void)
{
    for (int i = 0; i < 5; i++) {
        struct blocked joined;
        wd_watchdog *wd = started_with(60000, 0, NULL, NULL);
        block_in(&joined, join_forever, wd);
        CHECK_STATUS(wd_free(wd), WD_OK);
        wd_status status = returned(&joined);
        CHECK(status == WD_OK || status == WD_ERR_INVALID_HANDLE);
    }
}

static void shutdown_ends_join(void)
{
    struct blocked joined;
    wd_watchdog *wd = started_with(60000, 0, NULL, NULL);
    block_in(&joined, join_forever, wd);
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    CHECK_STATUS(returned(&joined), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void join_waits_for_no_callback(void)
{
    static struct gate gate;
    wd_watchdog *wd = started_with(10, 0, gate_run, &gate);
    gate_await(&gate);
    CHECK_STATUS(wd_join(wd, 0), WD_ERR_TIMED_OUT);
    CHECK_STATUS(wd_stop(wd, 0), WD_ERR_TIMED_OUT);
    CHECK_STATUS(wd_join(wd, -1), WD_OK);
    CHECK_EQ(atomic_load(&gate.left), 0);
    atomic_store(&gate.open, 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_feed_does_not_end_join(void)
{
    struct blocked joined;
    wd_watchdog *wd = started_with(60000, 0, NULL, NULL);
    block_in(&joined, join_forever, wd);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_set_times(wd, 50000, 1), WD_OK);
    sleep_ms(20);
    CHECK_EQ(atomic_load(&joined.returned), 0);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_STATUS(returned(&joined), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* ---- the sleep of wd_start -------------------------------------------- */

static void stop_ends_the_sleep_of_start(void)
{
    struct blocked started;
    wd_watchdog *wd = wd_new(600000, 600000);
    block_in(&started, wd_start, wd);
    while (!atomic_load(&started.returned)) {
        CHECK_STATUS(wd_stop(wd, -1), WD_OK);
        sleep_ms(1);
    }
    CHECK_STATUS(returned(&started), WD_HEALTHY);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void shutdown_ends_the_sleep_of_start(void)
{
    struct blocked started;
    wd_watchdog *wd = wd_new(600000, 600000);
    block_in(&started, wd_start, wd);
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    CHECK_STATUS(returned(&started), WD_HEALTHY);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void free_ends_the_sleep_of_start(void)
{
    for (int i = 0; i < 5; i++) {
        struct blocked started;
        wd_watchdog *wd = wd_new(600000, 600000);
        block_in(&started, wd_start, wd);
        CHECK_STATUS(wd_free(wd), WD_OK);
        wd_status status = returned(&started);
        CHECK(status == WD_HEALTHY || status == WD_ERR_INVALID_HANDLE);
    }
}

/* A callback of wd_start that ends its sleep before it has begun. */
struct ender {
    wd_watchdog *wd;
    int how;
};

static void end_the_start(void *data)
{
    struct ender *ender = data;
    if (ender->how == 0) {
        CHECK_STATUS(wd_stop(ender->wd, -1), WD_OK);
    } else if (ender->how == 1) {
        CHECK_STATUS(wd_shutdown(-1), WD_OK);
    } else {
        CHECK_STATUS(wd_free(ender->wd), WD_OK);
    }
}

static void the_callback_of_start_can_end_its_sleep(void)
{
    for (int how = 0; how < 3; how++) {
        struct ender ender = {NULL, how};
        ender.wd = new_with(5, 600000, end_the_start, &ender);
        sleep_ms(10);
        int64_t before = now_ns();
        wd_status status = wd_start(ender.wd);
        CHECK(elapsed_ms(before) < HANG_MS);
        CHECK(status == WD_EXPIRED || (how == 2 && status == WD_ERR_INVALID_HANDLE));
        if (how != 2) {
            CHECK_STATUS(wd_free(ender.wd), WD_OK);
        }
    }
}

static atomic_int start_has_begun;

static void say_that_start_has_begun(void *unused)
{
    (void)unused;
    atomic_store(&start_has_begun, 1);
}

static void a_stop_at_any_moment_ends_the_sleep_of_start(void)
{
    wd_watchdog *wd = new_with(1, 600000, say_that_start_has_begun, NULL);
    sleep_ms(5);
    for (int i = 0; i < 200; i++) {
        struct blocked started = {.wd = wd, .call = wd_start};
        atomic_store(&start_has_begun, 0);
        started.thread = thread_start(block, &started);
        while (!atomic_load(&start_has_begun)) {
        }
        /* Somewhere between inside the callback and deep in the sleep. */
        int64_t until = now_ns() + i * 500;
        while (now_ns() < until) {
        }
        wd_status stopped = wd_stop(wd, i % 2 ? 0 : -1);
        CHECK(stopped == WD_OK || stopped == WD_ERR_TIMED_OUT);
        CHECK_STATUS(returned(&started), WD_EXPIRED);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_stop_does_not_shorten_a_later_start(void)
{
    wd_watchdog *wd = wd_new(60000, 40);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    int64_t before = now_ns();
    CHECK_STATUS(wd_start(wd), WD_HEALTHY);
    CHECK(now_ns() >= before + 40 * MS_IN_NS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_feed_does_not_end_the_sleep_of_start(void)
{
    struct blocked started;
    wd_watchdog *wd = wd_new(600000, 600000);
    block_in(&started, wd_start, wd);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    sleep_ms(20);
    CHECK_EQ(atomic_load(&started.returned), 0);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_STATUS(returned(&started), WD_HEALTHY);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(join_of_one_not_running_returns_at_once),
        TEST(join_of_a_running_one_times_out),
        TEST(a_stop_ends_join),
        TEST(a_stop_ends_join_though_a_start_follows_at_once),
        TEST(free_ends_join),
        TEST(shutdown_ends_join),
        TEST(join_waits_for_no_callback),
        TEST(a_feed_does_not_end_join),
        TEST(stop_ends_the_sleep_of_start),
        TEST(shutdown_ends_the_sleep_of_start),
        TEST(free_ends_the_sleep_of_start),
        TEST(the_callback_of_start_can_end_its_sleep),
        TEST(a_stop_at_any_moment_ends_the_sleep_of_start),
        TEST(a_stop_does_not_shorten_a_later_start),
        TEST(a_feed_does_not_end_the_sleep_of_start),
    };
    return RUN_TESTS(tests);
}
