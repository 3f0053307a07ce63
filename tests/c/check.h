/*
 * What every test program here is made of: checks, time, a table of tests,
 * and children that are this same program started anew.
 *
 *   static void a_promise(void) { CHECK(1 + 1 == 2); }
 *   static const struct test tests[] = { TEST(a_promise) };
 *   int main(int argc, char **argv) { return RUN_TESTS(tests); }
 *
 * A program prints "ok - name", "not ok - name" or "skip - name: reason" for
 * each test, and last "N passed, N failed, N skipped". It exits with 0, with 1
 * after a failure, and with 77 when every test was skipped. An argument runs
 * the one test of that name. A program that loads the library by itself
 * defines CHECK_WITHOUT_LIBRARY first.
 */
#ifndef WATCHDOG_TESTS_CHECK_H
#define WATCHDOG_TESTS_CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define __USE_MINGW_ANSI_STDIO 1 /* Windows: the formats of C99 */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef _WIN32
#include <windows.h>
#endif

#ifdef __cplusplus
#include <atomic> /* C++ has <stdatomic.h> since C++23 only */
using std::atomic_fetch_add;
using std::atomic_int;
using std::atomic_load;
using std::atomic_store;
#else
#include <stdatomic.h>
#endif

#include <watchdog.h>

/* 1 where a sanitizer brings its own allocator. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZER_ALLOCATOR 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZER_ALLOCATOR 1
#endif
#endif
#ifndef SANITIZER_ALLOCATOR
#define SANITIZER_ALLOCATOR 0
#endif

/* Long enough for any machine that has not hung: a guard, never a measure. */
#ifndef HANG_MS
#define HANG_MS 30000
#endif
#define MS_IN_NS INT64_C(1000000)

/* ---- time ------------------------------------------------------------- */

static inline int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t elapsed_ms(int64_t since_ns)
{
    return (now_ns() - since_ns) / MS_IN_NS;
}

/* Sleeps until the given moment, whatever signals arrive. */
static inline void sleep_until_ns(int64_t moment)
{
#ifdef _WIN32
    for (int64_t now; (now = now_ns()) < moment;) {
        Sleep((DWORD)((moment - now) / MS_IN_NS));
    }
#else
    struct timespec t = {(time_t)(moment / 1000000000), (long)(moment % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
    }
#endif
}

static inline void sleep_ms(int64_t ms)
{
    sleep_until_ns(now_ns() + ms * MS_IN_NS);
}

/* ---- checks ----------------------------------------------------------- */

/* Checks are made on any thread, callbacks' too. */
static atomic_int check_failures;
static char check_skip_reason[256];

static inline int check_that(int good, const char *what, const char *file, int line)
{
    if (!good) {
        atomic_fetch_add(&check_failures, 1);
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    }
    return good;
}

static inline int check_equal(intmax_t got, intmax_t want, const char *what, const char *wanted,
                              const char *file, int line)
{
    if (got != want) {
        atomic_fetch_add(&check_failures, 1);
        fprintf(stderr, "%s:%d: failed: %s is %" PRIdMAX ", expected %s (%" PRIdMAX ")\n", file,
                line, what, got, wanted, want);
    }
    return got == want;
}

static inline int check_text(const char *got, const char *want, const char *what, const char *file,
                             int line)
{
    int good = got != NULL && strcmp(got, want) == 0;
    if (!good) {
        atomic_fetch_add(&check_failures, 1);
        fprintf(stderr, "%s:%d: failed: %s is \"%s\", expected \"%s\"\n", file, line, what,
                got ? got : "(null)", want);
    }
    return good;
}

static inline int check_contains(const char *got, const char *part, const char *what,
                                 const char *file, int line)
{
    int good = got != NULL && strstr(got, part) != NULL;
    if (!good) {
        atomic_fetch_add(&check_failures, 1);
        fprintf(stderr, "%s:%d: failed: %s is \"%s\", which lacks \"%s\"\n", file, line, what,
                got ? got : "(null)", part);
    }
    return good;
}

/* Each is an expression, 1 when the check held. */
#define CHECK(cond) check_that((cond) ? 1 : 0, #cond, __FILE__, __LINE__)
#define CHECK_EQ(got, want) \
    check_equal((intmax_t)(got), (intmax_t)(want), #got, #want, __FILE__, __LINE__)
#define CHECK_TEXT(got, want) check_text((got), (want), #got, __FILE__, __LINE__)
#define CHECK_CONTAINS(got, part) check_contains((got), (part), #got, __FILE__, __LINE__)

#ifndef CHECK_WITHOUT_LIBRARY
static inline int check_status(wd_status got, wd_status want, const char *what, const char *file,
                               int line)
{
    if (got != want) {
        atomic_fetch_add(&check_failures, 1);
        fprintf(stderr, "%s:%d: failed: %s is %s (%d), expected %s (%d); last error: \"%s\"\n",
                file, line, what, wd_status_name(got), (int)got, wd_status_name(want), (int)want,
                wd_last_error());
    }
    return got == want;
}
#define CHECK_STATUS(expr, want) check_status((expr), (want), #expr, __FILE__, __LINE__)
#endif

/* Polls until the condition holds, and fails when it does not within limit_ms. */
#define WAIT_UNTIL(cond, limit_ms)                                                   \
    do {                                                                             \
        int64_t wait_end_ = now_ns() + (int64_t)(limit_ms)*MS_IN_NS;                 \
        while (!(cond) && now_ns() < wait_end_) {                                    \
            sleep_until_ns(now_ns() + MS_IN_NS / 4);                                 \
        }                                                                            \
        check_that((cond) ? 1 : 0, "waited in vain for " #cond, __FILE__, __LINE__); \
    } while (0)

/* The test returns after it. */
static inline void skip(const char *reason)
{
    snprintf(check_skip_reason, sizeof check_skip_reason, "%s", reason);
}

/* The next of a sequence without end that begins with a seed. */
static inline unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

#ifdef _WIN32
static inline int setenv(const char *name, const char *value, int unused)
{
    (void)unused;
    return _putenv_s(name, value);
}

static inline int unsetenv(const char *name)
{
    return _putenv_s(name, "");
}
#endif

/* ---- threads ---------------------------------------------------------- */

static inline pthread_t thread_start(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    int refused = pthread_create(&thread, NULL, body, argument);
    if (refused != 0) {
        fprintf(stderr, "the test itself could not start a thread: %s\n", strerror(refused));
        abort();
    }
    return thread;
}

static inline void thread_join(pthread_t thread)
{
    pthread_join(thread, NULL);
}

/* ---- the program ------------------------------------------------------ */

struct test {
    const char *name;
    void (*run)(void);
};
#define TEST(function) {#function, function}

/* A part of this program that runs in a process of its own: child.h. */
struct child_body {
    const char *name;
    int (*run)(const char *argument);
};

static const char *check_current = "start";

static inline void check_hung(int signal_number)
{
    /* Only async-signal-safe calls: this interrupts whatever hangs. */
    static const char before[] = "not ok - ", after[] = ": hangs\n";
    ssize_t written = write(STDOUT_FILENO, before, sizeof before - 1);
    written += write(STDOUT_FILENO, check_current, strlen(check_current));
    written += write(STDOUT_FILENO, after, sizeof after - 1);
    (void)written;
    (void)signal_number;
    _exit(1);
}

/* Calls check_hung after so many seconds, unless called again before; 0: never. */
#ifdef _WIN32
static inline void CALLBACK alarm_rings(void *unused, BOOLEAN timed_out)
{
    (void)unused, (void)timed_out;
    check_hung(0);
}

static inline void set_alarm(unsigned seconds)
{
    static HANDLE timer;
    if (timer != NULL) {
        DeleteTimerQueueTimer(NULL, timer, NULL);
        timer = NULL;
    }
    if (seconds > 0) {
        CreateTimerQueueTimer(&timer, NULL, alarm_rings, NULL, seconds * 1000, 0, WT_EXECUTEONLYONCE);
    }
}
#else
static inline void set_alarm(unsigned seconds)
{
    signal(SIGALRM, check_hung);
    alarm(seconds);
}
#endif

static inline void guard_against_hanging(const char *name)
{
    const char *seconds = getenv("WD_TEST_HANG_S");
    check_current = name;
    set_alarm(seconds != NULL ? (unsigned)atoi(seconds) : 180);
}

static inline int run_tests(int argc, char **argv, const struct test *tests, size_t count,
                            const struct child_body *children, size_t child_count)
{
    int passed = 0, failed = 0, skipped = 0;
    /* A forked child must not print its parent's lines a second time. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc >= 3 && strcmp(argv[1], "--child") == 0) {
        for (size_t i = 0; i < child_count; i++) {
            if (strcmp(argv[2], children[i].name) == 0) {
                guard_against_hanging(argv[2]);
                int code = children[i].run(argc > 3 ? argv[3] : "");
                return atomic_load(&check_failures) != 0 ? 1 : code;
            }
        }
        fprintf(stderr, "no child is named %s\n", argv[2]);
        return 2;
    }
    for (size_t i = 0; i < count; i++) {
        if (argc > 1 && strcmp(argv[1], tests[i].name) != 0) {
            continue;
        }
        atomic_store(&check_failures, 0);
        check_skip_reason[0] = '\0';
        guard_against_hanging(tests[i].name);
        tests[i].run();
        if (atomic_load(&check_failures) != 0) {
            failed++;
            printf("not ok - %s\n", tests[i].name);
        } else if (check_skip_reason[0] != '\0') {
            skipped++;
            printf("skip - %s: %s\n", tests[i].name, check_skip_reason);
        } else {
            passed++;
            printf("ok - %s\n", tests[i].name);
        }
    }
    set_alarm(0);
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    if (failed != 0 || passed + skipped == 0) {
        return 1;
    }
    return passed == 0 ? 77 : 0;
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define RUN_TESTS(tests) run_tests(argc, argv, tests, COUNT_OF(tests), NULL, 0)
#define RUN_TESTS_AND_CHILDREN(tests, children) \
    run_tests(argc, argv, tests, COUNT_OF(tests), children, COUNT_OF(children))

#endif
