/* fork: what a child has of its parent's watchdogs, and that neither hurts the other. */
#include "child.h"
#include "probes.h"

/* Runs a body in a forked child, which leaves with the number of failed checks. */
static struct outcome in_fork(void (*body)(void *), void *data)
{
    pid_t pid = fork();
    if (pid == 0) {
        atomic_store(&check_failures, 0);
        guard_against_hanging("in a forked child");
        body(data);
        _exit(atomic_load(&check_failures) == 0 ? 0 : 1);
    }
    struct outcome none = {1, -1, 0, 0, ""};
    return CHECK(pid > 0) ? process_end(pid, HANG_MS) : none;
}

/* ---- what the child has ----------------------------------------------- */

static struct probe probe;

static void is_stopped_with_its_name_and_times(void *data)
{
    wd_watchdog *wd = data;
    char name[16] = "";
    uint64_t timeout = 0;
    CHECK_EQ(is_running(wd), 0);
    CHECK_STATUS(wd_name(wd, name, sizeof name), WD_OK);
    CHECK_TEXT(name, "forked");
    CHECK_STATUS(wd_timeout_ms(wd, &timeout), WD_OK);
    CHECK_EQ(timeout, 600000);
    CHECK(since_feed_ms(wd) >= 29);
    CHECK_STATUS(wd_join(wd, -1), WD_OK);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
}

static void in_the_child_it_exists_and_is_stopped(void)
{
    wd_watchdog *wd = started_with(600000, 5, NULL, NULL);
    CHECK_STATUS(wd_set_name(wd, "forked"), WD_OK);
    sleep_ms(30);
    CHECK_ENDED(in_fork(is_stopped_with_its_name_and_times, wd), 0);
    CHECK_EQ(is_running(wd), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void starts_and_expires(void *data)
{
    wd_watchdog *wd = data;
    memset(&probe, 0, sizeof probe);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_STATUS(wd_set_times(wd, 10, 5), WD_OK);
    CHECK_STATUS(wd_check(wd), WD_HEALTHY);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_EQ(is_running(wd), 1);
    WAIT_UNTIL(probe_runs(&probe) >= 3, HANG_MS);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    sleep_ms(20);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_feed(wd), WD_ERR_INVALID_HANDLE);
    library_pace(5, 3);
}

static void the_child_can_start_and_free_it(void)
{
    wd_watchdog *wd = started_with(10000, 5, probe_run, &probe);
    CHECK_ENDED(in_fork(starts_and_expires, wd), 0);
    /* And it is still the parent's. */
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_EQ(is_running(wd), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void does_nothing_for_a_while(void *data)
{
    struct probe *fast = data;
    int seen = probe_runs(fast);
    library_pace(5, 4);
    CHECK_EQ(probe_runs(fast), seen);
}

static void in_the_child_nothing_runs_that_it_did_not_start(void)
{
    static struct probe fast;
    wd_watchdog *wd = started_with(2, 2, probe_run, &fast);
    WAIT_UNTIL(probe_runs(&fast) > 0, HANG_MS);
    CHECK_ENDED(in_fork(does_nothing_for_a_while, &fast), 0);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void starts_a_new_one(void *unused)
{
    (void)unused;
    library_pace(5, 3);
}

static void forks_again(void *unused)
{
    (void)unused;
    library_pace(5, 2);
    CHECK_ENDED(in_fork(starts_a_new_one, NULL), 0);
    library_pace(5, 2);
}

static void a_childs_child_is_no_different(void)
{
    library_pace(5, 1);
    CHECK_ENDED(in_fork(forks_again, NULL), 0);
}

static void the_parent_goes_on(void)
{
    static struct probe fast;
    wd_watchdog *wd = started_with(2, 2, probe_run, &fast);
    for (int i = 0; i < 10; i++) {
        CHECK_ENDED(in_fork(starts_a_new_one, NULL), 0);
        int seen = probe_runs(&fast);
        WAIT_UNTIL(probe_runs(&fast) > seen, HANG_MS);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* ---- a callback runs while it forks ----------------------------------- */

static struct gate gate;

static void waits_for_no_run_of_the_parent(void *data)
{
    wd_watchdog *wd = data;
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    memset(&probe, 0, sizeof probe);
    CHECK_STATUS(wd_set_callback(wd, probe_run, &probe), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void frees_without_waiting(void *data)
{
    CHECK_STATUS(wd_free(data), WD_OK);
}

static void the_child_waits_for_no_run_of_the_parent(void)
{
    wd_watchdog *wd = started_with(10, 5, gate_run, &gate);
    gate_await(&gate);
    CHECK_ENDED(in_fork(waits_for_no_run_of_the_parent, wd), 0);
    CHECK_ENDED(in_fork(frees_without_waiting, wd), 0);
    CHECK_EQ(atomic_load(&gate.left), 0);
    atomic_store(&gate.open, 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* ---- the child's exit ------------------------------------------------- */

static void exits(void *unused)
{
    (void)unused;
    exit(atomic_load(&check_failures) == 0 ? 0 : 1);
}

static void the_childs_exit_waits_for_nothing_of_the_parent(void)
{
    wd_watchdog *wd = wd_new(600000, 5);
    CHECK_STATUS(wd_start_thread(wd, 0), WD_OK);
    CHECK_ENDED(in_fork(exits, NULL), 0);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* ---- fork inside a callback ------------------------------------------- */

enum leave { LEAVE_BY_EXIT_AT_ONCE, LEAVE_BY_EXIT, LEAVE_BY_EXEC, LEAVE_AFTER_WORK };

struct forker {
    wd_watchdog *wd;
    enum leave how;
    _Atomic pid_t child;
};

static void fork_inside(void *data)
{
    struct forker *forker = data;
    pid_t pid = fork();
    if (pid != 0) {
        atomic_store(&forker->child, pid);
        return;
    }
    atomic_store(&check_failures, 0);
    switch (forker->how) {
    case LEAVE_BY_EXIT_AT_ONCE:
        _exit(0);
    case LEAVE_BY_EXIT:
        exit(0);
    case LEAVE_BY_EXEC:
        execlp("true", "true", (char *)NULL);
        _exit(2);
    case LEAVE_AFTER_WORK:
        CHECK_EQ(is_running(forker->wd), 0);
        CHECK_STATUS(wd_feed(forker->wd), WD_OK);
        library_pace(5, 3);
        _exit(atomic_load(&check_failures) == 0 ? 0 : 1);
    }
}

static void fork_inside_a_callback(enum leave how, int by_check)
{
    struct forker forker = {.how = how};
    forker.wd = new_with(10, 0, fork_inside, &forker);
    if (by_check) {
        sleep_ms(20);
        CHECK_STATUS(wd_check(forker.wd), WD_EXPIRED);
    } else {
        CHECK_STATUS(wd_start_thread(forker.wd, 0), WD_OK);
        WAIT_UNTIL(atomic_load(&forker.child) != 0, HANG_MS);
    }
    if (CHECK(atomic_load(&forker.child) > 0)) {
        CHECK_ENDED(process_end(atomic_load(&forker.child), HANG_MS), 0);
    }
    CHECK_STATUS(wd_free(forker.wd), WD_OK);
}

static void a_child_of_a_callback_leaves_by_exit_at_once(void)
{
    fork_inside_a_callback(LEAVE_BY_EXIT_AT_ONCE, 0);
    fork_inside_a_callback(LEAVE_BY_EXIT_AT_ONCE, 1);
}

static void a_child_of_a_callback_leaves_by_exit(void)
{
    fork_inside_a_callback(LEAVE_BY_EXIT, 0);
    fork_inside_a_callback(LEAVE_BY_EXIT, 1);
}

static void a_child_of_a_callback_leaves_by_exec(void)
{
    fork_inside_a_callback(LEAVE_BY_EXEC, 0);
    fork_inside_a_callback(LEAVE_BY_EXEC, 1);
}

static void a_child_of_a_callback_may_use_the_library(void)
{
    fork_inside_a_callback(LEAVE_AFTER_WORK, 0);
    fork_inside_a_callback(LEAVE_AFTER_WORK, 1);
}

static struct {
    wd_watchdog *wd;
    atomic_int entered, destroyed;
    _Atomic pid_t child;
} twice;

static void count_destroyed(void *unused)
{
    (void)unused;
    atomic_fetch_add(&twice.destroyed, 1);
}

static void in_the_grandchild(void)
{
    atomic_store(&check_failures, 0);
    CHECK_STATUS(wd_start_thread(twice.wd, 1), WD_OK);
    library_pace(5, 3); /* which takes longer than its timeout */
    CHECK_EQ(atomic_load(&twice.entered), 1);
    CHECK_STATUS(wd_stop(twice.wd, 0), WD_OK);
    CHECK_STATUS(wd_free(twice.wd), WD_OK);
    CHECK_EQ(atomic_load(&twice.destroyed), 0);
    _exit(atomic_load(&check_failures) == 0 ? 0 : 1);
}

static void fork_twice_inside(void *unused)
{
    (void)unused;
    if (atomic_fetch_add(&twice.entered, 1) > 0) {
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        pid = fork();
        if (pid == 0) {
            in_the_grandchild();
        }
        struct outcome end = process_end(pid, HANG_MS);
        _exit(end.code);
    }
    atomic_store(&twice.child, pid);
}

static void a_child_of_a_callback_may_fork_again(void)
{
    twice.wd = new_with(10, 0, NULL, NULL);
    CHECK_STATUS(wd_set_callback_owned(twice.wd, fork_twice_inside, &twice, count_destroyed), WD_OK);
    sleep_ms(20);
    CHECK_STATUS(wd_check(twice.wd), WD_EXPIRED);
    CHECK_ENDED(process_end(atomic_load(&twice.child), HANG_MS), 0);
    CHECK_STATUS(wd_free(twice.wd), WD_OK);
    CHECK_EQ(atomic_load(&twice.destroyed), 1);
}

/* ---- fork while everything moves -------------------------------------- */

static atomic_int over;
static wd_watchdog *_Atomic moving[4];

static void ignore_run(void *unused)
{
    (void)unused;
}

static void *move(void *argument)
{
    size_t mine = (uintptr_t)argument;
    while (!atomic_load(&over)) {
        wd_watchdog *wd = wd_new(1, 1);
        atomic_store(&moving[mine], wd);
        wd_set_callback(wd, ignore_run, NULL);
        wd_start_thread(wd, (int32_t)mine % 2);
        wd_set_name(wd, "moving");
        for (int i = 0; i < 50; i++) {
            wd_feed(wd);
            wd_check(wd);
        }
        wd_pause(wd);
        wd_resume(wd);
        wd_stop(wd, 0);
        wd_free(wd);
    }
    return NULL;
}

static void uses_whatever_it_finds(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(moving); i++) {
        wd_watchdog *wd = atomic_load(&moving[i]);
        wd_feed(wd);
        wd_set_name(wd, "child");
        wd_start_thread(wd, 1);
        wd_stop(wd, -1);
        wd_free(wd);
        CHECK_STATUS(wd_feed(wd), WD_ERR_INVALID_HANDLE);
    }
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    library_pace(1, 2);
}

static void fork_at_any_moment_leaves_a_working_child(void)
{
    pthread_t threads[4];
    if (SANITIZER_ALLOCATOR) {
        skip("the sanitizer's allocator can be left locked in the child");
        return;
    }
    if (getenv("WD_TEST_VALGRIND") != NULL) {
        skip("valgrind finds lost in the child what threads that are not there had in hand");
        return;
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        threads[i] = thread_start(move, (void *)(uintptr_t)i);
    }
    int64_t began = now_ns();
    for (int i = 0; i < 5 || (i < 300 && elapsed_ms(began) < 1500); i++) {
        /* And one that exits at once waits for nobody, though half of them are no daemons. */
        if (!CHECK_ENDED(in_fork(i % 2 ? exits : uses_whatever_it_finds, NULL), 0)) {
            break;
        }
    }
    atomic_store(&over, 1);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        thread_join(threads[i]);
    }
    library_pace(5, 2);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(in_the_child_it_exists_and_is_stopped),
        TEST(the_child_can_start_and_free_it),
        TEST(in_the_child_nothing_runs_that_it_did_not_start),
        TEST(a_childs_child_is_no_different),
        TEST(the_parent_goes_on),
        TEST(the_child_waits_for_no_run_of_the_parent),
        TEST(the_childs_exit_waits_for_nothing_of_the_parent),
        TEST(a_child_of_a_callback_leaves_by_exit_at_once),
        TEST(a_child_of_a_callback_leaves_by_exit),
        TEST(a_child_of_a_callback_leaves_by_exec),
        TEST(a_child_of_a_callback_may_use_the_library),
        TEST(a_child_of_a_callback_may_fork_again),
        TEST(fork_at_any_moment_leaves_a_working_child),
    };
    return RUN_TESTS(tests);
}
