/* wd_set_last_resort: when the process is ended, how, and when not. */
#include "child.h"
#include "probes.h"

#include <stdarg.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { ALIVE = 7 };

static char record[64];

static void record_begin(void)
{
    snprintf(record, sizeof record, "/tmp/libwatchdog-record-%d", (int)getpid());
    unlink(record);
    setenv("WD_TEST_RECORD", record, 1);
}

/* ---- a file system that does not answer ------------------------------------ */

#define HUNG_FILE "/no/answer"

/* Also what the library calls. */
int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    while (strcmp(path, HUNG_FILE) == 0) {
        pause();
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

/* ---- children: each ends, or is ended ------------------------------------- */

/* Its callback never returns. */
static wd_watchdog *stuck_with(uint64_t callback_ms, uint64_t unfed_ms, int32_t action)
{
    static struct gate gate;
    wd_watchdog *wd = new_with(20, 0, gate_run, &gate);
    CHECK_STATUS(wd_set_record_file(getenv("WD_TEST_RECORD")), WD_OK);
    CHECK_STATUS(wd_set_name(wd, "render loop"), WD_OK);
    CHECK_STATUS(wd_set_last_resort(wd, callback_ms, unfed_ms, action), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    gate_await(&gate);
    child_say("stuck");
    return wd;
}

static int with_a_stuck_callback(const char *action)
{
    stuck_with(60, 0, atoi(action));
    sleep_ms(HANG_MS);
    return ALIVE;
}

static int with_a_name_of_two_lines(const char *unused)
{
    (void)unused;
    CHECK_STATUS(wd_set_name(stuck_with(200, 0, 42), "two\n[31mlines"), WD_OK);
    sleep_ms(HANG_MS);
    return ALIVE;
}

static int with_a_record_that_cannot_be_written(const char *unused)
{
    (void)unused;
    setenv("WD_TEST_RECORD", HUNG_FILE, 1);
    stuck_with(60, 0, 42);
    sleep_ms(HANG_MS);
    return ALIVE;
}

static int with_nobody_who_feeds(const char *unused)
{
    (void)unused;
    wd_watchdog *wd = started_with(20, 0, NULL, NULL);
    CHECK_STATUS(wd_set_record_file(getenv("WD_TEST_RECORD")), WD_OK);
    CHECK_STATUS(wd_set_last_resort(wd, 0, 100, 9), WD_OK);
    sleep_ms(HANG_MS);
    return ALIVE;
}

static int with_a_callback_by_check(const char *unused)
{
    static struct gate gate;
    (void)unused;
    wd_watchdog *wd = new_with(600000, 0, gate_run, &gate);
    CHECK_STATUS(wd_set_last_resort(wd, 60, 0, 9), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    sleep_ms(5);
    CHECK_STATUS(wd_set_times(wd, 1, 0), WD_OK);
    wd_check(wd); /* here or on the monitor's worker: stuck */
    sleep_ms(HANG_MS);
    return ALIVE;
}

/* Fed in time, whatever becomes of the callback. */
static int that_recovers(const char *unused)
{
    (void)unused;
    wd_watchdog *wd = stuck_with(60, 700, WD_RESORT_KILL);
    CHECK_STATUS(wd_set_times(wd, 600, 0), WD_OK);
    for (int i = 0; i < 60; i++) {
        CHECK_STATUS(wd_feed(wd), WD_OK);
        sleep_ms(10);
    }
    return ALIVE;
}

static int that_is_paused(const char *unused)
{
    (void)unused;
    CHECK_STATUS(wd_pause(stuck_with(300, 0, WD_RESORT_KILL)), WD_OK);
    sleep_ms(600);
    return ALIVE;
}

static int that_is_stopped(const char *unused)
{
    (void)unused;
    CHECK_STATUS(wd_stop(stuck_with(300, 0, WD_RESORT_KILL), 0), WD_ERR_TIMED_OUT);
    sleep_ms(600);
    return ALIVE;
}

static int that_takes_it_back(const char *unused)
{
    (void)unused;
    CHECK_STATUS(wd_set_last_resort(stuck_with(300, 0, WD_RESORT_KILL), 0, 0, 0), WD_OK);
    sleep_ms(600);
    return ALIVE;
}

static int that_hangs_until_it_is_fed(const char *unused)
{
    (void)unused;
    wd_watchdog *wd = stuck_with(400, 0, 9);
    wd_set_times(wd, 200, 0);
    for (int i = 0; i < 300; i++) {
        sleep_ms(10);
        wd_feed(wd);
    }
    return ALIVE;
}

/* What it is judged by changes while nothing else makes the monitor look. */
static int that_resumes(const char *unused)
{
    (void)unused;
    wd_watchdog *wd = stuck_with(200, 0, 42);
    CHECK_STATUS(wd_pause(wd), WD_OK);
    sleep_ms(400);
    CHECK_STATUS(wd_resume(wd), WD_OK);
    sleep_ms(HANG_MS);
    return ALIVE;
}

static int that_shortens_its_timeout(const char *unused)
{
    (void)unused;
    wd_watchdog *wd = stuck_with(200, 0, 42);
    CHECK_STATUS(wd_set_times(wd, 600000, 0), WD_OK);
    sleep_ms(400);
    CHECK_STATUS(wd_set_times(wd, 50, 0), WD_OK);
    sleep_ms(HANG_MS);
    return ALIVE;
}

static const struct child_body children[] = {
    {"with_a_stuck_callback", with_a_stuck_callback},
    {"with_a_name_of_two_lines", with_a_name_of_two_lines},
    {"with_a_record_that_cannot_be_written", with_a_record_that_cannot_be_written},
    {"with_nobody_who_feeds", with_nobody_who_feeds},
    {"with_a_callback_by_check", with_a_callback_by_check},
    {"that_recovers", that_recovers},
    {"that_is_paused", that_is_paused},
    {"that_is_stopped", that_is_stopped},
    {"that_takes_it_back", that_takes_it_back},
    {"that_hangs_until_it_is_fed", that_hangs_until_it_is_fed},
    {"that_resumes", that_resumes},
    {"that_shortens_its_timeout", that_shortens_its_timeout},
};

/* ---- tests ------------------------------------------------------------------ */

static void record_says(const char *reason, const char *name, const char *end)
{
    char text[1024] = "", line[256];
    struct stat status;
    FILE *file = fopen(record, "r");
    if (CHECK(file != NULL)) {
        CHECK_EQ(fstat(fileno(file), &status), 0);
        CHECK_EQ(status.st_mode & 0777, 0600);
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    snprintf(line, sizeof line, "reason=%s\nname=%s\nunfed_ms=", reason, name);
    CHECK_CONTAINS(text, line);
    snprintf(line, sizeof line, "\nend=%s\npid=", end);
    CHECK_CONTAINS(text, line);
    CHECK_CONTAINS(text, "\ntime=");
    CHECK_CONTAINS(text, wd_version());
    unlink(record);
}

static void a_stuck_callback_is_ended_by_an_exit_code(void)
{
    record_begin();
    CHECK_ENDED(child_run("with_a_stuck_callback", "42"), 42);
    record_says("callback", "render loop", "exit 42");
}

static void a_stuck_callback_is_ended_by_abort(void)
{
    record_begin();
    struct outcome outcome = child_run("with_a_stuck_callback", "0");
    CHECK_EQ(outcome.signal, SIGABRT);
    record_says("callback", "render loop", "abort");
}

static void a_stuck_callback_is_ended_by_kill(void)
{
    record_begin();
    struct outcome outcome = child_run("with_a_stuck_callback", "-1");
    CHECK_EQ(outcome.signal, SIGKILL);
    CHECK(!outcome.hung);
    record_says("callback", "render loop", "kill");
}

static void a_record_that_cannot_be_written_does_not_hold_up_the_end(void)
{
    struct outcome outcome = child_run("with_a_record_that_cannot_be_written", "");
    CHECK_EQ(outcome.signal, SIGKILL);
    CHECK(!outcome.hung);
}

static void a_record_goes_through_no_link(void)
{
    char target[80];
    record_begin();
    snprintf(target, sizeof target, "%s-target", record);
    CHECK_EQ(symlink(target, record), 0);
    CHECK_ENDED(child_run("with_a_stuck_callback", "42"), 42);
    CHECK(access(target, F_OK) != 0);
    unlink(record);
}

static void a_callback_that_is_stuck_in_a_check_is_one_too(void)
{
    record_begin();
    CHECK_ENDED(child_run("with_a_callback_by_check", ""), 9);
}

static void whoever_stays_unfed_is_ended(void)
{
    record_begin();
    CHECK_ENDED(child_run("with_nobody_who_feeds", ""), 9);
    record_says("unfed", "", "exit 9");
}

static void whoever_recovers_is_not_ended(void)
{
    record_begin();
    CHECK_ENDED(child_run("that_recovers", ""), ALIVE);
    CHECK(access(record, F_OK) != 0);
}

static void a_pause_a_stop_and_taking_it_back_end_it(void)
{
    record_begin();
    CHECK_ENDED(child_run("that_is_paused", ""), ALIVE);
    CHECK_ENDED(child_run("that_is_stopped", ""), ALIVE);
    CHECK_ENDED(child_run("that_takes_it_back", ""), ALIVE);
}

static void a_process_that_was_stopped_is_not_ended(void)
{
    record_begin();
    struct child child = child_start("that_hangs_until_it_is_fed", "");
    child_await(child, "stuck");
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(kill(child.pid, SIGSTOP), 0);
        sleep_ms(800);
        CHECK_EQ(kill(child.pid, SIGCONT), 0);
        sleep_ms(100);
    }
    CHECK_ENDED(child_end(child, HANG_MS), ALIVE);
}

static void a_process_with_a_debugger_is_not_ended(void)
{
    record_begin();
    if (getenv("WD_TEST_VALGRIND") != NULL) {
        skip("valgrind does not let a process trace another");
        return;
    }
    struct child child = child_start("with_a_stuck_callback", "42");
    child_await(child, "stuck");
    if (ptrace(PTRACE_SEIZE, child.pid, NULL, NULL) != 0) {
        CHECK_ENDED(child_end(child, HANG_MS), 42);
        skip("no process may be traced here, or it was too late to");
        return;
    }
    sleep_ms(500);
    CHECK_EQ(waitpid(child.pid, NULL, WNOHANG), 0);
    CHECK_EQ(ptrace(PTRACE_INTERRUPT, child.pid, NULL, NULL), 0);
    CHECK_EQ(waitpid(child.pid, NULL, __WALL), child.pid);
    CHECK_EQ(ptrace(PTRACE_DETACH, child.pid, NULL, NULL), 0);
    CHECK_ENDED(child_end(child, HANG_MS), 42);
}

static void it_is_judged_anew_when_the_watchdog_is_told_something(void)
{
    record_begin();
    CHECK_ENDED(child_run("that_resumes", ""), 42);
    CHECK_ENDED(child_run("that_shortens_its_timeout", ""), 42);
    unlink(record);
}

static void a_name_is_no_line_of_its_own(void)
{
    record_begin();
    CHECK_ENDED(child_run("with_a_name_of_two_lines", ""), 42);
    record_says("callback", "two?[31mlines", "exit 42");
}

static void nonsense_is_refused_and_named(void)
{
    char path[1100];
    wd_watchdog *wd = wd_new(1000, 0);
    CHECK_STATUS(wd_set_last_resort(wd, 0, 1000, 0), WD_ERR_INVALID_ARGUMENT);
    CHECK_CONTAINS(wd_last_error(), "1000");
    CHECK_STATUS(wd_set_last_resort(wd, 1, 0, 256), WD_ERR_INVALID_ARGUMENT);
    CHECK_CONTAINS(wd_last_error(), "256");
    CHECK_STATUS(wd_set_last_resort(wd, 1, 0, -2), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_set_last_resort(wd, UINT64_MAX, 0, 255), WD_ERR_INVALID_ARGUMENT);
    CHECK_CONTAINS(wd_last_error(), "callback_ms");
    CHECK_STATUS(wd_set_last_resort(wd, 0, UINT64_MAX, 255), WD_ERR_INVALID_ARGUMENT);
    CHECK_CONTAINS(wd_last_error(), "unfed_ms");
    CHECK_STATUS(wd_set_last_resort(wd, UINT64_MAX / 4000000, UINT64_MAX / 4000000, 255), WD_OK);
    memset(path, 'p', sizeof path);
    path[1024] = '\0';
    CHECK_STATUS(wd_set_record_file(path), WD_ERR_INVALID_ARGUMENT);
    CHECK_CONTAINS(wd_last_error(), "1024");
    path[1023] = '\0';
    CHECK_STATUS(wd_set_record_file(path), WD_OK);
    CHECK_STATUS(wd_set_record_file(NULL), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void as_many_as_there_can_be(void)
{
    wd_watchdog *wds[65];
    for (size_t i = 0; i < COUNT_OF(wds); i++) {
        wds[i] = wd_new(1000, 0);
        CHECK_STATUS(wd_set_last_resort(wds[i], 60000, 0, 1), i < 64 ? WD_OK : WD_ERR_NO_MEMORY);
    }
    CHECK_CONTAINS(wd_last_error(), "64");
    CHECK_STATUS(wd_set_last_resort(wds[64], 0, 0, 0), WD_OK); /* it has none to take away */
    /* One again is no new one; one that is freed makes room. */
    CHECK_STATUS(wd_set_last_resort(wds[0], 70000, 0, 1), WD_OK);
    CHECK_STATUS(wd_free(wds[5]), WD_OK);
    CHECK_STATUS(wd_set_last_resort(wds[64], 60000, 0, 1), WD_OK);
    for (size_t i = 0; i < COUNT_OF(wds); i++) {
        CHECK_STATUS(wd_free(wds[i]), i == 5 ? WD_ERR_INVALID_HANDLE : WD_OK);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_stuck_callback_is_ended_by_an_exit_code),
        TEST(a_stuck_callback_is_ended_by_abort),
        TEST(a_stuck_callback_is_ended_by_kill),
        TEST(a_record_that_cannot_be_written_does_not_hold_up_the_end),
        TEST(a_record_goes_through_no_link),
        TEST(a_callback_that_is_stuck_in_a_check_is_one_too),
        TEST(whoever_stays_unfed_is_ended),
        TEST(whoever_recovers_is_not_ended),
        TEST(a_pause_a_stop_and_taking_it_back_end_it),
        TEST(a_process_that_was_stopped_is_not_ended),
        TEST(a_process_with_a_debugger_is_not_ended),
        TEST(it_is_judged_anew_when_the_watchdog_is_told_something),
        TEST(a_name_is_no_line_of_its_own),
        TEST(nonsense_is_refused_and_named),
        TEST(as_many_as_there_can_be),
    };
    return RUN_TESTS_AND_CHILDREN(tests, children);
}
