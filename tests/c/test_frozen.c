/*
 * The other ways in which a process stands still through no fault of its own:
 * a container that is frozen and thawed, a debugger that stops it and goes.
 */
#include "child.h"
#include "standstill.h"

#include <sys/ptrace.h>
#include <sys/stat.h>

enum { TIMEOUT = 200, FROZEN = 5 * TIMEOUT, TIMES = 4 };

/* ---- the child: feeds in time but for the freezes ------------------------- */

/* A gap that is neither punctual nor a freeze is the machine's doing. */
static int feeds_in_time(const char *unused)
{
    static const struct gaps gaps = {TIMEOUT * 3 / 4, TIMEOUT / 2 * 3, FROZEN + TIMEOUT * 3 / 4};
    struct probe probe = {0};
    (void)unused;
    wd_watchdog *wd = started_with(TIMEOUT, 0, probe_run, &probe);
    child_say("fed");
    struct feeding feeding = feed_but_for_standstills(wd, TIMEOUT, TIMES, gaps);
    int alarms = probe_runs(&probe);
    /* A hang is still a hang. */
    if (alarms == 0) {
        WAIT_UNTIL(probe_runs(&probe) == 1, HANG_MS);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    return verdict(feeding, TIMES, alarms);
}

/* Asks after the monitor, which its parent stops alone. */
static int asks_after_the_monitor(const char *unused)
{
    struct probe probe = {0};
    uint64_t late = 4711;
    (void)unused;
    CHECK_STATUS(wd_monitor_late_ms(NULL), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_monitor_late_ms(&late), WD_OK);
    CHECK_EQ(late, 0);
    wd_watchdog *wd = started_with(50, 50, probe_run, &probe);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    child_say("fed");
    int64_t began = now_ns();
    do {
        CHECK_STATUS(wd_monitor_late_ms(&late), WD_OK);
        CHECK_STATUS(wd_feed(wd), WD_OK);
        sleep_ms(5);
    } while (late < 500 && elapsed_ms(began) < HANG_MS);
    child_say("late");
    /* And after that it looks again. */
    int seen = probe_runs(&probe);
    WAIT_UNTIL(probe_runs(&probe) > seen, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
    return late >= 500 ? QUIET : NOT_STOPPED;
}

static const struct child_body children[] = {
    {"feeds_in_time", feeds_in_time},
    {"asks_after_the_monitor", asks_after_the_monitor},
};

/* ---- ways to freeze --------------------------------------------------------- */

static char group[256];

static int write_to(const char *file, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", group, file);
    int out = open(path, O_WRONLY | O_CLOEXEC);
    if (out < 0) {
        return 0;
    }
    int written = write(out, text, strlen(text)) == (ssize_t)strlen(text);
    close(out);
    return written;
}

static int join_group(pid_t pid)
{
    char number[32];
    snprintf(number, sizeof number, "%d", (int)pid);
    return write_to("cgroup.procs", number);
}

static void freeze_v1(pid_t pid)
{
    (void)pid;
    CHECK(write_to("freezer.state", "FROZEN"));
}

static void thaw_v1(pid_t pid)
{
    (void)pid;
    CHECK(write_to("freezer.state", "THAWED"));
}

static void freeze_v2(pid_t pid)
{
    (void)pid;
    CHECK(write_to("cgroup.freeze", "1"));
}

static void thaw_v2(pid_t pid)
{
    (void)pid;
    CHECK(write_to("cgroup.freeze", "0"));
}

static int threads_of(pid_t pid, pid_t *threads, int most)
{
    char path[64];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    for (pid_t thread = pid; thread < pid + 200 && count < most; thread++) {
        char task[128];
        snprintf(task, sizeof task, "%s/%d", path, (int)thread);
        if (access(task, F_OK) == 0) {
            threads[count++] = thread;
        }
    }
    return count;
}

/* As a debugger does: every thread of the process. */
static pid_t traced[64];
static int traced_count;

static void freeze_by_debugger(pid_t pid)
{
    traced_count = threads_of(pid, traced, COUNT_OF(traced));
    CHECK(traced_count >= 3);
    for (int i = 0; i < traced_count; i++) {
        CHECK_EQ(ptrace(PTRACE_SEIZE, traced[i], NULL, NULL), 0);
        CHECK_EQ(ptrace(PTRACE_INTERRUPT, traced[i], NULL, NULL), 0);
        CHECK_EQ(waitpid(traced[i], NULL, __WALL), traced[i]);
    }
}

static void thaw_by_debugger(pid_t pid)
{
    (void)pid;
    for (int i = 0; i < traced_count; i++) {
        CHECK_EQ(ptrace(PTRACE_DETACH, traced[i], NULL, NULL), 0);
    }
}

/* ---- tests -------------------------------------------------------------------- */

static void raises_no_alarm(void (*freeze)(pid_t), void (*thaw)(pid_t))
{
    for (int attempt = 0; attempt < 6; attempt++) {
        struct child child = child_start("feeds_in_time", "");
        child_await(child, "fed");
        if (group[0] != '\0' && !join_group(child.pid)) {
            kill(child.pid, SIGKILL);
            child_end(child, HANG_MS);
            skip("no process can be put into a control group here");
            return;
        }
        for (int i = 0; i < TIMES; i++) {
            /* The first ends before the timeout, the others after several. */
            sleep_ms(TIMEOUT / 2 + attempt * 17);
            freeze(child.pid);
            sleep_ms(i == 0 ? TIMEOUT * 2 : FROZEN - i * TIMEOUT / 7);
            thaw(child.pid);
        }
        struct outcome outcome = child_end(child, HANG_MS * 2);
        if (outcome.code != STARVED) {
            CHECK_ENDED(outcome, QUIET);
            return;
        }
    }
    skip("the machine is too busy to feed in time");
}

static int make_group(const char *const *roots)
{
    for (; *roots != NULL; roots++) {
        snprintf(group, sizeof group, "%s/libwatchdog-test-%d", *roots, (int)getpid());
        if (mkdir(group, 0755) == 0) {
            return 1;
        }
    }
    group[0] = '\0';
    return 0;
}

static void end_group(void)
{
    rmdir(group);
    group[0] = '\0';
}

static void a_freeze_by_cgroup_v1_raises_no_alarm(void)
{
    static const char *const roots[] = {"/sys/fs/cgroup/freezer", NULL};
    if (!make_group(roots)) {
        skip("no cgroup v1 freezer can be made here");
        return;
    }
    raises_no_alarm(freeze_v1, thaw_v1);
    end_group();
}

static void a_freeze_by_cgroup_v2_raises_no_alarm(void)
{
    static const char *const roots[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup", NULL};
    if (!make_group(roots)) {
        skip("no cgroup v2 can be made here");
        return;
    }
    if (!write_to("cgroup.freeze", "0")) {
        skip("cgroups cannot be frozen here");
    } else {
        raises_no_alarm(freeze_v2, thaw_v2);
    }
    end_group();
}

static void a_debugger_that_stops_it_and_goes_raises_no_alarm(void)
{
    if (getenv("WD_TEST_VALGRIND") != NULL) {
        skip("valgrind does not let a process trace another");
        return;
    }
    struct child probe = child_start("feeds_in_time", "");
    child_await(probe, "fed");
    int may_trace = ptrace(PTRACE_SEIZE, probe.pid, NULL, NULL) == 0;
    kill(probe.pid, SIGKILL);
    child_end(probe, HANG_MS);
    if (!may_trace) {
        skip("no process may be traced here");
        return;
    }
    raises_no_alarm(freeze_by_debugger, thaw_by_debugger);
}

/* The first of the library's threads, by its name. */
static pid_t monitor_of(pid_t pid)
{
    pid_t threads[64];
    int count = threads_of(pid, threads, COUNT_OF(threads));
    for (int i = 0; i < count; i++) {
        char path[64], name[16] = "";
        snprintf(path, sizeof path, "/proc/%d/task/%d/comm", (int)pid, (int)threads[i]);
        FILE *file = fopen(path, "r");
        if (file != NULL) {
            int got = fscanf(file, "%15s", name);
            fclose(file);
            if (got == 1 && strcmp(name, "watchdog") == 0) {
                return threads[i];
            }
        }
    }
    return 0;
}

static void a_monitor_that_does_not_come_is_noticed(void)
{
    if (getenv("WD_TEST_VALGRIND") != NULL) {
        skip("valgrind does not let a process trace another");
        return;
    }
    struct child child = child_start("asks_after_the_monitor", "");
    child_await(child, "fed");
    pid_t monitor = monitor_of(child.pid);
    if (!CHECK(monitor > 0) || ptrace(PTRACE_SEIZE, monitor, NULL, NULL) != 0) {
        kill(child.pid, SIGKILL);
        child_end(child, HANG_MS);
        skip("no process may be traced here");
        return;
    }
    CHECK_EQ(ptrace(PTRACE_INTERRUPT, monitor, NULL, NULL), 0);
    CHECK_EQ(waitpid(monitor, NULL, __WALL), monitor);
    child_await(child, "late");
    CHECK_EQ(ptrace(PTRACE_DETACH, monitor, NULL, NULL), 0);
    CHECK_ENDED(child_end(child, HANG_MS), QUIET);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_freeze_by_cgroup_v1_raises_no_alarm),
        TEST(a_freeze_by_cgroup_v2_raises_no_alarm),
        TEST(a_debugger_that_stops_it_and_goes_raises_no_alarm),
        TEST(a_monitor_that_does_not_come_is_noticed),
    };
    return RUN_TESTS_AND_CHILDREN(tests, children);
}
