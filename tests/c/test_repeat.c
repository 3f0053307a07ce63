/* How often a callback runs while its watchdog stays unfed. */
#include "probes.h"

static void it_repeats_an_interval_after_the_previous_run_began(void)
{
    enum { TIMEOUT = 20, INTERVAL = 15, RUNS = 6 };
    struct probe probe = {0};
    int64_t before = now_ns();
    wd_watchdog *wd = started_with(TIMEOUT, INTERVAL, probe_run, &probe);
    WAIT_UNTIL(probe_runs(&probe) >= RUNS, HANG_MS);
    for (int i = 0; i < RUNS; i++) {
        CHECK(probe.began_ns[i] > before + (TIMEOUT + i * INTERVAL) * MS_IN_NS);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void without_an_interval_it_runs_once_a_missed_feed(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(10, 0, probe_run, &probe);
    for (int i = 1; i <= 4; i++) {
        WAIT_UNTIL(probe_runs(&probe) == i, HANG_MS);
        library_pace(10, 4);
        CHECK_EQ(probe_runs(&probe), i);
        CHECK_STATUS(wd_feed(wd), WD_OK);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_feed_begins_anew_whatever_the_interval(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(20, 600000, probe_run, &probe);
    for (int i = 0; i < 4; i++) {
        WAIT_UNTIL(probe_runs(&probe) == i + 1, HANG_MS);
        int64_t before = now_ns();
        CHECK_STATUS(wd_feed(wd), WD_OK);
        WAIT_UNTIL(probe_runs(&probe) == i + 2, HANG_MS);
        CHECK(probe.began_ns[i + 1] > before + 20 * MS_IN_NS);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* Feeds in its third run, where no other can be on its way. */
struct third {
    struct probe probe;
    wd_watchdog *wd;
};

static void feed_in_the_third(void *data)
{
    struct third *third = data;
    probe_run(&third->probe);
    if (probe_runs(&third->probe) == 3) {
        CHECK_STATUS(wd_feed(third->wd), WD_OK);
    }
}

static void a_feed_ends_the_repeating(void)
{
    enum { TIMEOUT = 60 };
    struct third third = {0};
    third.wd = new_with(TIMEOUT, 5, feed_in_the_third, &third);
    CHECK_STATUS(wd_start_thread(third.wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&third.probe) >= 4, HANG_MS);
    CHECK(third.probe.began_ns[3] > third.probe.began_ns[2] + TIMEOUT * MS_IN_NS);
    CHECK_STATUS(wd_free(third.wd), WD_OK);
}

/* Its first run overstays; it feeds its watchdog when told to. */
struct sleeper {
    struct probe probe;
    _Atomic int64_t first_ended_ns;
    int64_t first_ms;
    wd_watchdog *feeds;
};

static void sleeper_run(void *data)
{
    struct sleeper *sleeper = data;
    int first = probe_runs(&sleeper->probe) == 0;
    if (sleeper->feeds != NULL) {
        CHECK_STATUS(wd_feed(sleeper->feeds), WD_OK);
    }
    probe_run(&sleeper->probe);
    if (first) {
        sleep_ms(sleeper->first_ms);
        atomic_store(&sleeper->first_ended_ns, now_ns());
    }
}

static void a_run_longer_than_the_interval_is_followed_at_its_end(void)
{
    struct sleeper sleeper = {.first_ms = 60};
    wd_watchdog *wd = started_with(10, 20, sleeper_run, &sleeper);
    WAIT_UNTIL(probe_runs(&sleeper.probe) >= 2, HANG_MS);
    CHECK(sleeper.probe.began_ns[1] >= sleeper.first_ended_ns);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void the_run_after_a_long_one_does_not_wait_an_interval(void)
{
    /* Only lateness can spoil this, so one quick time in a few is proof. */
    int quick = 0;
    for (int attempt = 0; attempt < 5 && !quick; attempt++) {
        struct sleeper sleeper = {.first_ms = 320};
        wd_watchdog *wd = started_with(10, 300, sleeper_run, &sleeper);
        WAIT_UNTIL(probe_runs(&sleeper.probe) >= 2, HANG_MS);
        quick = sleeper.probe.began_ns[1] < sleeper.first_ended_ns + 250 * MS_IN_NS;
        CHECK_STATUS(wd_free(wd), WD_OK);
    }
    CHECK(quick);
}

static void missed_runs_are_not_made_up(void)
{
    enum { INTERVAL = 20, RUNS = 5 };
    struct sleeper sleeper = {.first_ms = 150};
    wd_watchdog *wd = started_with(10, INTERVAL, sleeper_run, &sleeper);
    WAIT_UNTIL(probe_runs(&sleeper.probe) >= RUNS, HANG_MS);
    for (int i = 1; i < RUNS; i++) {
        CHECK(sleeper.probe.began_ns[i] >=
              sleeper.first_ended_ns + (i - 1) * INTERVAL * MS_IN_NS);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_callback_that_feeds_is_called_again_at_the_next_miss(void)
{
    enum { TIMEOUT = 20, RUNS = 4 };
    struct sleeper sleeper = {.first_ms = 0};
    int64_t before = now_ns();
    sleeper.feeds = new_with(TIMEOUT, 1, sleeper_run, &sleeper);
    CHECK_STATUS(wd_start_thread(sleeper.feeds, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&sleeper.probe) >= RUNS, HANG_MS);
    for (int i = 0; i < RUNS; i++) {
        CHECK(sleeper.probe.began_ns[i] > before + (i + 1) * TIMEOUT * MS_IN_NS);
    }
    CHECK_STATUS(wd_free(sleeper.feeds), WD_OK);
}

static void a_feed_during_a_run_begins_anew(void)
{
    struct sleeper sleeper = {.first_ms = 30};
    wd_watchdog *wd = started_with(20, 0, sleeper_run, &sleeper);
    WAIT_UNTIL(probe_runs(&sleeper.probe) == 1, HANG_MS);
    int64_t before = now_ns();
    CHECK_STATUS(wd_feed(wd), WD_OK);
    WAIT_UNTIL(probe_runs(&sleeper.probe) == 2, HANG_MS);
    CHECK(sleeper.probe.began_ns[1] > before + 20 * MS_IN_NS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_run_by_check_uses_up_no_run_of_the_monitor(void)
{
    /* Checked while unmonitored, then monitored: that miss is still announced. */
    struct probe probe = {0};
    wd_watchdog *wd = new_with(10, 0, probe_run, &probe);
    sleep_ms(20);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_EQ(probe_runs(&probe), 1);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) == 2, HANG_MS);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_EQ(probe_runs(&probe), 3);
    library_pace(10, 4);
    CHECK_EQ(probe_runs(&probe), 3);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) == 4, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_run_by_check_puts_off_no_run_of_the_monitor(void)
{
    enum { INTERVAL = 400 };
    int undelayed = 0;
    for (int attempt = 0; attempt < 5 && !undelayed; attempt++) {
        struct probe probe = {0};
        wd_watchdog *wd = started_with(10, INTERVAL, probe_run, &probe);
        WAIT_UNTIL(probe_runs(&probe) == 1, HANG_MS);
        sleep_until_ns(probe.began_ns[0] + INTERVAL * 3 / 4 * MS_IN_NS);
        int64_t checked = now_ns();
        CHECK_STATUS(wd_check(wd), WD_EXPIRED);
        int seen = probe_runs(&probe);
        WAIT_UNTIL(probe_runs(&probe) > seen, HANG_MS);
        undelayed = probe.began_ns[seen] < checked + INTERVAL * MS_IN_NS;
        CHECK_STATUS(wd_free(wd), WD_OK);
    }
    CHECK(undelayed);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(it_repeats_an_interval_after_the_previous_run_began),
        TEST(without_an_interval_it_runs_once_a_missed_feed),
        TEST(a_feed_begins_anew_whatever_the_interval),
        TEST(a_feed_ends_the_repeating),
        TEST(a_run_longer_than_the_interval_is_followed_at_its_end),
        TEST(the_run_after_a_long_one_does_not_wait_an_interval),
        TEST(missed_runs_are_not_made_up),
        TEST(a_callback_that_feeds_is_called_again_at_the_next_miss),
        TEST(a_feed_during_a_run_begins_anew),
        TEST(a_run_by_check_uses_up_no_run_of_the_monitor),
        TEST(a_run_by_check_puts_off_no_run_of_the_monitor),
    };
    return RUN_TESTS(tests);
}
