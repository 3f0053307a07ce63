/*
 * What the examples share besides the watchdog: times from the command line,
 * lines with the time, and Ctrl-C. Include it first.
 */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <watchdog.h>

enum { EXIT_ERROR = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 /* what a shell makes of Ctrl-C */ };

/* ---- saying ----------------------------------------------------------- */

static struct timespec program_start;

/* Prints one line, after the seconds since the program began. */
static inline void say(const char *format, ...)
{
    struct timespec now;
    va_list arguments;
    clock_gettime(CLOCK_MONOTONIC, &now);
    flockfile(stdout);
    printf("%8.3f s  ", (double)(now.tv_sec - program_start.tv_sec) +
                            (double)(now.tv_nsec - program_start.tv_nsec) / 1e9);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
    funlockfile(stdout);
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
static int wake_up[2];       /* a pipe; a byte in it ends every wait_ms */

/* Has main return `code`; may be called from any thread, the first call counts. */
static inline void leave(int code)
{
    int go_on = 0;
    if (atomic_compare_exchange_strong(&exit_code, &go_on, code) && write(wake_up[1], "", 1) != 1) {
        _exit(code);
    }
}

/* Sleeps so long, -1: for ever. Says at once, and with true, that it is time to leave. */
static inline bool wait_ms(int64_t ms)
{
    struct pollfd wake = {.fd = wake_up[0], .events = POLLIN};
    poll(&wake, 1, (int)ms);
    return atomic_load(&exit_code) != 0;
}

/* A thread of its own waits for Ctrl-C: unlike a signal handler it may call anything. */
static inline void *wait_for_ctrl_c(void *signals)
{
    int number;
    sigwait(signals, &number);
    say("Ctrl-C: leaving");
    leave(EXIT_INTERRUPTED);
    wd_shutdown(0); /* ends a sleep in wd_start; that a callback still runs does not matter here */
    return NULL;
}

/* ---- the command line -------------------------------------------------- */

#define MS_MAX 86400000 /* a day: more than an example needs */

static inline void usage_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs("; --help tells more\n", stderr);
    exit(EXIT_USAGE);
}

static inline uint64_t milliseconds(const char *name, const char *text, uint64_t least)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t ms = digits > 0 && digits < 10 ? strtoull(text, NULL, 10) : UINT64_MAX;
    if (text[digits] != '\0' || ms < least || ms > MS_MAX) {
        usage_error("%s must be a whole number of milliseconds from %" PRIu64 " to %d, not '%s'",
                    name, least, MS_MAX, text);
    }
    return ms;
}

/* Begins an example: reads its times, or prints its help; takes Ctrl-C. */
static inline void begin(int argc, char **argv, const char *help, uint64_t *timeout_ms,
                         uint64_t *interval_ms, uint64_t least_interval_ms)
{
    static sigset_t ctrl_c;
    pthread_t thread;
    clock_gettime(CLOCK_MONOTONIC, &program_start);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(help, stdout);
            exit(EXIT_SUCCESS);
        }
    }
    if (argc > 3) {
        usage_error("two times at most, TIMEOUT_MS and INTERVAL_MS; '%s' is one too many", argv[3]);
    }
    if (argc > 1) {
        *timeout_ms = milliseconds("TIMEOUT_MS", argv[1], 1);
    }
    if (argc > 2) {
        *interval_ms = milliseconds("INTERVAL_MS", argv[2], least_interval_ms);
    }
    sigemptyset(&ctrl_c);
    sigaddset(&ctrl_c, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ctrl_c, NULL); /* here and in all threads to come */
    if (pipe(wake_up) != 0 || pthread_create(&thread, NULL, wait_for_ctrl_c, &ctrl_c) != 0) {
        perror("cannot start");
        exit(EXIT_ERROR);
    }
    pthread_detach(thread);
}

#endif
