/* The library in a host that loads it late and lets go of it early. */
#include "loaded.h"

#include "child.h"

#include <dlfcn.h>

static const char *library_path(void)
{
    return getenv("WD_TEST_LIBRARY");
}

/* 1 when it is; a host that is linked with the library has it from the start. */
static int is_mapped(void)
{
    char line[4096];
    const char *name = strrchr(library_path(), '/');
    int found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    name = name != NULL ? name + 1 : library_path();
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        found |= strstr(line, name) != NULL;
    }
    if (maps != NULL) {
        fclose(maps);
    }
    return found;
}

static int no_library(void)
{
    if (library_path() != NULL) {
        return 0;
    }
    skip("WD_TEST_LIBRARY does not name the library");
    return 1;
}

/* ---- children, for a library that stays can be loaded for the first time once */

static atomic_int runs;

static void count_run(void *unused)
{
    (void)unused;
    atomic_fetch_add(&runs, 1);
}

static wd_watchdog *fast_watchdog(int daemon)
{
    wd_watchdog *dog = wd.new_(5, 5);
    CHECK(dog != NULL);
    CHECK_STATUS(wd.set_callback(dog, count_run, NULL), WD_OK);
    CHECK_STATUS(wd.start_thread(dog, daemon), WD_OK);
    return dog;
}

static int closes_while_running(const char *unused)
{
    (void)unused;
    if (!load(library_path())) {
        return 2;
    }
    wd_watchdog *dog = fast_watchdog(1);
    CHECK_EQ(dlclose(wd.library), 0);
    int seen = atomic_load(&runs);
    WAIT_UNTIL(atomic_load(&runs) >= seen + 5, HANG_MS);
    CHECK(is_mapped());
    /* Its functions are where they were. */
    CHECK_STATUS(wd.stop(dog, -1), WD_OK);
    CHECK_STATUS(wd.free(dog), WD_OK);
    return 0;
}

static int closes_too_often(const char *unused)
{
    (void)unused;
    wd_watchdog *dogs[50];
    for (size_t i = 0; i < COUNT_OF(dogs); i++) {
        if (!load(library_path())) {
            return 2;
        }
        dogs[i] = fast_watchdog(1);
        if (i % 3 == 0) {
            CHECK_STATUS(wd.shutdown(-1), WD_OK);
        }
        dlclose(wd.library);
        if (i % 5 == 0) {
            dlclose(wd.library);
        }
    }
    CHECK(is_mapped());
    CHECK(load(library_path()));
    for (size_t i = 0; i < COUNT_OF(dogs); i++) {
        CHECK_STATUS(wd.free(dogs[i]), WD_OK);
    }
    return 0;
}

static int closes_and_exits(const char *unused)
{
    (void)unused;
    if (!load(library_path())) {
        return 2;
    }
    fast_watchdog(1);
    sleep_ms(20);
    dlclose(wd.library);
    return 0;
}

static int closes_unused(const char *unused)
{
    (void)unused;
    for (int i = 0; i < 50; i++) {
        void *library = dlopen(library_path(), RTLD_NOW | RTLD_LOCAL);
        CHECK(library != NULL);
        CHECK_EQ(dlclose(library), 0);
    }
    return 0;
}

static wd_watchdog *held;
static atomic_int loaded_now;

static void *stop_later(void *unused)
{
    sleep_ms(100);
    child_say("stopping;");
    CHECK_STATUS(wd.stop(held, -1), WD_OK);
    return unused;
}

static int exits_with_a_non_daemon(const char *unused)
{
    (void)unused;
    if (!load(library_path())) {
        return 2;
    }
    held = fast_watchdog(0);
    dlclose(wd.library);
    pthread_detach(thread_start(stop_later, NULL));
    return 0;
}

static void nothing_new_begins(void)
{
    /* Registered before the library's own handler, so it runs after that. */
    sleep_ms(30);
    int seen = atomic_load(&runs);
    sleep_ms(60);
    child_say(atomic_load(&runs) == seen ? "quiet;" : "runs;");
}

static int looks_after_the_librarys_handler(const char *unused)
{
    (void)unused;
    if (is_mapped()) {
        child_say("mapped;");
        return 0;
    }
    atexit(nothing_new_begins);
    if (!load(library_path())) {
        return 2;
    }
    fast_watchdog(1);
    WAIT_UNTIL(atomic_load(&runs) > 0, HANG_MS);
    return 0;
}

static void *older_than_the_library(void *unused)
{
    uint64_t ms = 0;
    WAIT_UNTIL(atomic_load(&loaded_now), HANG_MS);
    for (int i = 0; i < 1000; i++) {
        CHECK_STATUS(wd.feed(held), WD_OK);
        CHECK(wd.feed(NULL) == WD_ERR_INVALID_HANDLE);
    }
    CHECK(strcmp(wd.last_error(), "") == 0);
    CHECK(wd.check(NULL) == WD_ERR_INVALID_HANDLE);
    CHECK(wd.last_error()[0] != '\0');
    CHECK_STATUS(wd.since_feed_ms(held, &ms), WD_OK);
    return unused;
}

static int has_older_threads(const char *unused)
{
    pthread_t threads[4];
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        threads[i] = thread_start(older_than_the_library, NULL);
    }
    if (!load(library_path())) {
        return 2;
    }
    held = wd.new_(60000, 5);
    atomic_store(&loaded_now, 1);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        thread_join(threads[i]);
    }
    CHECK_STATUS(wd.free(held), WD_OK);
    return 0;
}

static const struct child_body children[] = {
    {"closes_while_running", closes_while_running},
    {"closes_too_often", closes_too_often},
    {"closes_and_exits", closes_and_exits},
    {"closes_unused", closes_unused},
    {"exits_with_a_non_daemon", exits_with_a_non_daemon},
    {"looks_after_the_librarys_handler", looks_after_the_librarys_handler},
    {"has_older_threads", has_older_threads},
};

/* ---- tests ------------------------------------------------------------ */

static void ends_well(const char *child)
{
    if (!no_library()) {
        CHECK_ENDED(child_run(child, ""), 0);
    }
}

static void dlclose_leaves_a_running_library_in_place(void)
{
    ends_well("closes_while_running");
}

static void any_number_of_dlcloses_leaves_it_in_place(void)
{
    ends_well("closes_too_often");
}

static void an_exit_after_dlclose_is_a_normal_one(void)
{
    ends_well("closes_and_exits");
}

static void dlclose_of_an_unused_library_is_harmless(void)
{
    ends_well("closes_unused");
}

static void threads_older_than_the_library_may_use_it(void)
{
    ends_well("has_older_threads");
}

static void an_exit_waits_for_a_non_daemon_after_dlclose(void)
{
    if (no_library()) {
        return;
    }
    struct outcome outcome = child_run("exits_with_a_non_daemon", "");
    CHECK_ENDED(outcome, 0);
    CHECK_TEXT(outcome.said, "stopping;");
}

static void after_the_librarys_handler_no_callback_begins(void)
{
    if (no_library()) {
        return;
    }
    struct outcome outcome = child_run("looks_after_the_librarys_handler", "");
    CHECK_ENDED(outcome, 0);
    if (strcmp(outcome.said, "mapped;") == 0) {
        skip("this program is linked with the library itself");
    } else {
        CHECK_TEXT(outcome.said, "quiet;");
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(dlclose_leaves_a_running_library_in_place),
        TEST(any_number_of_dlcloses_leaves_it_in_place),
        TEST(an_exit_after_dlclose_is_a_normal_one),
        TEST(dlclose_of_an_unused_library_is_harmless),
        TEST(threads_older_than_the_library_may_use_it),
        TEST(an_exit_waits_for_a_non_daemon_after_dlclose),
        TEST(after_the_librarys_handler_no_callback_begins),
    };
    return RUN_TESTS_AND_CHILDREN(tests, children);
}
