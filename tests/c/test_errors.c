/* wd_last_error: what it says, for whom, and for how long. */
#include "probes.h"

static char wrong[512];

/* Keeps the text of the error that the caller has just made. */
static const char *keep_error(void)
{
    snprintf(wrong, sizeof wrong, "%s", wd_last_error());
    return wrong;
}

static void *thread_without_errors(void *unused)
{
    (void)unused;
    CHECK_TEXT(wd_last_error(), "");
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_check(wd), WD_HEALTHY);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_free(NULL), WD_OK);
    CHECK_TEXT(wd_last_error(), "");
    return NULL;
}

static void a_thread_without_errors_has_an_empty_one(void)
{
    thread_join(thread_start(thread_without_errors, NULL));
}

static void *thread_with_an_error(void *unused)
{
    (void)unused;
    CHECK_STATUS(wd_check(NULL), WD_ERR_INVALID_HANDLE);
    CHECK(wd_last_error()[0] != '\0');
    return NULL;
}

static void each_thread_has_its_own(void)
{
    CHECK(wd_new(0, 1) == NULL);
    keep_error();
    thread_join(thread_start(thread_with_an_error, NULL));
    CHECK_TEXT(wd_last_error(), wrong);
}

static void a_success_leaves_it(void)
{
    char name[8];
    uint64_t ms;
    int32_t flag;
    CHECK(wd_new(0, 1) == NULL);
    keep_error();
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_STATUS(wd_check(wd), WD_HEALTHY);
    CHECK_STATUS(wd_start(wd), WD_HEALTHY);
    CHECK_STATUS(wd_set_callback(wd, NULL, NULL), WD_OK);
    CHECK_STATUS(wd_set_callback_owned(wd, NULL, NULL, NULL), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_STATUS(wd_join(wd, -1), WD_OK);
    CHECK_STATUS(wd_pause(wd), WD_OK);
    CHECK_STATUS(wd_resume(wd), WD_OK);
    CHECK_STATUS(wd_set_times(wd, 1000, 1), WD_OK);
    CHECK_STATUS(wd_set_name(wd, "name"), WD_OK);
    CHECK_STATUS(wd_name(wd, name, sizeof name), WD_OK);
    CHECK_STATUS(wd_timeout_ms(wd, &ms), WD_OK);
    CHECK_STATUS(wd_interval_ms(wd, &ms), WD_OK);
    CHECK_STATUS(wd_since_feed_ms(wd, &ms), WD_OK);
    CHECK_STATUS(wd_is_running(wd, &flag), WD_OK);
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_free(NULL), WD_OK);
    CHECK(wd_version() != NULL);
    CHECK(wd_status_name(-1) != NULL);
    CHECK_TEXT(wd_last_error(), wrong);
}

static void an_expiry_is_no_error(void)
{
    CHECK(wd_new(0, 1) == NULL);
    keep_error();
    wd_watchdog *wd = wd_new(10, 0);
    sleep_ms(20);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_TEXT(wd_last_error(), wrong);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void it_stays_in_place_until_the_next_failing_call(void)
{
    CHECK(wd_new(0, 1) == NULL);
    keep_error();
    const char *text = wd_last_error();
    for (int i = 0; i < 100; i++) {
        wd_watchdog *wd = wd_new(60000, 0);
        CHECK_STATUS(wd_set_name(wd, "a name that is longer than most"), WD_OK);
        CHECK_STATUS(wd_free(wd), WD_OK);
        CHECK_STATUS(wd_feed(wd), WD_ERR_INVALID_HANDLE);
        CHECK(wd_last_error() == text);
    }
    CHECK_TEXT(text, wrong);
}

static void a_failed_feed_leaves_it(void)
{
    CHECK(wd_new(0, 1) == NULL);
    keep_error();
    CHECK_STATUS(wd_feed(NULL), WD_ERR_INVALID_HANDLE);
    CHECK_TEXT(wd_last_error(), wrong);
    CHECK_STATUS(wd_feed((wd_watchdog *)&wrong), WD_ERR_INVALID_HANDLE);
    CHECK_TEXT(wd_last_error(), wrong);
}

static void *thread_with_a_failed_feed(void *unused)
{
    (void)unused;
    CHECK_STATUS(wd_feed(NULL), WD_ERR_INVALID_HANDLE);
    CHECK_TEXT(wd_last_error(), "");
    return NULL;
}

static void a_failed_feed_leaves_an_empty_one_empty(void)
{
    thread_join(thread_start(thread_with_a_failed_feed, NULL));
}

static void a_refused_time_is_named_with_what_would_be_right(void)
{
    CHECK(wd_new(0, 1) == NULL);
    keep_error();
    CHECK_CONTAINS(wrong, "timeout_ms");
    CHECK_CONTAINS(wrong, "0");
    CHECK_CONTAINS(wrong, "1");

    CHECK(wd_new(UINT64_MAX, 1) == NULL);
    keep_error();
    CHECK_CONTAINS(wrong, "timeout_ms");
    CHECK_CONTAINS(wrong, "18446744073709551615");
    CHECK_CONTAINS(wrong, "9223372036854775807");

    CHECK(wd_new(1, (uint64_t)INT64_MAX + 1) == NULL);
    keep_error();
    CHECK_CONTAINS(wrong, "interval_ms");
    CHECK_CONTAINS(wrong, "9223372036854775808");
    CHECK_CONTAINS(wrong, "9223372036854775807");

    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_set_times(wd, 9223372036854775809u, 0), WD_ERR_INVALID_ARGUMENT);
    keep_error();
    CHECK_CONTAINS(wrong, "timeout_ms");
    CHECK_CONTAINS(wrong, "9223372036854775809");
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_refused_name_is_named_with_what_would_be_right(void)
{
    char name[300], small[4];
    wd_watchdog *wd = wd_new(60000, 0);
    memset(name, 'n', sizeof name);
    name[256] = '\0';
    CHECK_STATUS(wd_set_name(wd, name), WD_ERR_INVALID_ARGUMENT);
    keep_error();
    CHECK_CONTAINS(wrong, "256");
    CHECK_CONTAINS(wrong, "255");

    CHECK_STATUS(wd_set_name(wd, "bad \xff byte"), WD_ERR_INVALID_ARGUMENT);
    keep_error();
    CHECK_CONTAINS(wrong, "UTF-8");

    CHECK_STATUS(wd_set_name(wd, "fourteen chars"), WD_OK);
    CHECK_STATUS(wd_name(wd, small, sizeof small), WD_ERR_INVALID_ARGUMENT);
    keep_error();
    CHECK_CONTAINS(wrong, "4");
    CHECK_CONTAINS(wrong, "15");
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_refused_handle_is_named(void)
{
    CHECK_STATUS(wd_check(NULL), WD_ERR_INVALID_HANDLE);
    CHECK_CONTAINS(keep_error(), "null");

    wd_watchdog *wd = wd_new(60000, 0);
    char value[32];
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_check(wd), WD_ERR_INVALID_HANDLE);
    snprintf(value, sizeof value, "%" PRIxPTR, (uintptr_t)wd);
    CHECK_CONTAINS(keep_error(), value);
}

static void a_null_output_is_named(void)
{
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_timeout_ms(wd, NULL), WD_ERR_INVALID_ARGUMENT);
    CHECK_CONTAINS(keep_error(), "null");
    CHECK_STATUS(wd_name(wd, NULL, 10), WD_ERR_INVALID_ARGUMENT);
    CHECK_CONTAINS(keep_error(), "null");
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void every_error_says_something_else(void)
{
    static struct gate gate;
    char texts[4][512];
    wd_watchdog *wd = started_with(10, 0, gate_run, &gate);
    gate_await(&gate);
    CHECK_STATUS(wd_resume(wd), WD_ERR_INVALID_ARGUMENT);
    snprintf(texts[0], sizeof texts[0], "%s", wd_last_error());
    CHECK_STATUS(wd_join(wd, 0), WD_ERR_TIMED_OUT);
    snprintf(texts[1], sizeof texts[1], "%s", wd_last_error());
    CHECK_STATUS(wd_stop(wd, 3), WD_ERR_TIMED_OUT);
    snprintf(texts[2], sizeof texts[2], "%s", wd_last_error());
    CHECK_STATUS(wd_stop(NULL, 3), WD_ERR_INVALID_HANDLE);
    snprintf(texts[3], sizeof texts[3], "%s", wd_last_error());
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        CHECK(texts[i][0] != '\0');
        for (size_t j = 0; j < i; j++) {
            CHECK(strcmp(texts[i], texts[j]) != 0);
        }
    }
    CHECK_CONTAINS(texts[2], "3");
    atomic_store(&gate.open, 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void errors_made_in_callbacks_are_their_threads(void)
{
    /* The callback of wd_check runs on this thread, the monitor's does not. */
    static struct probe probe;
    CHECK(wd_new(0, 1) == NULL);
    keep_error();
    wd_watchdog *wd = started_with(10, 0, probe_run, &probe);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    CHECK_TEXT(wd_last_error(), wrong);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static pthread_key_t at_thread_end;

static void ask_at_thread_end(void *unused)
{
    (void)unused;
    CHECK(wd_last_error() != NULL);
    CHECK_STATUS(wd_check(NULL), WD_ERR_INVALID_HANDLE);
    CHECK(wd_last_error() != NULL);
}

static void *thread_that_asks_at_its_end(void *unused)
{
    CHECK_STATUS(wd_check(NULL), WD_ERR_INVALID_HANDLE);
    pthread_setspecific(at_thread_end, &at_thread_end);
    return unused;
}

static void it_is_never_null_even_while_a_thread_ends(void)
{
    CHECK_EQ(pthread_key_create(&at_thread_end, ask_at_thread_end), 0);
    for (int i = 0; i < 10; i++) {
        thread_join(thread_start(thread_that_asks_at_its_end, NULL));
    }
    pthread_key_delete(at_thread_end);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_thread_without_errors_has_an_empty_one),
        TEST(each_thread_has_its_own),
        TEST(a_success_leaves_it),
        TEST(an_expiry_is_no_error),
        TEST(it_stays_in_place_until_the_next_failing_call),
        TEST(a_failed_feed_leaves_it),
        TEST(a_failed_feed_leaves_an_empty_one_empty),
        TEST(a_refused_time_is_named_with_what_would_be_right),
        TEST(a_refused_name_is_named_with_what_would_be_right),
        TEST(a_refused_handle_is_named),
        TEST(a_null_output_is_named),
        TEST(every_error_says_something_else),
        TEST(errors_made_in_callbacks_are_their_threads),
        TEST(it_is_never_null_even_while_a_thread_ends),
    };
    return RUN_TESTS(tests);
}
