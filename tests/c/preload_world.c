/*
 * For LD_PRELOAD: a world of the test's own making. The wall clock is set, the machine has
 * slept, the kernel keeps its clock by another counter, or the counter does not go with the
 * clock, the library is blind for one of the things by which it notices a stop, the allocator is
 * stuck. tests find the world_ functions by dlsym.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void world_set_wall_clock(int64_t by_seconds);
void world_slept(int64_t seconds);
void world_stick_allocator(int stuck);
void world_advance_clock(int64_t by_ns);
int64_t world_clock_readings(void);

static _Atomic int64_t wall_clock_by, asleep_for, clock_by;
static _Thread_local int64_t clock_readings;
static atomic_int allocator_is_stuck;

/* From now on the wall clock is off by so much. */
void world_set_wall_clock(int64_t by_seconds)
{
    atomic_store(&wall_clock_by, by_seconds);
}

/* The machine has slept for so long in all. */
void world_slept(int64_t seconds)
{
    atomic_store(&asleep_for, seconds);
}

/* While it is, whoever asks for memory waits, as for a lock that a stuck thread holds. */
void world_stick_allocator(int stuck)
{
    atomic_store(&allocator_is_stuck, stuck);
}

/* The monotonic clock goes on by so much at once, and the processor's counter does not. */
void world_advance_clock(int64_t by_ns)
{
    atomic_fetch_add(&clock_by, by_ns);
}

/* How often the calling thread has read the monotonic clock. */
int64_t world_clock_readings(void)
{
    return clock_readings;
}

/* ---- clocks ----------------------------------------------------------------------- */

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        time->tv_sec += (time_t)atomic_load(&wall_clock_by);
    } else if (result == 0 && clock == CLOCK_BOOTTIME) {
        time->tv_sec += (time_t)atomic_load(&asleep_for);
    } else if (result == 0 && clock == CLOCK_MONOTONIC) {
        int64_t ns = time->tv_nsec + atomic_load(&clock_by);
        time->tv_sec += (time_t)(ns / 1000000000);
        time->tv_nsec = (long)(ns % 1000000000);
        clock_readings++;
    }
    return result;
}

/* WORLD_CLOCK_SOURCE is the counter by which the kernel says that it keeps its clock. */
int open(const char *path, int flags, ...)
{
    const char *source = getenv("WORLD_CLOCK_SOURCE");
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    if (source != NULL && strstr(path, "/current_clocksource") != NULL) {
        int file = memfd_create("clock source", MFD_CLOEXEC);
        if (write(file, source, strlen(source)) < 0 || write(file, "\n", 1) < 0) {
            return -1;
        }
        lseek(file, 0, SEEK_SET);
        return file;
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

/* ---- blindness: WORLD_BLIND names who sees nothing, "monitor", "listener" or "both" ------ */

static int is_blind(const char *who)
{
    const char *blind = getenv("WORLD_BLIND");
    return blind != NULL && (strcmp(blind, who) == 0 || strcmp(blind, "both") == 0);
}

/* Of the library's threads the listener alone makes an epoll set. */
static _Thread_local int is_listener;

int epoll_create1(int flags)
{
    if (is_blind("listener")) {
        errno = ENOSYS;
        return -1;
    }
    is_listener = 1;
    return (int)syscall(SYS_epoll_create1, flags);
}

/* The count of switches, by which the monitor knows that its sleep was disturbed. */
int getrusage(__rusage_who_t who, struct rusage *usage)
{
    if (is_blind("monitor") && !is_listener) {
        memset(usage, 0, sizeof *usage);
        return 0;
    }
    return (int)syscall(SYS_getrusage, who, usage);
}

/* ---- the allocator ------------------------------------------------------------------- */

static void wait_for_the_allocator(void)
{
    while (atomic_load(&allocator_is_stuck)) {
        struct timespec moment = {0, 1000000};
        syscall(SYS_nanosleep, &moment, NULL);
    }
}

void *malloc(size_t size)
{
    wait_for_the_allocator();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    wait_for_the_allocator();
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    wait_for_the_allocator();
    return __libc_realloc(old, size);
}
