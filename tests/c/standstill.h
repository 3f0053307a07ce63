/*
 * Feeding in time in a process that is made to stand still again and again.
 */
#ifndef WATCHDOG_TESTS_STANDSTILL_H
#define WATCHDOG_TESTS_STANDSTILL_H

#include "probes.h"

/* What a child that feeds tells its parent with its exit code. */
enum { QUIET = 0, FALSE_ALARM = 10, STARVED = 11, NOT_STOPPED = 12 };

/* How to tell a standstill from a machine that starves the feeding, by the gap in the feeds. */
struct gaps {
    int64_t starved_ms;    /* longer, and it is no punctual feed */
    int64_t standstill_ms; /* this long, and it is a standstill */
    int64_t longest_ms;    /* longer, and the machine starved it besides */
};

struct feeding {
    int standstills;
    int starved; /* then an alarm is right, and the attempt says nothing */
    int64_t last_ns;
};

/* Feeds until it has stood still so many times, and a little longer: an alarm that a
 * standstill caused would be on its way by then. After each it needs a moment before it
 * feeds again: it was not hung, and has a fresh timeout for that. */
static inline struct feeding feed_but_for_standstills(wd_watchdog *wd, int64_t timeout_ms, int times,
                                                      struct gaps gaps)
{
    struct feeding feeding = {0, 0, now_ns()};
    int64_t began = feeding.last_ns;
    while (feeding.standstills < times && elapsed_ms(began) < HANG_MS) {
        sleep_ms(timeout_ms / 20);
        if (elapsed_ms(feeding.last_ns) >= gaps.standstill_ms) {
            sleep_ms(timeout_ms / 4);
        }
        int64_t before = now_ns();
        CHECK_STATUS(wd_feed(wd), WD_OK);
        int64_t gap = (now_ns() - feeding.last_ns) / MS_IN_NS;
        feeding.last_ns = before;
        feeding.starved |=
            (gap > gaps.starved_ms && gap < gaps.standstill_ms) || gap > gaps.longest_ms;
        feeding.standstills += gap >= gaps.standstill_ms;
    }
    for (int i = 0; i < 10; i++) {
        sleep_ms(timeout_ms / 20);
        wd_feed(wd);
    }
    return feeding;
}

/* What the child ends with. */
static inline int verdict(struct feeding feeding, int times, int alarms)
{
    if (feeding.standstills < times) {
        return NOT_STOPPED;
    }
    if (feeding.starved) {
        return STARVED;
    }
    return alarms != 0 ? FALSE_ALARM : QUIET;
}

#endif
