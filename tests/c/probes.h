/*
 * Callbacks that tests watch: one that counts, one that waits to be let go,
 * and a pace that says when a modest time has passed for the library too.
 */
#ifndef WATCHDOG_TESTS_PROBES_H
#define WATCHDOG_TESTS_PROBES_H

#include "check.h"

/* ---- counts its runs -------------------------------------------------- */

#define PROBE_TIMES 64

struct probe {
    atomic_int runs;
    _Atomic int64_t began_ns[PROBE_TIMES]; /* the first instruction of each run */
    pthread_t thread;                      /* of the latest run */
};

static inline void probe_run(void *data)
{
    int64_t now = now_ns();
    struct probe *probe = data;
    int run = atomic_load(&probe->runs);
    if (run < PROBE_TIMES) {
        atomic_store(&probe->began_ns[run], now);
    }
    probe->thread = pthread_self();
    atomic_store(&probe->runs, run + 1);
}

static inline int probe_runs(struct probe *probe)
{
    return atomic_load(&probe->runs);
}

/* ---- waits to be let go ----------------------------------------------- */

struct gate {
    atomic_int entered;
    atomic_int left;
    atomic_int open;
    atomic_int inside;   /* how many runs are in it now */
    atomic_int together; /* how many there ever were in it at once */
};

static inline void gate_run(void *data)
{
    struct gate *gate = data;
    int inside = atomic_fetch_add(&gate->inside, 1) + 1;
    if (inside > atomic_load(&gate->together)) {
        atomic_store(&gate->together, inside);
    }
    atomic_fetch_add(&gate->entered, 1);
    while (!atomic_load(&gate->open)) {
        sleep_until_ns(now_ns() + MS_IN_NS / 4);
    }
    atomic_fetch_sub(&gate->inside, 1);
    atomic_fetch_add(&gate->left, 1);
}

static inline void gate_await(struct gate *gate)
{
    WAIT_UNTIL(atomic_load(&gate->entered) > 0, HANG_MS);
}

/* ---- a pace ----------------------------------------------------------- */

/*
 * Returns after the library ran another watchdog's callback so many times,
 * each at least ms apart: what was to happen meanwhile has had its chance.
 */
static inline void library_pace(uint64_t ms, int times)
{
    struct probe *pace = calloc(1, sizeof *pace);
    wd_watchdog *wd = wd_new(ms, ms);
    CHECK(wd != NULL);
    CHECK_STATUS(wd_set_callback(wd, probe_run, pace), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(pace) >= times, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
    free(pace);
}

/* ---- what a watchdog says of itself ----------------------------------- */

static inline int is_running(wd_watchdog *wd)
{
    int32_t running = -1;
    CHECK_STATUS(wd_is_running(wd, &running), WD_OK);
    return running;
}

static inline int64_t since_feed_ms(wd_watchdog *wd)
{
    uint64_t ms = UINT64_MAX;
    CHECK_STATUS(wd_since_feed_ms(wd, &ms), WD_OK);
    return (int64_t)ms;
}

static inline wd_watchdog *new_with(uint64_t timeout_ms, uint64_t interval_ms, wd_callback callback,
                                    void *data)
{
    wd_watchdog *wd = wd_new(timeout_ms, interval_ms);
    if (CHECK(wd != NULL) && callback != NULL) {
        CHECK_STATUS(wd_set_callback(wd, callback, data), WD_OK);
    }
    return wd;
}

static inline wd_watchdog *started_with(uint64_t timeout_ms, uint64_t interval_ms,
                                        wd_callback callback, void *data)
{
    wd_watchdog *wd = new_with(timeout_ms, interval_ms, callback, data);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    return wd;
}

#endif
