/* A stopped process is not a hung one. */
#include "child.h"
#include "standstill.h"

enum { TIMEOUT = 200, STOPPED = 5 * TIMEOUT, STOPS = 2 };

/* ---- children --------------------------------------------------------- */

/* Then, if its parent wants that, it hangs. */
static int fed_while_stopped(const char *wants_a_hang)
{
    static const struct gaps gaps = {TIMEOUT, STOPPED / 2, STOPPED + TIMEOUT * 3 / 4};
    struct probe probe = {0};
    wd_watchdog *wd = started_with(TIMEOUT, 0, probe_run, &probe);
    child_say("fed");
    struct feeding feeding = feed_but_for_standstills(wd, TIMEOUT, STOPS, gaps);
    int runs = probe_runs(&probe);
    if (runs == 0 && *wants_a_hang) {
        WAIT_UNTIL(probe_runs(&probe) == 1, HANG_MS);
        CHECK(probe.began_ns[0] > feeding.last_ns + TIMEOUT * MS_IN_NS);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    return verdict(feeding, STOPS, runs);
}

static int asks_since_feed(const char *unused)
{
    (void)unused;
    wd_watchdog *wd = started_with(600000, 0, NULL, NULL);
    int64_t fed = now_ns(), began = fed;
    int64_t least = 0;
    child_say("fed");
    /* No feed of its own: the gap grows over the stop. */
    while (least < STOPPED && elapsed_ms(began) < HANG_MS) {
        least = elapsed_ms(fed);
        CHECK(since_feed_ms(wd) >= least - 1);
        sleep_ms(5);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    return QUIET;
}

static int hangs_for_good(const char *unused)
{
    struct probe probe = {0};
    (void)unused;
    wd_watchdog *wd = started_with(TIMEOUT, 0, probe_run, &probe);
    child_say("fed");
    WAIT_UNTIL(probe_runs(&probe) == 1, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
    return QUIET;
}

static int repeats(const char *unused)
{
    struct probe probe = {0};
    (void)unused;
    wd_watchdog *wd = started_with(10, 20, probe_run, &probe);
    WAIT_UNTIL(probe_runs(&probe) >= 1, HANG_MS);
    child_say("fed");
    sleep_ms(STOPPED + 200);
    int seen = probe_runs(&probe);
    WAIT_UNTIL(probe_runs(&probe) > seen + 2, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
    return QUIET;
}

/* Each of these calls reaches all threads of the process by a signal. */
static int hangs_and_changes_its_user(const char *unused)
{
    struct probe probe = {0};
    int calls = 0;
    (void)unused;
    wd_watchdog *wd = started_with(150, 0, probe_run, &probe);
    while (probe_runs(&probe) == 0 && calls < 100) {
        CHECK_EQ(seteuid(geteuid()), 0);
        calls++;
        sleep_ms(100);
    }
    /* Taken for stops of the process, sixteen of them would excuse the hang. */
    CHECK(calls <= 8);
    CHECK_STATUS(wd_free(wd), WD_OK);
    return QUIET;
}

static const struct child_body children[] = {
    {"fed_while_stopped", fed_while_stopped},
    {"asks_since_feed", asks_since_feed},
    {"hangs_for_good", hangs_for_good},
    {"repeats", repeats},
    {"hangs_and_changes_its_user", hangs_and_changes_its_user},
};

/* ---- tests ------------------------------------------------------------ */

static void stop_for(struct child child, int64_t ms)
{
    CHECK_EQ(kill(child.pid, SIGSTOP), 0);
    sleep_ms(ms);
    CHECK_EQ(kill(child.pid, SIGCONT), 0);
}

static void a_stop_of_five_timeouts(const char *wants_a_hang)
{
    for (int attempt = 0; attempt < 6; attempt++) {
        struct child child = child_start("fed_while_stopped", wants_a_hang);
        child_await(child, "fed");
        for (int i = 0; i < STOPS; i++) {
            sleep_ms(TIMEOUT / 2 + attempt * 17);
            stop_for(child, STOPPED);
        }
        struct outcome outcome = child_end(child, HANG_MS * 2);
        if (outcome.code != STARVED) {
            CHECK_ENDED(outcome, QUIET);
            return;
        }
    }
    skip("the machine is too busy to feed in time");
}

static void a_stop_of_five_timeouts_raises_no_alarm(void)
{
    a_stop_of_five_timeouts("");
}

static void a_hang_after_a_stop_is_still_found(void)
{
    a_stop_of_five_timeouts("hang");
}

static void since_feed_counts_on_over_a_stop(void)
{
    struct child child = child_start("asks_since_feed", "");
    child_await(child, "fed");
    stop_for(child, STOPPED);
    CHECK_ENDED(child_end(child, HANG_MS * 2), QUIET);
}

static void a_hang_that_a_stop_interrupted_is_still_found(void)
{
    struct child child = child_start("hangs_for_good", "");
    child_await(child, "fed");
    sleep_ms(TIMEOUT / 2);
    stop_for(child, STOPPED);
    CHECK_ENDED(child_end(child, HANG_MS * 2), QUIET);
}

static void an_expired_one_goes_on_repeating_after_a_stop(void)
{
    struct child child = child_start("repeats", "");
    child_await(child, "fed");
    stop_for(child, STOPPED);
    CHECK_ENDED(child_end(child, HANG_MS * 2), QUIET);
}

static void a_signal_to_all_threads_is_no_stop(void)
{
    CHECK_ENDED(child_run("hangs_and_changes_its_user", ""), QUIET);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_stop_of_five_timeouts_raises_no_alarm),
        TEST(a_hang_after_a_stop_is_still_found),
        TEST(since_feed_counts_on_over_a_stop),
        TEST(a_hang_that_a_stop_interrupted_is_still_found),
        TEST(an_expired_one_goes_on_repeating_after_a_stop),
        TEST(a_signal_to_all_threads_is_no_stop),
    };
    return RUN_TESTS_AND_CHILDREN(tests, children);
}
