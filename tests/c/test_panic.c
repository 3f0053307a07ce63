/*
 * A panic forced inside each function is caught at its boundary. Needs a
 * library built with the cargo feature "failpoints", in which the function that
 * the environment variable WATCHDOG_PANIC_IN names panics when called.
 */
#include "loaded.h"

static wd_watchdog *dog;
static wd_queue *queue;

static void pass(void *unused)
{
    (void)unused;
}

static atomic_int destroyed;

static void destroy(void *unused)
{
    (void)unused;
    atomic_fetch_add(&destroyed, 1);
}

static wd_status call_set_callback(void)
{
    return wd.set_callback(dog, pass, NULL);
}

static wd_status call_set_callback_owned(void)
{
    return wd.set_callback_owned(dog, pass, NULL, destroy);
}

static wd_status call_feed(void)
{
    return wd.feed(dog);
}

static wd_status call_check(void)
{
    return wd.check(dog);
}

static wd_status call_start(void)
{
    return wd.start(dog);
}

static wd_status call_start_thread(void)
{
    return wd.start_thread(dog, 1);
}

static wd_status call_stop(void)
{
    return wd.stop(dog, -1);
}

static wd_status call_join(void)
{
    return wd.join(dog, -1);
}

static wd_status call_pause(void)
{
    return wd.pause(dog);
}

static wd_status call_resume(void)
{
    return wd.resume(dog);
}

static wd_status call_set_times(void)
{
    return wd.set_times(dog, 60000, 1);
}

static wd_status call_set_name(void)
{
    return wd.set_name(dog, "name");
}

static wd_status call_set_last_resort(void)
{
    return wd.set_last_resort(dog, 0, 0, WD_RESORT_ABORT);
}

static wd_status call_set_record_file(void)
{
    return wd.set_record_file(NULL);
}

static wd_status call_name(void)
{
    char name[WD_NAME_MAX + 1] = "untouched";
    wd_status status = wd.name(dog, name, sizeof name);
    CHECK(status == WD_OK || strcmp(name, "untouched") == 0);
    return status;
}

static wd_status call_number(wd_status (*get)(wd_watchdog *, uint64_t *))
{
    uint64_t number = 4711;
    wd_status status = get(dog, &number);
    CHECK(status == WD_OK || number == 4711);
    return status;
}

static wd_status call_timeout_ms(void)
{
    return call_number(wd.timeout_ms);
}

static wd_status call_interval_ms(void)
{
    return call_number(wd.interval_ms);
}

static wd_status call_since_feed_ms(void)
{
    return call_number(wd.since_feed_ms);
}

static wd_status call_is_running(void)
{
    int32_t running = 4711;
    wd_status status = wd.is_running(dog, &running);
    CHECK(status == WD_OK || running == 4711);
    return status;
}

static wd_status call_set_queue(void)
{
    return wd.set_queue(dog, queue, 1);
}

static wd_status call_queue_take(void)
{
    wd_event event = {sizeof event, 4711, 0, 0, 0, NULL};
    wd_status status = wd.queue_take(queue, &event, 0);
    CHECK_EQ(event.kind, 4711);
    return status == WD_EMPTY ? WD_OK : status;
}

static wd_status call_queue_wake(void)
{
    return wd.queue_wake(queue);
}

static wd_status call_queue_lost(void)
{
    uint64_t lost = 4711;
    wd_status status = wd.queue_lost(queue, &lost);
    CHECK_EQ(lost, status == WD_OK ? 0 : 4711);
    return status;
}

static wd_status call_shutdown(void)
{
    return wd.shutdown(-1);
}

static wd_status call_retire_threads(void)
{
    return wd.retire_threads();
}

static const struct {
    const char *name;
    wd_status (*call)(void);
} calls[] = {
    {"wd_set_callback", call_set_callback},
    {"wd_feed", call_feed},
    {"wd_check", call_check},
    {"wd_start", call_start},
    {"wd_start_thread", call_start_thread},
    {"wd_stop", call_stop},
    {"wd_join", call_join},
    {"wd_pause", call_pause},
    {"wd_resume", call_resume},
    {"wd_set_times", call_set_times},
    {"wd_set_name", call_set_name},
    {"wd_name", call_name},
    {"wd_set_last_resort", call_set_last_resort},
    {"wd_set_record_file", call_set_record_file},
    {"wd_timeout_ms", call_timeout_ms},
    {"wd_interval_ms", call_interval_ms},
    {"wd_since_feed_ms", call_since_feed_ms},
    {"wd_is_running", call_is_running},
    {"wd_set_queue", call_set_queue},
    {"wd_queue_take", call_queue_take},
    {"wd_queue_wake", call_queue_wake},
    {"wd_queue_lost", call_queue_lost},
    {"wd_shutdown", call_shutdown},
    {"wd_retire_threads", call_retire_threads},
};

static int no_library(void)
{
    const char *path = getenv("WD_TEST_PANIC_LIBRARY");
    if (path == NULL || *path == '\0') {
        skip("WD_TEST_PANIC_LIBRARY names no library with the feature failpoints");
        return 1;
    }
    if (wd.library == NULL && !load(path)) {
        return 1;
    }
    queue = queue != NULL ? queue : wd.queue_new(1);
    return !CHECK(queue != NULL);
}

static void panic_in(const char *function)
{
    setenv("WATCHDOG_PANIC_IN", function, 1);
}

static void panic_no_more(void)
{
    unsetenv("WATCHDOG_PANIC_IN");
}

static void a_panic_becomes_a_status_and_the_function_works_again(void)
{
    if (no_library()) {
        return;
    }
    dog = wd.new_(60000, 1);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        panic_in(calls[i].name);
        wd_status status = calls[i].call();
        panic_no_more();
        if (status != WD_ERR_PANIC) {
            fprintf(stderr, "in %s:\n", calls[i].name);
            CHECK_STATUS(status, WD_ERR_PANIC);
        }
        if (strcmp(calls[i].name, "wd_feed") != 0) {
            CHECK(wd.last_error()[0] != '\0');
        }
        status = calls[i].call();
        if (status != WD_OK) {
            fprintf(stderr, "after a panic in %s:\n", calls[i].name);
            CHECK_STATUS(status, WD_OK);
        }
    }
    CHECK_STATUS(wd.free(dog), WD_OK);
}

static void a_panic_in_new_returns_null(void)
{
    if (no_library()) {
        return;
    }
    panic_in("wd_new");
    CHECK(wd.new_(60000, 1) == NULL);
    panic_no_more();
    CHECK(wd.last_error()[0] != '\0');
    dog = wd.new_(60000, 1);
    CHECK(dog != NULL);
    CHECK_STATUS(wd.free(dog), WD_OK);
}

static void a_panic_in_free_can_be_followed_by_another(void)
{
    if (no_library()) {
        return;
    }
    dog = wd.new_(60000, 1);
    panic_in("wd_free");
    CHECK_STATUS(wd.free(dog), WD_ERR_PANIC);
    panic_no_more();
    wd_status status = wd.free(dog);
    CHECK(status == WD_OK || status == WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd.feed(dog), WD_ERR_INVALID_HANDLE);
}

static void a_panic_in_a_queues_begin_or_end_can_be_followed_by_another(void)
{
    if (no_library()) {
        return;
    }
    panic_in("wd_queue_new");
    CHECK(wd.queue_new(1) == NULL);
    CHECK(wd.last_error()[0] != '\0');
    panic_no_more();
    wd_queue *other = wd.queue_new(1);
    CHECK(other != NULL);
    panic_in("wd_queue_free");
    CHECK_STATUS(wd.queue_free(other), WD_ERR_PANIC);
    panic_no_more();
    wd_status status = wd.queue_free(other);
    CHECK(status == WD_OK || status == WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd.queue_wake(other), WD_ERR_INVALID_HANDLE);
}

static void a_panic_with_owned_data_destroys_it_once(void)
{
    if (no_library()) {
        return;
    }
    dog = wd.new_(60000, 1);
    panic_in("wd_set_callback_owned");
    CHECK_STATUS(call_set_callback_owned(), WD_ERR_PANIC);
    panic_no_more();
    CHECK_EQ(atomic_load(&destroyed), 1);
    CHECK_STATUS(call_set_callback_owned(), WD_OK);
    CHECK_EQ(atomic_load(&destroyed), 1);
    CHECK_STATUS(wd.free(dog), WD_OK);
    CHECK_EQ(atomic_load(&destroyed), 2);
}

static void a_panic_where_a_text_is_asked_for_returns_a_text(void)
{
    if (no_library()) {
        return;
    }
    panic_in("wd_last_error");
    CHECK(wd.last_error() != NULL);
    panic_in("wd_status_name");
    CHECK(wd.status_name(WD_OK) != NULL);
    panic_in("wd_version");
    CHECK(wd.version() != NULL);
    panic_no_more();
}

static atomic_int runs;

static void count_run(void *unused)
{
    (void)unused;
    atomic_fetch_add(&runs, 1);
}

static void a_panic_leaves_monitoring_as_it_is(void)
{
    if (no_library()) {
        return;
    }
    wd_watchdog *running = wd.new_(5, 5);
    CHECK_STATUS(wd.set_callback(running, count_run, NULL), WD_OK);
    CHECK_STATUS(wd.start_thread(running, 1), WD_OK);
    dog = wd.new_(60000, 1);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        panic_in(calls[i].name);
        CHECK_STATUS(calls[i].call(), WD_ERR_PANIC);
    }
    panic_no_more();
    int seen = atomic_load(&runs);
    WAIT_UNTIL(atomic_load(&runs) >= seen + 3, HANG_MS);
    CHECK_STATUS(wd.free(running), WD_OK);
    CHECK_STATUS(wd.free(dog), WD_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_panic_becomes_a_status_and_the_function_works_again),
        TEST(a_panic_in_new_returns_null),
        TEST(a_panic_in_free_can_be_followed_by_another),
        TEST(a_panic_in_a_queues_begin_or_end_can_be_followed_by_another),
        TEST(a_panic_with_owned_data_destroys_it_once),
        TEST(a_panic_where_a_text_is_asked_for_returns_a_text),
        TEST(a_panic_leaves_monitoring_as_it_is),
    };
    return RUN_TESTS(tests);
}
