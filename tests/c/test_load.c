/*
 * A busy machine: eight processes that do nothing but compute, on two processors, which the
 * watched process shares with them.
 *
 * How late a hang may be found: docs/guarantees.md. Of the time in which the process was not
 * stopped, seventeen timeouts at the very most, whatever else happens; the tests allow that,
 * for they run on machines that are busy with other things too.
 */
#include "child.h"
#include "standstill.h"

#include <sched.h>

enum { TIMEOUT = 2000, FEEDS = TIMEOUT / 4, BUSY = 8, MOST_TIMEOUTS = 17 };

/* On two processors, where there are as many. */
static void share_two_processors(void)
{
    cpu_set_t all, two;
    int count = 0;
    CPU_ZERO(&two);
    if (sched_getaffinity(0, sizeof all, &all) != 0) {
        return;
    }
    for (int cpu = 0; cpu < CPU_SETSIZE && count < 2; cpu++) {
        if (CPU_ISSET(cpu, &all)) {
            CPU_SET(cpu, &two);
            count++;
        }
    }
    sched_setaffinity(0, sizeof two, &two);
}

/* ---- children ------------------------------------------------------------------- */

static int computes(const char *unused)
{
    volatile unsigned long number = 1;
    (void)unused;
    share_two_processors();
    child_say("busy");
    for (int64_t began = now_ns(); elapsed_ms(began) < 4 * HANG_MS;) {
        for (int i = 0; i < 1000000; i++) {
            number = number * 6364136223846793005ul + 1442695040888963407ul;
        }
    }
    return 0;
}

/* Feeds several at a quarter of the timeout, each at a phase of its own, and then hangs. */
static int feeds_at_a_quarter_and_hangs(const char *unused)
{
    enum { DOGS = 8, ROUNDS = 3 * DOGS };
    static struct probe probes[DOGS];
    wd_watchdog *wds[DOGS];
    int64_t fed[DOGS];
    int starved = 0, alarms = 0;
    (void)unused;
    share_two_processors();
    for (int i = 0; i < DOGS; i++) {
        wds[i] = started_with(TIMEOUT, 0, probe_run, &probes[i]);
        fed[i] = now_ns();
    }
    child_say("fed");
    for (int round = 0; round < ROUNDS; round++) {
        int i = round % DOGS;
        sleep_ms(FEEDS / DOGS);
        int64_t before = now_ns();
        CHECK_STATUS(wd_feed(wds[i]), WD_OK);
        starved |= (now_ns() - fed[i]) / MS_IN_NS >= TIMEOUT;
        fed[i] = before;
    }
    for (int i = 0; i < DOGS; i++) {
        alarms += probe_runs(&probes[i]);
        starved |= (now_ns() - fed[i]) / MS_IN_NS >= TIMEOUT;
    }
    for (int i = 0; i < DOGS && alarms == 0; i++) {
        WAIT_UNTIL(probe_runs(&probes[i]) == 1, MOST_TIMEOUTS * TIMEOUT);
        CHECK(probes[i].began_ns[0] > fed[i] + TIMEOUT * MS_IN_NS);
        CHECK(probes[i].began_ns[0] < fed[i] + MOST_TIMEOUTS * (TIMEOUT + 1) * MS_IN_NS);
    }
    for (int i = 0; i < DOGS; i++) {
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
    return starved ? STARVED : alarms != 0 ? FALSE_ALARM : QUIET;
}

/* Is stopped while it hangs, and does not get over it. */
static int hangs_over_a_stop(const char *unused)
{
    enum { SHORT_TIMEOUT = TIMEOUT / 4, STOPPED = 2 * SHORT_TIMEOUT };
    struct probe probe = {0};
    (void)unused;
    share_two_processors();
    wd_watchdog *wd = started_with(SHORT_TIMEOUT, 0, probe_run, &probe);
    int64_t last = now_ns(), woke = last, began = last;
    child_say("fed");
    do {
        last = now_ns();
        sleep_ms(SHORT_TIMEOUT / 4);
        woke = now_ns();
    } while (woke - last < STOPPED * MS_IN_NS && elapsed_ms(began) < HANG_MS);
    CHECK(woke - last >= STOPPED * MS_IN_NS);
    WAIT_UNTIL(probe_runs(&probe) == 1, MOST_TIMEOUTS * SHORT_TIMEOUT + HANG_MS);
    CHECK(probe.began_ns[0] < woke + MOST_TIMEOUTS * (SHORT_TIMEOUT + 1) * MS_IN_NS);
    CHECK_STATUS(wd_free(wd), WD_OK);
    return QUIET;
}

static const struct child_body children[] = {
    {"computes", computes},
    {"feeds_at_a_quarter_and_hangs", feeds_at_a_quarter_and_hangs},
    {"hangs_over_a_stop", hangs_over_a_stop},
};

/* ---- tests ------------------------------------------------------------------------ */

static struct child busy[BUSY];

static void load_begin(void)
{
    for (int i = 0; i < BUSY; i++) {
        busy[i] = child_start("computes", "");
        child_await(busy[i], "busy");
    }
}

static void load_end(void)
{
    for (int i = 0; i < BUSY; i++) {
        kill(busy[i].pid, SIGKILL);
        child_end(busy[i], HANG_MS);
    }
}

static void under_load_feeds_at_a_quarter_raise_no_alarm_and_a_hang_is_found(void)
{
    int code = STARVED;
    load_begin();
    for (int attempt = 0; attempt < 3 && code == STARVED; attempt++) {
        struct child child = child_start("feeds_at_a_quarter_and_hangs", "");
        child_await(child, "fed");
        struct outcome outcome = child_end(child, MOST_TIMEOUTS * TIMEOUT + HANG_MS);
        code = outcome.code;
        CHECK(code == STARVED || CHECK_ENDED(outcome, QUIET));
    }
    load_end();
    if (code == STARVED) {
        skip("the machine is too busy to feed in time");
    }
}

static void under_load_a_hang_right_after_a_stop_is_found(void)
{
    load_begin();
    struct child child = child_start("hangs_over_a_stop", "");
    child_await(child, "fed");
    sleep_ms(TIMEOUT / 8);
    CHECK_EQ(kill(child.pid, SIGSTOP), 0);
    sleep_ms(TIMEOUT * 3 / 4);
    CHECK_EQ(kill(child.pid, SIGCONT), 0);
    CHECK_ENDED(child_end(child, 2 * HANG_MS), QUIET);
    load_end();
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(under_load_feeds_at_a_quarter_raise_no_alarm_and_a_hang_is_found),
        TEST(under_load_a_hang_right_after_a_stop_is_found),
    };
    return RUN_TESTS_AND_CHILDREN(tests, children);
}
