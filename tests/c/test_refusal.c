/*
 * Memory and threads refused at every single call in turn. Each scenario runs
 * in fresh children: the first with its first allocation refused, the next with
 * its second, until one passes untouched; then again with all refused from the
 * nth on; then the same with threads.
 */
#include "preload.h"
#include "probes.h"

#include <sys/resource.h>

enum { MEMORY = 1, THREADS = 2 };
enum { REFUSED = 0, UNTOUCHED = 10 };

static void (*refuse_arm)(int kinds, int nth, int from_then_on);
static void (*refuse_disarm)(void);
static int (*refuse_calls)(void);
static int (*refuse_refused)(void);

static int find_interposer(void)
{
    return preload_find("refuse_arm", &refuse_arm) &&
           preload_find("refuse_disarm", &refuse_disarm) &&
           preload_find("refuse_calls", &refuse_calls) &&
           preload_find("refuse_refused", &refuse_refused);
}

/* ---- scenarios, in children ------------------------------------------- */

static int refused_so(wd_status status)
{
    if (status == WD_ERR_NO_MEMORY || status == WD_ERR_THREAD) {
        CHECK(wd_last_error()[0] != '\0');
        return 1;
    }
    return 0;
}

/* Done, or refused in the one way or the other. */
#define CHECK_DONE_OR_REFUSED(expr)                          \
    do {                                                     \
        wd_status status_ = (expr);                          \
        if (!refused_so(status_)) {                          \
            check_status(status_, WD_OK, #expr, __FILE__, __LINE__); \
        }                                                    \
    } while (0)

/* One that was refused comes when there is memory again. */
static wd_watchdog *new_in_the_end(uint64_t timeout_ms, uint64_t interval_ms)
{
    wd_watchdog *wd = wd_new(timeout_ms, interval_ms);
    if (wd == NULL) {
        CHECK(wd_last_error()[0] != '\0');
        refuse_disarm();
        wd = wd_new(timeout_ms, interval_ms);
        CHECK(wd != NULL);
    }
    return wd;
}

static void start_in_the_end(wd_watchdog *wd)
{
    wd_status status = wd_start_thread(wd, 1);
    if (refused_so(status)) {
        CHECK_EQ(is_running(wd), 0);
        refuse_disarm();
        status = wd_start_thread(wd, 1);
    }
    CHECK_STATUS(status, WD_OK);
}

static void a_life(void)
{
    static struct probe probe;
    char name[16];
    uint64_t ms;
    wd_watchdog *wd = new_in_the_end(10, 5);
    wd_status status = wd_set_callback(wd, probe_run, &probe);
    if (refused_so(status)) {
        refuse_disarm();
        status = wd_set_callback(wd, probe_run, &probe);
    }
    CHECK_STATUS(status, WD_OK);
    CHECK_DONE_OR_REFUSED(wd_set_name(wd, "a name"));
    CHECK_DONE_OR_REFUSED(wd_set_name(wd, "another name"));
    CHECK_STATUS(wd_name(wd, name, sizeof name), WD_OK);
    CHECK_DONE_OR_REFUSED(wd_set_times(wd, 20, 5));
    CHECK_DONE_OR_REFUSED(wd_pause(wd));
    wd_resume(wd);
    CHECK_STATUS(wd_since_feed_ms(wd, &ms), WD_OK);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    start_in_the_end(wd);
    /* No refusal from here on keeps the callback from running. */
    WAIT_UNTIL(probe_runs(&probe) >= 3, HANG_MS);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_STATUS(wd_join(wd, 0), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static atomic_int destroyed;

static void destroy(void *unused)
{
    (void)unused;
    atomic_fetch_add(&destroyed, 1);
}

static void pass(void *unused)
{
    (void)unused;
}

static void owned_data(void)
{
    enum { TIMES = 6 };
    wd_watchdog *wd = new_in_the_end(2, 1);
    for (int i = 1; i <= TIMES; i++) {
        wd_status status = wd_set_callback_owned(wd, pass, NULL, destroy);
        if (refused_so(status)) {
            CHECK(atomic_load(&destroyed) >= 1);
        } else {
            CHECK_STATUS(status, WD_OK);
        }
        if (i == 3) {
            start_in_the_end(wd);
        }
    }
    CHECK(atomic_load(&destroyed) <= TIMES);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_EQ(atomic_load(&destroyed), TIMES);
}

static void many(void)
{
    enum { MANY = 150 };
    static struct probe probes[MANY];
    static wd_watchdog *wds[MANY];
    static int started[MANY];
    for (int i = 0; i < MANY; i++) {
        wds[i] = wd_new(10, 0);
        if (wds[i] == NULL) {
            CHECK(wd_last_error()[0] != '\0');
            continue;
        }
        wd_status status = wd_set_callback(wds[i], probe_run, &probes[i]);
        if (!refused_so(status) && CHECK_STATUS(status, WD_OK)) {
            status = wd_start_thread(wds[i], 1);
            started[i] = !refused_so(status);
            CHECK_EQ(is_running(wds[i]), started[i]);
        }
    }
    for (int i = 0; i < MANY; i++) {
        if (started[i]) {
            WAIT_UNTIL(probe_runs(&probes[i]) == 1, HANG_MS);
        }
        if (wds[i] != NULL) {
            CHECK_STATUS(wd_free(wds[i]), WD_OK);
        }
    }
}

static void checks_and_sleeps(void)
{
    static struct probe probe;
    wd_watchdog *wd = new_in_the_end(1, 5);
    CHECK_DONE_OR_REFUSED(wd_set_callback(wd, probe_run, &probe));
    sleep_ms(5);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_STATUS(wd_start(wd), WD_EXPIRED);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    start_in_the_end(wd);
    CHECK_STATUS(wd_join(wd, 1), WD_ERR_TIMED_OUT);
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    CHECK_STATUS(wd_set_times(wd, 600000, 5), WD_OK);
    CHECK_STATUS(wd_check(wd), WD_HEALTHY);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void retirement(void)
{
    static struct probe probe;
    wd_watchdog *wd = new_in_the_end(5, 2);
    CHECK_STATUS(wd_set_callback(wd, probe_run, &probe), WD_OK);
    start_in_the_end(wd);
    for (int i = 0; i < 3; i++) {
        int seen = probe_runs(&probe);
        WAIT_UNTIL(probe_runs(&probe) > seen, HANG_MS);
        CHECK_DONE_OR_REFUSED(wd_retire_threads());
    }
    int seen = probe_runs(&probe);
    WAIT_UNTIL(probe_runs(&probe) > seen, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void queues(void)
{
    wd_event event = {sizeof event, 0, 0, 0, 0, NULL};
    wd_watchdog *wd = new_in_the_end(5, 2);
    wd_queue *queue = wd_queue_new(WD_QUEUE_MAX);
    if (queue == NULL) {
        CHECK(wd_last_error()[0] != '\0');
        refuse_disarm();
        queue = wd_queue_new(1);
    }
    wd_status status = wd_set_queue(wd, queue, 1);
    if (refused_so(status)) {
        refuse_disarm();
        status = wd_set_queue(wd, queue, 1);
    }
    CHECK_STATUS(status, WD_OK);
    start_in_the_end(wd);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(wd_queue_take(queue, &event, HANG_MS), WD_OK);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static atomic_int may_fail, has_failed;

static void *fail_on_another_thread(void *unused)
{
    WAIT_UNTIL(atomic_load(&may_fail), HANG_MS);
    CHECK_STATUS(wd_check((wd_watchdog *)1), WD_ERR_INVALID_HANDLE);
    CHECK(wd_last_error()[0] != '\0');
    atomic_store(&has_failed, 1);
    return unused;
}

static void errors(void)
{
    CHECK(wd_new(0, 1) == NULL);
    CHECK(wd_last_error()[0] != '\0');
    CHECK_STATUS(wd_stop(NULL, 1), WD_ERR_INVALID_HANDLE);
    CHECK(wd_last_error()[0] != '\0');
    atomic_store(&may_fail, 1);
    WAIT_UNTIL(atomic_load(&has_failed), HANG_MS);
}

struct scenario {
    const char *name;
    void (*run)(void);
};

static const struct scenario scenarios[] = {
    {"a_life", a_life},
    {"owned_data", owned_data},
    {"many", many},
    {"checks_and_sleeps", checks_and_sleeps},
    {"queues", queues},
    {"retirement", retirement},
    {"errors", errors},
};

/* Its argument: scenario, kinds, nth, from then on. */
static int refused_at(const char *argument)
{
    char name[64];
    int kinds, nth, from_then_on;
    if (!find_interposer()) {
        return NOT_PRELOADED;
    }
    if (sscanf(argument, "%63s %d %d %d", name, &kinds, &nth, &from_then_on) != 4) {
        return 2;
    }
    for (size_t i = 0; i < COUNT_OF(scenarios); i++) {
        if (strcmp(scenarios[i].name, name) == 0) {
            pthread_t thread = thread_start(fail_on_another_thread, NULL);
            refuse_arm(kinds, nth, from_then_on);
            scenarios[i].run();
            int any = refuse_refused() > 0;
            refuse_disarm();
            atomic_store(&may_fail, 1);
            thread_join(thread);
            /* And all is well when there is enough again. */
            library_pace(2, 2);
            return any ? REFUSED : UNTOUCHED;
        }
    }
    return 2;
}

static int refused_when_started(const char *stuck)
{
    enum { MOST = 8 };
    static struct gate gates[MOST];
    static struct probe probe;
    wd_watchdog *wds[MOST];
    int count = atoi(stuck);
    if (!find_interposer()) {
        return NOT_PRELOADED;
    }
    for (int i = 0; i < count; i++) {
        wds[i] = started_with(30, 0, gate_run, &gates[i]);
    }
    wd_watchdog *wd = started_with(60, 5, probe_run, &probe);
    refuse_arm(MEMORY | THREADS, 1, 1);
    for (int i = 0; i < count; i++) {
        gate_await(&gates[i]);
    }
    WAIT_UNTIL(probe_runs(&probe) >= 3, HANG_MS);
    refuse_disarm();
    for (int i = 0; i < count; i++) {
        atomic_store(&gates[i].open, 1);
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    return 0;
}

/* The only worker is stuck in the callback of one that is not monitored any more. */
static int refused_after_a_stop_in_vain(const char *unused)
{
    static struct gate gate;
    static struct probe probe;
    (void)unused;
    if (!find_interposer()) {
        return NOT_PRELOADED;
    }
    wd_watchdog *stuck = started_with(30, 0, gate_run, &gate);
    gate_await(&gate);
    CHECK_STATUS(wd_stop(stuck, 0), WD_ERR_TIMED_OUT);
    wd_watchdog *wd = started_with(60, 5, probe_run, &probe);
    refuse_arm(MEMORY | THREADS, 1, 1);
    WAIT_UNTIL(probe_runs(&probe) >= 3, HANG_MS);
    refuse_disarm();
    atomic_store(&gate.open, 1);
    CHECK_STATUS(wd_free(stuck), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
    return 0;
}

static int feeds_counting_allocations(const char *unused)
{
    (void)unused;
    if (!find_interposer()) {
        return NOT_PRELOADED;
    }
    wd_watchdog *wd = wd_new(60000, 5), *gone = wd_new(60000, 5);
    CHECK_STATUS(wd_free(gone), WD_OK);
    refuse_arm(MEMORY | THREADS, 1, 1);
    for (int i = 0; i < 1000; i++) {
        wd_status good = wd_feed(wd), freed = wd_feed(gone), null = wd_feed(NULL);
        if (good != WD_OK || freed != WD_ERR_INVALID_HANDLE || null != WD_ERR_INVALID_HANDLE) {
            CHECK(!"fed as expected");
        }
    }
    CHECK_EQ(refuse_calls(), 0);
    refuse_disarm();
    CHECK_STATUS(wd_free(wd), WD_OK);
    return 0;
}

/* Nothing can be had any more, and the callback is stuck. */
static int ends_itself_without_anything(const char *unused)
{
    static struct gate gate;
    (void)unused;
    if (!find_interposer()) {
        return NOT_PRELOADED;
    }
    wd_watchdog *wd = new_with(10, 0, gate_run, &gate);
    CHECK_STATUS(wd_set_last_resort(wd, 50, 0, 42), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    refuse_arm(MEMORY | THREADS, 1, 1);
    sleep_ms(HANG_MS);
    return 1;
}

/* None is left, from before the first thread of the library on. */
static int has_no_file_descriptors(const char *action)
{
    static struct probe probe;
    static struct gate gate;
    struct rlimit few = {64, 64};
    char record[64];
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (dup(STDERR_FILENO) >= 0) {
    }
    CHECK_EQ(errno, EMFILE);
    wd_watchdog *wd = started_with(10, 5, probe_run, &probe);
    CHECK_STATUS(wd_set_name(wd, "without files"), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) >= 3, HANG_MS);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_EQ(dup(STDERR_FILENO), -1);
    /* Its record cannot be written, and it acts all the same. */
    snprintf(record, sizeof record, "/tmp/libwatchdog-no-record-%d", (int)getpid());
    CHECK_STATUS(wd_set_record_file(record), WD_OK);
    wd_watchdog *stuck = new_with(10, 0, gate_run, &gate);
    CHECK_STATUS(wd_set_last_resort(stuck, 50, 0, atoi(action)), WD_OK);
    CHECK_STATUS(wd_start_thread(stuck, 1), WD_OK);
    if (atomic_load(&check_failures) == 0) {
        sleep_ms(HANG_MS);
    }
    return 1;
}

static const struct child_body children[] = {
    {"has_no_file_descriptors", has_no_file_descriptors},
    {"refused_at", refused_at},
    {"refused_when_started", refused_when_started},
    {"refused_after_a_stop_in_vain", refused_after_a_stop_in_vain},
    {"feeds_counting_allocations", feeds_counting_allocations},
    {"ends_itself_without_anything", ends_itself_without_anything},
};

/* ---- tests ------------------------------------------------------------ */

static struct outcome refusing(const char *child, const char *argument)
{
    return child_run_preloading("preload_refuse", child, argument);
}

static int cannot_refuse(void)
{
    return cannot_preload("preload_refuse", "feeds_counting_allocations");
}

static void in_turn(const char *scenario, int kinds)
{
    if (cannot_refuse()) {
        return;
    }
    for (int from_then_on = 0; from_then_on <= 1; from_then_on++) {
        for (int nth = 1; nth <= 300; nth++) {
            char argument[128];
            snprintf(argument, sizeof argument, "%s %d %d %d", scenario, kinds, nth, from_then_on);
            struct outcome outcome = refusing("refused_at", argument);
            if (!outcome.hung && outcome.code == UNTOUCHED) {
                break;
            }
            if (!CHECK_ENDED(outcome, REFUSED)) {
                fprintf(stderr, "by: refused_at \"%s\"\n", argument);
                break;
            }
        }
    }
}

static void a_life_without_memory(void)
{
    in_turn("a_life", MEMORY);
}

static void a_life_without_threads(void)
{
    in_turn("a_life", THREADS);
}

static void owned_data_without_memory(void)
{
    in_turn("owned_data", MEMORY);
}

static void owned_data_without_threads(void)
{
    in_turn("owned_data", THREADS);
}

static void many_watchdogs_without_memory(void)
{
    in_turn("many", MEMORY);
}

static void many_watchdogs_without_threads(void)
{
    in_turn("many", THREADS);
}

static void checks_and_sleeps_without_memory(void)
{
    in_turn("checks_and_sleeps", MEMORY);
}

static void retirement_without_threads(void)
{
    in_turn("retirement", THREADS);
}

static void queues_without_memory(void)
{
    in_turn("queues", MEMORY);
}

static void checks_and_sleeps_without_threads(void)
{
    in_turn("checks_and_sleeps", THREADS);
}

static void errors_without_memory(void)
{
    in_turn("errors", MEMORY);
}

static void once_started_no_refusal_keeps_a_callback_from_running(void)
{
    if (!cannot_refuse()) {
        CHECK_ENDED(refusing("refused_when_started", "0"), 0);
    }
}

static void nor_does_a_refusal_while_another_is_stuck(void)
{
    if (!cannot_refuse()) {
        CHECK_ENDED(refusing("refused_when_started", "1"), 0);
    }
}

static void nor_does_a_refusal_while_many_are_stuck(void)
{
    if (!cannot_refuse()) {
        CHECK_ENDED(refusing("refused_when_started", "8"), 0);
    }
}

static void nor_does_a_refusal_while_one_is_stuck_that_was_stopped(void)
{
    if (!cannot_refuse()) {
        CHECK_ENDED(refusing("refused_after_a_stop_in_vain", ""), 0);
    }
}

static void a_feed_allocates_nothing(void)
{
    if (!cannot_refuse()) {
        CHECK_ENDED(refusing("feeds_counting_allocations", ""), 0);
    }
}

static void a_last_resort_needs_neither_memory_nor_threads(void)
{
    if (!cannot_refuse()) {
        CHECK_ENDED(refusing("ends_itself_without_anything", ""), 42);
    }
}

static void no_file_descriptors_are_needed(void)
{
    CHECK_ENDED(child_run("has_no_file_descriptors", "42"), 42);
}

static void errors_have_their_text_where_no_key_for_threads_is_left(void)
{
    static pthread_key_t keys[4096];
    size_t count = 0;
    while (count < COUNT_OF(keys) && pthread_key_create(&keys[count], NULL) == 0) {
        count++;
    }
    CHECK(count < COUNT_OF(keys));
    CHECK(wd_new(0, 0) == NULL);
    CHECK_CONTAINS(wd_last_error(), "timeout_ms");
    while (count > 0) {
        pthread_key_delete(keys[--count]);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_feed_allocates_nothing),
        TEST(a_life_without_memory),
        TEST(a_life_without_threads),
        TEST(owned_data_without_memory),
        TEST(owned_data_without_threads),
        TEST(many_watchdogs_without_memory),
        TEST(many_watchdogs_without_threads),
        TEST(checks_and_sleeps_without_memory),
        TEST(checks_and_sleeps_without_threads),
        TEST(queues_without_memory),
        TEST(retirement_without_threads),
        TEST(errors_without_memory),
        TEST(once_started_no_refusal_keeps_a_callback_from_running),
        TEST(nor_does_a_refusal_while_another_is_stuck),
        TEST(nor_does_a_refusal_while_many_are_stuck),
        TEST(nor_does_a_refusal_while_one_is_stuck_that_was_stopped),
        TEST(a_last_resort_needs_neither_memory_nor_threads),
        TEST(no_file_descriptors_are_needed),
        TEST(errors_have_their_text_where_no_key_for_threads_is_left),
    };
    return RUN_TESTS_AND_CHILDREN(tests, children);
}
