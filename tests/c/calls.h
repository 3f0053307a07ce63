/*
 * Every exported function that takes a handle, called in one way that is right
 * for a live watchdog: what the tests of bad handles and of calls from strange
 * places go through.
 */
#ifndef WATCHDOG_TESTS_CALLS_H
#define WATCHDOG_TESTS_CALLS_H

#include "probes.h"

struct call {
    const char *name;
    wd_status (*call)(wd_watchdog *wd);
};

static inline void ignore_data(void *data)
{
    (void)data;
}

static atomic_int calls_destructor_runs;

static inline void count_destructor(void *data)
{
    (void)data;
    atomic_fetch_add(&calls_destructor_runs, 1);
}

static inline wd_status call_set_callback(wd_watchdog *wd)
{
    return wd_set_callback(wd, ignore_data, NULL);
}

static inline wd_status call_set_callback_owned(wd_watchdog *wd)
{
    return wd_set_callback_owned(wd, ignore_data, NULL, count_destructor);
}

static inline wd_status call_set_queue(wd_watchdog *wd)
{
    return wd_set_queue(wd, NULL, 1);
}

static inline wd_status call_start_thread(wd_watchdog *wd)
{
    return wd_start_thread(wd, 1);
}

static inline wd_status call_stop(wd_watchdog *wd)
{
    return wd_stop(wd, -1);
}

static inline wd_status call_join(wd_watchdog *wd)
{
    return wd_join(wd, 0);
}

static inline wd_status call_set_times(wd_watchdog *wd)
{
    return wd_set_times(wd, 1000, 1);
}

static inline wd_status call_set_name(wd_watchdog *wd)
{
    return wd_set_name(wd, "name");
}

static inline wd_status call_set_last_resort(wd_watchdog *wd)
{
    return wd_set_last_resort(wd, 0, INT64_MAX, WD_RESORT_ABORT);
}

static inline wd_status call_name(wd_watchdog *wd)
{
    char name[WD_NAME_MAX + 1] = "untouched";
    wd_status status = wd_name(wd, name, sizeof name);
    CHECK(status == WD_OK || strcmp(name, "untouched") == 0);
    return status;
}

static inline wd_status call_number(wd_status (*get)(wd_watchdog *, uint64_t *), wd_watchdog *wd)
{
    uint64_t number = 4711;
    wd_status status = get(wd, &number);
    CHECK(status == WD_OK || number == 4711);
    return status;
}

static inline wd_status call_timeout_ms(wd_watchdog *wd)
{
    return call_number(wd_timeout_ms, wd);
}

static inline wd_status call_interval_ms(wd_watchdog *wd)
{
    return call_number(wd_interval_ms, wd);
}

static inline wd_status call_since_feed_ms(wd_watchdog *wd)
{
    return call_number(wd_since_feed_ms, wd);
}

static inline wd_status call_is_running(wd_watchdog *wd)
{
    int32_t running = 4711;
    wd_status status = wd_is_running(wd, &running);
    CHECK(status == WD_OK || running == 4711);
    return status;
}

static const struct call calls[] = {
    {"wd_feed", wd_feed},
    {"wd_set_callback", call_set_callback},
    {"wd_set_callback_owned", call_set_callback_owned},
    {"wd_set_queue", call_set_queue},
    {"wd_check", wd_check},
    {"wd_start", wd_start},
    {"wd_start_thread", call_start_thread},
    {"wd_stop", call_stop},
    {"wd_join", call_join},
    {"wd_pause", wd_pause},
    {"wd_resume", wd_resume},
    {"wd_set_times", call_set_times},
    {"wd_set_name", call_set_name},
    {"wd_set_last_resort", call_set_last_resort},
    {"wd_name", call_name},
    {"wd_timeout_ms", call_timeout_ms},
    {"wd_interval_ms", call_interval_ms},
    {"wd_since_feed_ms", call_since_feed_ms},
    {"wd_is_running", call_is_running},
    /* Last, for it ends the handle. */
    {"wd_free", wd_free},
};

/* Every function finds the handle to be none. */
static inline int refused_by_all(wd_watchdog *wd)
{
    int refused = 1;
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        wd_status status = calls[i].call(wd);
        if (status != WD_ERR_INVALID_HANDLE) {
            fprintf(stderr, "%s(%p) returned %s\n", calls[i].name, (void *)wd,
                    wd_status_name(status));
            refused = 0;
        }
    }
    return refused;
}

#endif
