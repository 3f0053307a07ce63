/*
 * The library loaded by dlopen, and its functions by name. The program that
 * includes this refers to none of them itself, so it may be linked with the
 * library or without it.
 */
#ifndef WATCHDOG_TESTS_LOADED_H
#define WATCHDOG_TESTS_LOADED_H

#define CHECK_WITHOUT_LIBRARY
#include "check.h"

#ifdef _WIN32
#define RTLD_NOW 0
#define RTLD_LOCAL 0

static inline void *dlopen(const char *path, int unused)
{
    (void)unused;
    return (void *)LoadLibraryA(path);
}

static inline void *dlsym(void *library, const char *name)
{
    FARPROC function = GetProcAddress((HMODULE)library, name);
    void *symbol;
    memcpy(&symbol, &function, sizeof symbol);
    return symbol;
}

static inline const char *dlerror(void)
{
    return "the library cannot be loaded";
}
#else
#include <dlfcn.h>
#endif

struct loaded {
    void *library;
    wd_watchdog *(*new_)(uint64_t, uint64_t);
    wd_status (*feed)(wd_watchdog *);
    wd_status (*set_callback)(wd_watchdog *, wd_callback, void *);
    wd_status (*set_callback_owned)(wd_watchdog *, wd_callback, void *, wd_destructor);
    wd_status (*check)(wd_watchdog *);
    wd_status (*start)(wd_watchdog *);
    wd_status (*start_thread)(wd_watchdog *, int32_t);
    wd_status (*stop)(wd_watchdog *, int64_t);
    wd_status (*join)(wd_watchdog *, int64_t);
    wd_status (*free)(wd_watchdog *);
    wd_status (*pause)(wd_watchdog *);
    wd_status (*resume)(wd_watchdog *);
    wd_status (*set_times)(wd_watchdog *, uint64_t, uint64_t);
    wd_status (*set_name)(wd_watchdog *, const char *);
    wd_status (*name)(wd_watchdog *, char *, size_t);
    wd_status (*set_last_resort)(wd_watchdog *, uint64_t, uint64_t, int32_t);
    wd_status (*set_record_file)(const char *);
    wd_queue *(*queue_new)(uint32_t);
    wd_status (*set_queue)(wd_watchdog *, wd_queue *, uint64_t);
    wd_status (*queue_take)(wd_queue *, wd_event *, int64_t);
    wd_status (*queue_wake)(wd_queue *);
    wd_status (*queue_lost)(wd_queue *, uint64_t *);
    wd_status (*queue_free)(wd_queue *);
    wd_status (*timeout_ms)(wd_watchdog *, uint64_t *);
    wd_status (*interval_ms)(wd_watchdog *, uint64_t *);
    wd_status (*since_feed_ms)(wd_watchdog *, uint64_t *);
    wd_status (*is_running)(wd_watchdog *, int32_t *);
    wd_status (*shutdown)(int64_t);
    wd_status (*retire_threads)(void);
    const char *(*last_error)(void);
    const char *(*status_name)(wd_status);
    const char *(*version)(void);
};

static struct loaded wd;

static inline int loaded_symbol(const char *name, void *function_pointer)
{
    void *symbol = dlsym(wd.library, name);
    memcpy(function_pointer, &symbol, sizeof symbol);
    if (symbol == NULL) {
        fprintf(stderr, "the library has no %s\n", name);
    }
    return symbol != NULL;
}

/* Loads it, or fails the test. */
static inline int load(const char *path)
{
    wd.library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (wd.library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return CHECK(wd.library != NULL);
    }
    int all = loaded_symbol("wd_new", &wd.new_) & loaded_symbol("wd_feed", &wd.feed) &
              loaded_symbol("wd_set_callback", &wd.set_callback) &
              loaded_symbol("wd_set_callback_owned", &wd.set_callback_owned) &
              loaded_symbol("wd_check", &wd.check) & loaded_symbol("wd_start", &wd.start) &
              loaded_symbol("wd_start_thread", &wd.start_thread) &
              loaded_symbol("wd_stop", &wd.stop) & loaded_symbol("wd_join", &wd.join) &
              loaded_symbol("wd_free", &wd.free) & loaded_symbol("wd_pause", &wd.pause) &
              loaded_symbol("wd_resume", &wd.resume) &
              loaded_symbol("wd_set_times", &wd.set_times) &
              loaded_symbol("wd_set_name", &wd.set_name) & loaded_symbol("wd_name", &wd.name) &
              loaded_symbol("wd_set_last_resort", &wd.set_last_resort) &
              loaded_symbol("wd_set_record_file", &wd.set_record_file) &
              loaded_symbol("wd_queue_new", &wd.queue_new) &
              loaded_symbol("wd_set_queue", &wd.set_queue) &
              loaded_symbol("wd_queue_take", &wd.queue_take) &
              loaded_symbol("wd_queue_wake", &wd.queue_wake) &
              loaded_symbol("wd_queue_lost", &wd.queue_lost) &
              loaded_symbol("wd_queue_free", &wd.queue_free) &
              loaded_symbol("wd_timeout_ms", &wd.timeout_ms) &
              loaded_symbol("wd_interval_ms", &wd.interval_ms) &
              loaded_symbol("wd_since_feed_ms", &wd.since_feed_ms) &
              loaded_symbol("wd_is_running", &wd.is_running) &
              loaded_symbol("wd_shutdown", &wd.shutdown) &
              loaded_symbol("wd_retire_threads", &wd.retire_threads) &
              loaded_symbol("wd_last_error", &wd.last_error) &
              loaded_symbol("wd_status_name", &wd.status_name) &
              loaded_symbol("wd_version", &wd.version);
    return CHECK(all);
}

static inline int loaded_status(wd_status got, wd_status want, const char *what, const char *file,
                                int line)
{
    if (got != want) {
        atomic_fetch_add(&check_failures, 1);
        fprintf(stderr, "%s:%d: failed: %s is %s (%d), expected %s (%d); last error: \"%s\"\n",
                file, line, what, wd.status_name(got), (int)got, wd.status_name(want), (int)want,
                wd.last_error());
    }
    return got == want;
}

#define CHECK_STATUS(expr, want) loaded_status((expr), (want), #expr, __FILE__, __LINE__)

#endif
