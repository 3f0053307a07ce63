/*
 * Queues that tests watch, and threads that take from them.
 */
#ifndef WATCHDOG_TESTS_QUEUES_H
#define WATCHDOG_TESTS_QUEUES_H

#include "check.h"

static inline wd_event an_event(void)
{
    wd_event event = {sizeof event, 4711, 4711, 4711, 4711, NULL};
    return event;
}

static inline wd_queue *new_queue(uint32_t capacity)
{
    wd_queue *queue = wd_queue_new(capacity);
    CHECK(queue != NULL);
    return queue;
}

struct taker {
    wd_queue *queue;
    int64_t limit_ms;
    pthread_t thread;
    atomic_int began, status; /* of the last take; 4711: it waits */
    atomic_int taken;         /* so many events */
};

static inline void *take_until_an_error(void *data)
{
    struct taker *taker = data;
    wd_event event = an_event();
    wd_status status;
    while ((status = wd_queue_take(taker->queue, &event, taker->limit_ms)) >= 0) {
        atomic_fetch_add(&taker->taken, status == WD_OK);
    }
    atomic_store(&taker->status, status);
    return NULL;
}

#endif
