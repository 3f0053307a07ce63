/*
 * For LD_PRELOAD: a world of the test's own making. The wall clock is set, the machine has
 * slept, the library is blind for one of the things by which it notices a stop, the
 * allocator is stuck. tests find the world_ functions by dlsym.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
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

static _Atomic int64_t wall_clock_by, asleep_for;
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

/* ---- clocks ----------------------------------------------------------------------- */

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        time->tv_sec += (time_t)atomic_load(&wall_clock_by);
    } else if (result == 0 && clock == CLOCK_BOOTTIME) {
        time->tv_sec += (time_t)atomic_load(&asleep_for);
    }
    return result;
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
