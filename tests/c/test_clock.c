/* The clock that feeds read: which it is, that it can be chosen, and that it tells the time. */
#define _GNU_SOURCE
#include "child.h"
#include "probes.h"

#include <sched.h>

/* ---- a child with one clock or the other -------------------------------- */

static int is_the_clock(const char *name)
{
    CHECK_TEXT(wd_clock_name(), name);
    return 0;
}

/* Feeds at a pace at which the counter is read, then one at which it is anchored anew. */
static void feed_for(wd_watchdog *wd, int64_t ms)
{
    int64_t began = now_ns();
    for (int i = 0; elapsed_ms(began) < ms; i++) {
        wd_feed(wd);
        if (i % 1000 == 0) {
            sleep_until_ns(now_ns() + 2 * MS_IN_NS);
        }
    }
}

static int tells_the_time(const char *unused)
{
    cpu_set_t all, one;
    wd_watchdog *wd = wd_new(60000, 0);
    (void)unused;
    CHECK_EQ(sched_getaffinity(0, sizeof all, &all), 0);
    for (int round = 0; round < 40; round++) {
        /* From one processor to the next: a feed here, a look there. */
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
            if (!CPU_ISSET(cpu, &all)) {
                continue;
            }
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof one, &one);
            feed_for(wd, 1);
            int64_t before = now_ns();
            CHECK_STATUS(wd_feed(wd), WD_OK);
            int64_t after = now_ns();
            sleep_ms(2);
            int64_t least = elapsed_ms(after);
            int64_t since = since_feed_ms(wd);
            CHECK(since >= least - 1);
            CHECK(since <= elapsed_ms(before) + 1);
        }
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    return 0;
}

static int is_never_early(const char *unused)
{
    (void)unused;
    for (int round = 0; round < 30; round++) {
        struct probe probe = {0};
        wd_watchdog *wd = started_with(10, 0, probe_run, &probe);
        feed_for(wd, 3);
        int64_t before = now_ns();
        wd_feed(wd);
        int fed_late = probe_runs(&probe);
        WAIT_UNTIL(probe_runs(&probe) > fed_late, HANG_MS);
        if (fed_late == 0) {
            CHECK(probe.began_ns[0] > before + 10 * MS_IN_NS);
        }
        CHECK_STATUS(wd_free(wd), WD_OK);
    }
    return 0;
}

static const struct child_body children[] = {
    {"is_the_clock", is_the_clock},
    {"tells_the_time", tells_the_time},
    {"is_never_early", is_never_early},
};

/* ---- tests ---------------------------------------------------------------- */

static void with_clock(const char *clock, const char *child, const char *argument)
{
    CHECK_EQ(setenv("WATCHDOG_CLOCK", clock, 1), 0);
    CHECK_ENDED(child_run(child, argument), 0);
    unsetenv("WATCHDOG_CLOCK");
}

static int has_counter(void)
{
    return strcmp(wd_clock_name(), "counter") == 0;
}

static void the_clock_is_one_of_two(void)
{
    CHECK(has_counter() || strcmp(wd_clock_name(), "monotonic") == 0);
}

static void the_exact_clock_can_be_forced(void)
{
    with_clock("monotonic", "is_the_clock", "monotonic");
    with_clock("monotonic", "tells_the_time", "");
    with_clock("monotonic", "is_never_early", "");
}

static void the_counter_can_be_forced(void)
{
    if (!has_counter()) {
        skip("the processor or the system does not vouch for its counter");
        return;
    }
    with_clock("counter", "is_the_clock", "counter");
    with_clock("counter", "tells_the_time", "");
    with_clock("counter", "is_never_early", "");
}

static void nonsense_forces_nothing(void)
{
    with_clock("sundial", "is_the_clock", wd_clock_name());
    with_clock("", "is_the_clock", wd_clock_name());
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_clock_is_one_of_two),
        TEST(the_exact_clock_can_be_forced),
        TEST(the_counter_can_be_forced),
        TEST(nonsense_forces_nothing),
    };
    return RUN_TESTS_AND_CHILDREN(tests, children);
}
