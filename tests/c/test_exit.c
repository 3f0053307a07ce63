/* What a normal exit of the process waits for, and what it does not. */
#include "child.h"
#include "probes.h"

#define LONG_MS 600000

/* ---- children: each returns from its main or exits -------------------- */

static int with_a_daemon(const char *flag)
{
    wd_watchdog *wd = wd_new(LONG_MS, 5);
    CHECK_STATUS(wd_start_thread(wd, atoi(flag)), WD_OK);
    return 3;
}

static atomic_int main_has_returned;

static void note_that_main_has_returned(void)
{
    child_say("handler;");
    atomic_store(&main_has_returned, 1);
}

static void *stop_after_runs(void *data)
{
    struct probe *probe = data;
    while (!atomic_load(&main_has_returned)) {
        sleep_ms(1);
    }
    int seen = probe_runs(probe);
    WAIT_UNTIL(probe_runs(probe) >= seen + 5, HANG_MS);
    sleep_ms(50);
    child_say("stopping;");
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    return NULL;
}

static int with_a_non_daemon(const char *unused)
{
    static struct probe probe;
    (void)unused;
    atexit(note_that_main_has_returned);
    wd_watchdog *wd = new_with(5, 5, probe_run, &probe);
    CHECK_STATUS(wd_start_thread(wd, 0), WD_OK);
    pthread_detach(thread_start(stop_after_runs, &probe));
    return 3;
}

static wd_watchdog *held;
static const char *how_it_ends;

static void *end_it_later(void *unused)
{
    while (!atomic_load(&main_has_returned)) {
        sleep_ms(1);
    }
    sleep_ms(50);
    child_say("ending;");
    if (strcmp(how_it_ends, "stop") == 0) {
        CHECK_STATUS(wd_stop(held, -1), WD_OK);
    } else if (strcmp(how_it_ends, "free") == 0) {
        CHECK_STATUS(wd_free(held), WD_OK);
    } else {
        CHECK_STATUS(wd_shutdown(-1), WD_OK);
    }
    return unused;
}

static int ended_by(const char *how)
{
    how_it_ends = how;
    atexit(note_that_main_has_returned);
    held = wd_new(LONG_MS, 5);
    CHECK_STATUS(wd_start_thread(held, 0), WD_OK);
    pthread_detach(thread_start(end_it_later, NULL));
    return 3;
}

static int started_twice(const char *flags)
{
    how_it_ends = "stop";
    atexit(note_that_main_has_returned);
    held = wd_new(LONG_MS, 5);
    CHECK_STATUS(wd_start_thread(held, flags[0] - '0'), WD_OK);
    CHECK_STATUS(wd_start_thread(held, flags[1] - '0'), WD_OK);
    if (flags[0] == '0') {
        pthread_detach(thread_start(end_it_later, NULL));
    }
    return 3;
}

static int restarted(const char *flags)
{
    how_it_ends = "stop";
    atexit(note_that_main_has_returned);
    held = wd_new(LONG_MS, 5);
    CHECK_STATUS(wd_start_thread(held, flags[0] - '0'), WD_OK);
    CHECK_STATUS(wd_stop(held, -1), WD_OK);
    CHECK_STATUS(wd_start_thread(held, flags[1] - '0'), WD_OK);
    if (flags[1] == '0') {
        pthread_detach(thread_start(end_it_later, NULL));
    }
    return 3;
}

static void exit_now(void *unused)
{
    (void)unused;
    exit(7);
}

static int exit_inside_its_callback(const char *flag)
{
    wd_watchdog *wd = new_with(10, 5, exit_now, NULL);
    CHECK_STATUS(wd_start_thread(wd, atoi(flag)), WD_OK);
    sleep_ms(HANG_MS);
    return 3;
}

static int exit_inside_a_checked_callback(const char *flag)
{
    wd_watchdog *wd = new_with(LONG_MS, 5, exit_now, NULL);
    CHECK_STATUS(wd_start_thread(wd, atoi(flag)), WD_OK);
    sleep_ms(5);
    CHECK_STATUS(wd_set_times(wd, 1, 5), WD_OK);
    /* The monitor may be quicker; then it is its run that exits. */
    wd_check(wd);
    sleep_ms(HANG_MS);
    return 3;
}

static int exit_inside_a_callback_beside_another(const char *unused)
{
    (void)unused;
    how_it_ends = "stop";
    atexit(note_that_main_has_returned);
    held = wd_new(LONG_MS, 5);
    CHECK_STATUS(wd_start_thread(held, 0), WD_OK);
    pthread_detach(thread_start(end_it_later, NULL));
    return exit_inside_its_callback("0");
}

static int with_a_stuck_daemon(const char *unused)
{
    static struct gate gate;
    (void)unused;
    wd_watchdog *wd = new_with(5, 5, gate_run, &gate);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    gate_await(&gate);
    return 3;
}

static void *start_in_a_loop(void *wd)
{
    for (;;) {
        wd_start(wd);
    }
    return NULL;
}

static int with_a_sleeping_start(const char *unused)
{
    (void)unused;
    pthread_detach(thread_start(start_in_a_loop, wd_new(LONG_MS, LONG_MS)));
    sleep_ms(20);
    return 3;
}

static void say_destroyed(void *unused)
{
    (void)unused;
    child_say("destroyed;");
}

static void pass(void *unused)
{
    (void)unused;
}

static int with_owned_data(const char *flag)
{
    wd_watchdog *wd = wd_new(2, 2);
    CHECK_STATUS(wd_set_callback_owned(wd, pass, NULL, say_destroyed), WD_OK);
    if (atoi(flag)) {
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
        sleep_ms(20);
    }
    return 3;
}

/* All of it is reachable: LeakSanitizer, where it is, must say so. */
static int with_what_is_still_in_use(const char *unused)
{
    (void)unused;
    wd_watchdog *wd = wd_new(LONG_MS, 5);
    CHECK_STATUS(wd_set_name(wd, "in use"), WD_OK);
    CHECK_STATUS(wd_set_callback_owned(wd, pass, malloc(100), free), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    return 3;
}

static void *use_everything(void *unused)
{
    for (;;) {
        struct probe probe = {0};
        wd_watchdog *wd = wd_new(1, 1);
        wd_set_callback(wd, probe_run, &probe);
        wd_start_thread(wd, 1);
        wd_check(wd);
        wd_start(wd);
        wd_feed(wd);
        wd_free(wd);
    }
    return unused;
}

static int with_threads_that_go_on(const char *unused)
{
    (void)unused;
    for (int i = 0; i < 4; i++) {
        pthread_detach(thread_start(use_everything, NULL));
    }
    sleep_ms(20);
    return 3;
}

static void use_the_library_in_a_handler(void)
{
    wd_watchdog *wd = wd_new(LONG_MS, 5);
    wd_feed(wd);
    wd_start_thread(wd, 1);
    wd_stop(wd, -1);
    wd_free(wd);
    child_say("used;");
}

static int with_a_handler_that_uses_the_library(const char *unused)
{
    (void)unused;
    atexit(use_the_library_in_a_handler);
    library_pace(5, 2);
    return 3;
}

static void end_the_thread(void *unused)
{
    pthread_exit(unused);
}

static int with_a_callback_that_ends_its_thread(const char *by_check)
{
    dup2(CHILD_OUT, STDERR_FILENO);
    wd_watchdog *wd = new_with(5, 5, end_the_thread, NULL);
    if (*by_check) {
        sleep_ms(10);
        wd_check(wd);
    } else {
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    }
    sleep_ms(HANG_MS);
    return 3;
}

static const struct child_body children[] = {
    {"with_a_callback_that_ends_its_thread", with_a_callback_that_ends_its_thread},
    {"with_a_daemon", with_a_daemon},
    {"with_a_non_daemon", with_a_non_daemon},
    {"ended_by", ended_by},
    {"started_twice", started_twice},
    {"restarted", restarted},
    {"exit_inside_its_callback", exit_inside_its_callback},
    {"exit_inside_a_checked_callback", exit_inside_a_checked_callback},
    {"exit_inside_a_callback_beside_another", exit_inside_a_callback_beside_another},
    {"with_a_stuck_daemon", with_a_stuck_daemon},
    {"with_a_sleeping_start", with_a_sleeping_start},
    {"with_owned_data", with_owned_data},
    {"with_what_is_still_in_use", with_what_is_still_in_use},
    {"with_threads_that_go_on", with_threads_that_go_on},
    {"with_a_handler_that_uses_the_library", with_a_handler_that_uses_the_library},
};

/* ---- tests ------------------------------------------------------------ */

static void ends_saying(const char *child, const char *argument, int code, const char *words)
{
    struct outcome outcome = child_run(child, argument);
    CHECK_ENDED(outcome, code);
    CHECK_TEXT(outcome.said, words);
}

static void an_exit_does_not_wait_for_a_daemon(void)
{
    ends_saying("with_a_daemon", "1", 3, "");
}

static void any_flag_but_zero_is_a_daemon(void)
{
    ends_saying("with_a_daemon", "2", 3, "");
    ends_saying("with_a_daemon", "-1", 3, "");
    ends_saying("with_a_daemon", "256", 3, "");
    ends_saying("with_a_daemon", "-2147483648", 3, "");
}

static void an_exit_waits_for_a_non_daemon_and_monitoring_goes_on(void)
{
    ends_saying("with_a_non_daemon", "", 3, "handler;stopping;");
}

static void the_wait_ends_by_stop_free_or_shutdown(void)
{
    ends_saying("ended_by", "stop", 3, "handler;ending;");
    ends_saying("ended_by", "free", 3, "handler;ending;");
    ends_saying("ended_by", "shutdown", 3, "handler;ending;");
}

static void a_second_start_changes_no_daemon_flag(void)
{
    ends_saying("started_twice", "01", 3, "handler;ending;");
    ends_saying("started_twice", "10", 3, "handler;");
}

static void a_restart_takes_the_new_daemon_flag(void)
{
    ends_saying("restarted", "10", 3, "handler;ending;");
    ends_saying("restarted", "01", 3, "handler;");
}

static void an_exit_inside_the_own_callback_does_not_wait_for_it(void)
{
    ends_saying("exit_inside_its_callback", "0", 7, "");
    ends_saying("exit_inside_its_callback", "1", 7, "");
}

static void an_exit_inside_a_checked_callback_does_not_wait_for_it(void)
{
    ends_saying("exit_inside_a_checked_callback", "0", 7, "");
}

static void an_exit_inside_a_callback_waits_for_the_others(void)
{
    ends_saying("exit_inside_a_callback_beside_another", "", 7, "handler;ending;");
}

static void an_exit_does_not_wait_for_a_daemons_callback(void)
{
    ends_saying("with_a_stuck_daemon", "", 3, "");
}

static void an_exit_does_not_wait_for_a_sleeping_start(void)
{
    ends_saying("with_a_sleeping_start", "", 3, "");
}

static void no_destructor_runs_at_exit(void)
{
    ends_saying("with_owned_data", "0", 3, "");
    ends_saying("with_owned_data", "1", 3, "");
}

static void what_a_live_watchdog_has_is_no_leak(void)
{
    ends_saying("with_what_is_still_in_use", "", 3, "");
}

static void threads_may_go_on_using_the_library_during_exit(void)
{
    for (int i = 0; i < 20; i++) {
        ends_saying("with_threads_that_go_on", "", 3, "");
    }
}

static void an_exit_handler_may_use_the_library(void)
{
    ends_saying("with_a_handler_that_uses_the_library", "", 3, "used;");
}

static void a_callback_that_ends_its_thread_ends_the_process(void)
{
    static const char *const ways[] = {"", "check"};
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct outcome outcome = child_run("with_a_callback_that_ends_its_thread", ways[i]);
        CHECK_EQ(outcome.signal, SIGABRT);
        CHECK_CONTAINS(outcome.said, "libwatchdog: a callback has thrown an exception, or ended its thread");
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_exit_does_not_wait_for_a_daemon),
        TEST(any_flag_but_zero_is_a_daemon),
        TEST(an_exit_waits_for_a_non_daemon_and_monitoring_goes_on),
        TEST(the_wait_ends_by_stop_free_or_shutdown),
        TEST(a_second_start_changes_no_daemon_flag),
        TEST(a_restart_takes_the_new_daemon_flag),
        TEST(an_exit_inside_the_own_callback_does_not_wait_for_it),
        TEST(an_exit_inside_a_checked_callback_does_not_wait_for_it),
        TEST(an_exit_inside_a_callback_waits_for_the_others),
        TEST(an_exit_does_not_wait_for_a_daemons_callback),
        TEST(an_exit_does_not_wait_for_a_sleeping_start),
        TEST(no_destructor_runs_at_exit),
        TEST(what_a_live_watchdog_has_is_no_leak),
        TEST(threads_may_go_on_using_the_library_during_exit),
        TEST(an_exit_handler_may_use_the_library),
        TEST(a_callback_that_ends_its_thread_ends_the_process),
    };
    return RUN_TESTS_AND_CHILDREN(tests, children);
}
