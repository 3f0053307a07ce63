/*
 * What the examples share besides the watchdog: lines with the time, waiting,
 * Ctrl-C, and (in support/) arguments and what the operating system knows.
 * In C and C++. Include it first.
 */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __cplusplus
#include <atomic> /* C++ has <stdatomic.h> since C++23 only */
using std::atomic_bool;
using std::atomic_int;
#else
#include <stdatomic.h>
#endif

#include <watchdog.h>

#include "support/arguments.h"

enum { EXIT_INTERRUPTED = 130 /* what a shell makes of Ctrl-C */ };

/* ---- saying ----------------------------------------------------------- */

static struct timespec program_start;

/* Milliseconds since the program began. */
static inline int64_t since_start_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)(now.tv_sec - program_start.tv_sec) * 1000 +
           (now.tv_nsec - program_start.tv_nsec) / 1000000;
}

/* Prints one line, after the seconds since the program began. */
static inline void say(const char *format, ...)
{
    va_list arguments;
    flockfile(stdout);
    printf("%8.3f s  ", (double)since_start_ms() / 1000);
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
static int wake_up[2];       /* a pipe; a byte in it ends every wait */

static inline bool leaving(void)
{
    return atomic_load(&exit_code) != 0;
}

/* Has main return `code`; may be called from any thread, the first call counts. */
static inline void leave(int code)
{
    int go_on = 0;
    if (atomic_compare_exchange_strong(&exit_code, &go_on, code) && write(wake_up[1], "", 1) != 1) {
        _exit(code);
    }
}

/* Waits so long, -1: for ever, or until `file` (-1: none) can be read: true. Ends at once
 * when it is time to leave. */
static inline bool wait_readable(int file, int64_t ms)
{
    struct pollfd polls[2] = {{wake_up[0], POLLIN, 0}, {file, POLLIN, 0}};
    return poll(polls, 2, (int)ms) > 0 && polls[1].revents != 0;
}

/* Sleeps so long, -1: for ever. Says at once, and with true, that it is time to leave. */
static inline bool wait_ms(int64_t ms)
{
    wait_readable(-1, ms);
    return leaving();
}

/* A thread of its own waits for Ctrl-C: unlike a signal handler it may call anything. */
static inline void *wait_for_ctrl_c(void *signals)
{
    int number;
    sigwait((const sigset_t *)signals, &number);
    say(number == SIGINT ? "Ctrl-C: leaving" : "asked to end: leaving");
    leave(EXIT_INTERRUPTED);
    wd_shutdown(0); /* ends a sleep in wd_start; that a callback still runs does not matter here */
    return NULL;
}

/* The path of a file of this process alone. */
static inline void temporary_path(char *path, size_t size, const char *name)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, size, "%s/%s.%ld", folder != NULL ? folder : "/tmp", name, (long)getpid());
}

/* Begins an example: reads its arguments, or prints its help; takes Ctrl-C. */
static inline void begin(char **argv, const char *help, const struct argument *arguments,
                         size_t count)
{
    static sigset_t signals;
    pthread_t thread;
    clock_gettime(CLOCK_MONOTONIC, &program_start);
    read_arguments(argv, help, arguments, count);
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* here and in all threads to come */
    signal(SIGPIPE, SIG_IGN);
    if (pipe(wake_up) != 0 || pthread_create(&thread, NULL, wait_for_ctrl_c, &signals) != 0) {
        perror("cannot start");
        exit(EXIT_ERROR);
    }
    fcntl(wake_up[0], F_SETFD, FD_CLOEXEC);
    fcntl(wake_up[1], F_SETFD, FD_CLOEXEC);
    pthread_detach(thread);
}
#define BEGIN(help, arguments) \
    ((void)argc, begin(argv, help, arguments, sizeof(arguments) / sizeof *(arguments)))

#endif
