/*
 * What the examples share besides the watchdog: lines with the time, waiting,
 * Ctrl-C, and (in support/) arguments and what the operating system knows.
 * In C and C++, on Unix and Windows. Include it first.
 */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* what the C library's headers declare on Unix */
#endif
#ifdef _MSC_VER
#define _CRT_SECURE_NO_WARNINGS /* it warns of fopen, getenv and the like */
#endif

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
#include <atomic> /* C++ has <stdatomic.h> since C++23 only */
using std::atomic_bool;
using std::atomic_int;
#else
#include <stdatomic.h>
#endif

#include <watchdog.h>

#include "support/arguments.h"
#include "support/system.h"

enum { EXIT_INTERRUPTED = 130 /* what a shell makes of Ctrl-C */ };

/* ---- saying ----------------------------------------------------------- */

static int64_t program_start_ms;

/* Milliseconds since the program began. */
static inline int64_t since_start_ms(void)
{
    return now_ms() - program_start_ms;
}

/* Prints one line, after the seconds since the program began. */
static inline void say(const char *format, ...)
{
    static mutex saying = MUTEX_INIT;
    va_list arguments;
    mutex_lock(&saying);
    printf("%8.3f s  ", (double)since_start_ms() / 1000);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
    mutex_unlock(&saying);
}

/* ---- calls that must not fail ----------------------------------------- */

/* A failed call ends the program, for then nobody would be watching it. */
static inline wd_status must(const char *call, wd_status status)
{
    if (status < 0) {
        fprintf(stderr, "%s: %s: %s\n", call, wd_status_name(status), wd_last_error());
        exit(EXIT_ERROR);
    }
    return status;
}
#define MUST(call) must(#call, call)

static inline wd_watchdog *must_new(uint64_t timeout_ms, uint64_t interval_ms)
{
    wd_watchdog *watchdog = wd_new(timeout_ms, interval_ms);
    if (watchdog == NULL) {
        fprintf(stderr, "wd_new: %s\n", wd_last_error());
        exit(EXIT_ERROR);
    }
    return watchdog;
}

/* ---- waiting and leaving ---------------------------------------------- */

static atomic_int exit_code; /* 0: go on */

static inline bool leaving(void)
{
    return atomic_load(&exit_code) != 0;
}

/* Has main return `code`; may be called from any thread, the first call counts. */
static inline void leave(int code)
{
    int go_on = 0;
    if (atomic_compare_exchange_strong(&exit_code, &go_on, code) && !wake_up()) {
        _Exit(code);
    }
}

/* Sleeps so long, -1: for ever. Says at once, and with true, that it is time to leave. */
static inline bool wait_ms(int64_t ms)
{
    wait_wake_up(ms);
    return leaving();
}

/* Runs on a thread of its own. */
static inline void leave_in_order(bool by_ctrl_c)
{
    say(by_ctrl_c ? "Ctrl-C: leaving" : "asked to end: leaving");
    leave(EXIT_INTERRUPTED);
    wd_shutdown(0); /* ends a sleep in wd_start; that a callback still runs does not matter here */
}

/* Begins an example: reads its arguments, or prints its help; takes Ctrl-C. */
static inline void begin(char **argv, const char *help, const struct argument *arguments,
                         size_t count)
{
    program_start_ms = now_ms();
    read_arguments(argv, help, arguments, count);
    if (!wake_up_open() || !take_ctrl_c(leave_in_order)) {
        fputs("cannot start\n", stderr);
        exit(EXIT_ERROR);
    }
}
#define BEGIN(help, arguments) \
    ((void)argc, begin(argv, help, arguments, sizeof(arguments) / sizeof *(arguments)))

#endif
