/* Queues of events: what expires can be taken from them, by whoever wants to, when he wants. */
#include "calls.h"
#include "queues.h"

#include <stddef.h>

static int is_untouched(const wd_event *event)
{
    return event->kind == 4711 && event->tag == 4711 && event->unfed_ms == 4711 &&
           event->lost == 4711 && event->watchdog == NULL;
}

/* Not running; each check of it puts an event in. */
static wd_watchdog *overdue(wd_queue *queue, uint64_t tag)
{
    wd_watchdog *wd = wd_new(1, 0);
    CHECK_STATUS(wd_set_queue(wd, queue, tag), WD_OK);
    sleep_ms(3);
    return wd;
}

static void expire(wd_watchdog *wd)
{
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
}

static uint64_t lost_by(wd_queue *queue)
{
    uint64_t lost = 4711;
    CHECK_STATUS(wd_queue_lost(queue, &lost), WD_OK);
    return lost;
}

/* ---- events ------------------------------------------------------------- */

static void an_expiry_is_an_event_that_tells_whose_and_how_late(void)
{
    wd_queue *queue = new_queue(4);
    wd_event event = an_event();
    wd_watchdog *wd = wd_new(20, 0);
    CHECK_STATUS(wd_set_queue(wd, queue, UINT64_MAX), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_queue_take(queue, &event, HANG_MS), WD_OK);
    CHECK_EQ(event.size, sizeof event);
    CHECK_EQ(event.kind, WD_EVENT_EXPIRED);
    CHECK(event.watchdog == wd);
    CHECK(event.tag == UINT64_MAX);
    CHECK(event.unfed_ms >= 20);
    CHECK_EQ(event.lost, 0);
    /* Without an interval, once per missed feed. */
    event = an_event();
    CHECK_STATUS(wd_queue_take(queue, &event, 60), WD_EMPTY);
    CHECK(is_untouched(&event));
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_STATUS(wd_queue_take(queue, &event, -1), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void events_repeat_as_callbacks_do_and_stop_with_the_watchdog(void)
{
    wd_queue *queue = new_queue(WD_QUEUE_MAX);
    wd_event event = an_event();
    wd_watchdog *wd = wd_new(5, 5);
    CHECK_STATUS(wd_set_queue(wd, queue, 1), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(wd_queue_take(queue, &event, HANG_MS), WD_OK);
    }
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    while (wd_queue_take(queue, &event, 0) == WD_OK) {
    }
    library_pace(5, 4);
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_EMPTY);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void one_queue_serves_many_watchdogs_in_order(void)
{
    enum { DOGS = 5 };
    wd_queue *queue = new_queue(DOGS);
    wd_event event = an_event();
    wd_watchdog *wds[DOGS];
    for (uint64_t i = 0; i < DOGS; i++) {
        wds[i] = overdue(queue, i);
        expire(wds[i]);
    }
    for (uint64_t i = 0; i < DOGS; i++) {
        CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_OK);
        CHECK(event.tag == i);
        CHECK(event.watchdog == wds[i]);
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void what_does_not_fit_is_counted_and_told(void)
{
    wd_queue *queue = new_queue(3);
    wd_event event = an_event();
    wd_watchdog *wd = overdue(queue, 1);
    for (int i = 0; i < 8; i++) {
        expire(wd);
    }
    CHECK_EQ(lost_by(queue), 5);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_OK);
        CHECK_EQ(event.lost, 0);
    }
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_EMPTY);
    expire(wd);
    expire(wd);
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_OK);
    CHECK_EQ(event.lost, 5);
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_OK);
    CHECK_EQ(event.lost, 0);
    CHECK_EQ(lost_by(queue), 5);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void a_queue_takes_the_place_of_a_callback_and_the_reverse(void)
{
    wd_queue *queue = new_queue(4), *other = new_queue(4);
    wd_event event = an_event();
    struct probe probe = {0};
    int destroyed = atomic_load(&calls_destructor_runs);
    wd_watchdog *wd = overdue(queue, 1);
    CHECK_STATUS(wd_set_callback_owned(wd, probe_run, &probe, count_destructor), WD_OK);
    expire(wd);
    CHECK_EQ(probe_runs(&probe), 1);
    CHECK_STATUS(wd_set_queue(wd, queue, 2), WD_OK);
    CHECK_EQ(atomic_load(&calls_destructor_runs), destroyed + 1);
    expire(wd);
    CHECK_EQ(probe_runs(&probe), 1);
    CHECK_STATUS(wd_set_queue(wd, other, 3), WD_OK);
    expire(wd);
    CHECK_STATUS(wd_set_queue(wd, NULL, 4), WD_OK);
    expire(wd);
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_OK);
    CHECK_EQ(event.tag, 2);
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_EMPTY);
    CHECK_STATUS(wd_queue_take(other, &event, 0), WD_OK);
    CHECK_EQ(event.tag, 3);
    CHECK_STATUS(wd_queue_take(other, &event, 0), WD_EMPTY);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
    CHECK_STATUS(wd_queue_free(other), WD_OK);
}

static void an_event_outlives_its_watchdog(void)
{
    wd_queue *queue = new_queue(1);
    wd_event event = an_event();
    wd_watchdog *wd = overdue(queue, 7);
    expire(wd);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_OK);
    CHECK_EQ(event.tag, 7);
    CHECK(event.watchdog == wd);
    CHECK_STATUS(wd_feed(event.watchdog), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void a_queue_may_be_freed_before_its_watchdogs(void)
{
    wd_queue *queue = new_queue(1);
    wd_watchdog *wd = overdue(queue, 7);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
    library_pace(5, 3);
    expire(wd);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* ---- what is refused ---------------------------------------------------- */

static void refused_by_queue_functions(wd_queue *queue)
{
    uint64_t lost = 4711;
    wd_event event = an_event();
    wd_watchdog *wd = wd_new(1000, 0);
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_queue_take(queue, &event, -1), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_queue_take(queue, NULL, INT64_MAX), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_queue_wake(queue), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_queue_lost(queue, &lost), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_queue_lost(queue, NULL), WD_ERR_INVALID_HANDLE);
    if (queue != NULL) {
        CHECK_STATUS(wd_set_queue(wd, queue, 1), WD_ERR_INVALID_HANDLE);
        CHECK_STATUS(wd_queue_free(queue), WD_ERR_INVALID_HANDLE);
    }
    CHECK(wd_last_error()[0] != '\0');
    CHECK_EQ(lost, 4711);
    CHECK(is_untouched(&event));
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void null_freed_and_garbage_queues_are_refused(void)
{
    wd_queue *queue = new_queue(1), *freed = new_queue(1);
    uintptr_t bits = (uintptr_t)queue;
    CHECK_STATUS(wd_queue_free(NULL), WD_OK);
    CHECK_STATUS(wd_queue_free(freed), WD_OK);
    refused_by_queue_functions(NULL);
    CHECK_CONTAINS(wd_last_error(), "wd_queue_new");
    refused_by_queue_functions(freed);
    refused_by_queue_functions((wd_queue *)(void *)&queue);
    refused_by_queue_functions((wd_queue *)UINTPTR_MAX);
    for (unsigned bit = 0; bit < sizeof bits * 8; bit++) {
        refused_by_queue_functions((wd_queue *)(bits ^ (uintptr_t)1 << bit));
    }
    for (uintptr_t garbage = 1; garbage < 300; garbage++) {
        refused_by_queue_functions((wd_queue *)garbage);
    }
    CHECK_STATUS(wd_queue_wake(queue), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void a_queue_is_no_watchdog_and_a_watchdog_no_queue(void)
{
    wd_queue *queue = new_queue(1);
    wd_watchdog *wd = wd_new(1000, 0);
    CHECK(refused_by_all((wd_watchdog *)queue));
    refused_by_queue_functions((wd_queue *)wd);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_STATUS(wd_queue_wake(queue), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void no_handle_of_a_queue_comes_twice(void)
{
    enum { TIMES = 2000 };
    static wd_queue *seen[TIMES];
    for (int i = 0; i < TIMES; i++) {
        seen[i] = new_queue(1);
        CHECK_STATUS(wd_queue_free(seen[i]), WD_OK);
        for (int j = 0; j < i; j++) {
            if (seen[j] == seen[i]) {
                CHECK(seen[j] != seen[i]);
            }
        }
    }
}

static void a_capacity_is_from_1_to_the_most(void)
{
    static const uint32_t bad[] = {0, WD_QUEUE_MAX + 1, INT32_MAX, UINT32_MAX};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK(wd_queue_new(bad[i]) == NULL);
        CHECK_CONTAINS(wd_last_error(), "65536");
    }
    wd_queue *queue = new_queue(WD_QUEUE_MAX);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void of_queues_there_are_64_at_once_and_one_more_is_an_error_in_words(void)
{
    wd_queue *queues[64];
    int made = 0;
    while (made < 64 && (queues[made] = wd_queue_new(1)) != NULL) {
        made++;
    }
    CHECK_EQ(made, 64);
    CHECK(wd_queue_new(1) == NULL);
    CHECK_CONTAINS(wd_last_error(), "64 queues");
    CHECK_STATUS(wd_queue_free(queues[17]), WD_OK);
    queues[17] = new_queue(1);
    CHECK(wd_queue_new(1) == NULL);
    while (made > 0) {
        CHECK_STATUS(wd_queue_free(queues[--made]), WD_OK);
    }
}

static void an_event_states_its_size(void)
{
    struct {
        wd_event event;
        char more[32];
    } larger;
    static const uint32_t small[] = {0, 1, 4, (uint32_t)offsetof(wd_event, watchdog)};
    wd_queue *queue = new_queue(4);
    wd_watchdog *wd = overdue(queue, 1);
    wd_event event = an_event();
    expire(wd);
    for (size_t i = 0; i < COUNT_OF(small); i++) {
        event.size = small[i];
        CHECK_STATUS(wd_queue_take(queue, &event, -1), WD_ERR_INVALID_ARGUMENT);
        CHECK(is_untouched(&event));
    }
    CHECK_CONTAINS(wd_last_error(), "sizeof(wd_event)");
    CHECK_STATUS(wd_queue_take(queue, NULL, -1), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_queue_lost(queue, NULL), WD_ERR_INVALID_ARGUMENT);
    memset(&larger, '~', sizeof larger);
    larger.event.size = sizeof larger;
    CHECK_STATUS(wd_queue_take(queue, &larger.event, 0), WD_OK);
    CHECK_EQ(larger.event.size, sizeof larger);
    CHECK_EQ(larger.event.tag, 1);
    for (size_t i = 0; i < sizeof larger.more; i++) {
        CHECK_EQ(larger.more[i], '~');
    }
    expire(wd);
    event.size = UINT32_MAX;
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void an_empty_queue_is_no_error(void)
{
    wd_queue *queue = new_queue(1);
    wd_event event = an_event();
    char before[256];
    CHECK_STATUS(wd_feed(NULL), WD_ERR_INVALID_HANDLE);
    CHECK(wd_new(0, 0) == NULL);
    snprintf(before, sizeof before, "%s", wd_last_error());
    for (int i = 0; i < 1000; i++) {
        CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_EMPTY);
    }
    CHECK_STATUS(wd_queue_take(queue, &event, 1), WD_EMPTY);
    CHECK_TEXT(wd_last_error(), before);
    CHECK_TEXT(wd_status_name(WD_EMPTY), "WD_EMPTY");
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

/* ---- waits -------------------------------------------------------------- */

static void *take_once(void *data)
{
    struct taker *taker = data;
    wd_event event = an_event();
    atomic_store(&taker->began, 1);
    wd_status status = wd_queue_take(taker->queue, &event, taker->limit_ms);
    atomic_fetch_add(&taker->taken, status == WD_OK);
    atomic_store(&taker->status, status);
    return NULL;
}

static void start_taker(struct taker *taker, wd_queue *queue, int64_t limit_ms)
{
    memset(taker, 0, sizeof *taker);
    taker->queue = queue;
    taker->limit_ms = limit_ms;
    atomic_store(&taker->status, 4711);
    taker->thread = thread_start(take_once, taker);
    WAIT_UNTIL(atomic_load(&taker->began), HANG_MS);
    sleep_ms(10); /* most likely it waits now; all is right if not */
}

static void a_wait_lasts_as_long_as_its_limit(void)
{
    wd_queue *queue = new_queue(1);
    wd_event event = an_event();
    int64_t began = now_ns();
    CHECK_STATUS(wd_queue_take(queue, &event, 50), WD_EMPTY);
    CHECK(now_ns() - began >= 50 * MS_IN_NS);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void an_event_ends_a_wait(void)
{
    static const int64_t limits[] = {-1, INT64_MIN, INT64_MAX, HANG_MS};
    wd_queue *queue = new_queue(1);
    wd_watchdog *wd = overdue(queue, 1);
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct taker taker;
        start_taker(&taker, queue, limits[i]);
        CHECK_EQ(atomic_load(&taker.status), 4711);
        expire(wd);
        thread_join(taker.thread);
        CHECK_EQ(atomic_load(&taker.status), WD_OK);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void a_wake_ends_a_wait_now_or_the_next_one(void)
{
    wd_queue *queue = new_queue(1);
    wd_event event = an_event();
    struct taker taker;
    start_taker(&taker, queue, -1);
    CHECK_STATUS(wd_queue_wake(queue), WD_OK);
    thread_join(taker.thread);
    CHECK_EQ(atomic_load(&taker.status), WD_EMPTY);
    /* Before the wait: one, however often. A look without a wait does not use it up. */
    CHECK_STATUS(wd_queue_wake(queue), WD_OK);
    CHECK_STATUS(wd_queue_wake(queue), WD_OK);
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_EMPTY);
    CHECK_STATUS(wd_queue_take(queue, &event, -1), WD_EMPTY);
    int64_t began = now_ns();
    CHECK_STATUS(wd_queue_take(queue, &event, 20), WD_EMPTY);
    CHECK(now_ns() - began >= 20 * MS_IN_NS);
    CHECK(is_untouched(&event));
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void events_come_before_a_wake(void)
{
    wd_queue *queue = new_queue(1);
    wd_event event = an_event();
    wd_watchdog *wd = overdue(queue, 1);
    CHECK_STATUS(wd_queue_wake(queue), WD_OK);
    expire(wd);
    CHECK_STATUS(wd_queue_take(queue, &event, -1), WD_OK);
    CHECK_STATUS(wd_queue_take(queue, &event, -1), WD_EMPTY);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void as_many_wakes_end_as_many_waits(void)
{
    enum { TAKERS = 5 };
    wd_queue *queue = new_queue(1);
    struct taker takers[TAKERS];
    for (int i = 0; i < TAKERS; i++) {
        start_taker(&takers[i], queue, -1);
    }
    for (int i = 0; i < TAKERS; i++) {
        CHECK_STATUS(wd_queue_wake(queue), WD_OK);
    }
    for (int i = 0; i < TAKERS; i++) {
        /* Whoever began to wait only now needs one more. */
        int64_t began = now_ns();
        while (atomic_load(&takers[i].status) == 4711 && elapsed_ms(began) < HANG_MS) {
            sleep_ms(1);
            if (elapsed_ms(began) > HANG_MS / 10) {
                wd_queue_wake(queue);
            }
        }
        thread_join(takers[i].thread);
        CHECK_EQ(atomic_load(&takers[i].status), WD_EMPTY);
    }
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void freeing_ends_all_waits(void)
{
    enum { TAKERS = 4, ROUNDS = 20 };
    for (int round = 0; round < ROUNDS; round++) {
        wd_queue *queue = new_queue(1);
        struct taker takers[TAKERS];
        for (int i = 0; i < TAKERS; i++) {
            memset(&takers[i], 0, sizeof takers[i]);
            takers[i].queue = queue;
            takers[i].limit_ms = i % 2 == 0 ? -1 : HANG_MS;
            takers[i].thread = thread_start(take_until_an_error, &takers[i]);
        }
        sleep_ms(round % 4);
        CHECK_STATUS(wd_queue_free(queue), WD_OK);
        /* The slot may be another's at once. */
        wd_queue *next = new_queue(1);
        for (int i = 0; i < TAKERS; i++) {
            thread_join(takers[i].thread);
            CHECK_EQ(atomic_load(&takers[i].status), WD_ERR_INVALID_HANDLE);
        }
        CHECK_STATUS(wd_queue_free(next), WD_OK);
    }
}

static void of_several_takers_each_event_goes_to_one(void)
{
    enum { TAKERS = 4, DOGS = 8 };
    wd_queue *queue = new_queue(16);
    struct taker takers[TAKERS];
    wd_watchdog *wds[DOGS];
    int taken = 0;
    for (int i = 0; i < TAKERS; i++) {
        memset(&takers[i], 0, sizeof takers[i]);
        takers[i].queue = queue;
        takers[i].limit_ms = i - 1; /* none, no waits, and short ones */
        takers[i].thread = thread_start(take_until_an_error, &takers[i]);
    }
    for (uint64_t i = 0; i < DOGS; i++) {
        wds[i] = overdue(queue, i);
    }
    for (int turn = 0; turn < 500; turn++) {
        expire(wds[turn % DOGS]);
    }
    for (int i = 0; i < DOGS; i++) {
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
    wd_event event = an_event();
    int64_t began = now_ns();
    int sum = 0;
    while (sum < 500 && elapsed_ms(began) < HANG_MS) {
        sleep_ms(1);
        sum = (int)lost_by(queue);
        for (int i = 0; i < TAKERS; i++) {
            sum += atomic_load(&takers[i].taken);
        }
    }
    CHECK_EQ(sum, 500);
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_EMPTY);
    uint64_t lost = lost_by(queue);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
    for (int i = 0; i < TAKERS; i++) {
        thread_join(takers[i].thread);
        taken += atomic_load(&takers[i].taken);
    }
    CHECK_EQ(taken + (int)lost, 500);
}

static atomic_int churn_over;

static void *churn(void *data)
{
    wd_queue *_Atomic *shared = data;
    wd_event event = an_event();
    while (!atomic_load(&churn_over)) {
        wd_queue *queue = atomic_load(shared);
        wd_status status = wd_queue_take(queue, &event, 1);
        CHECK(status == WD_OK || status == WD_EMPTY || status == WD_ERR_INVALID_HANDLE);
        wd_queue_wake(queue);
        wd_queue *fresh = wd_queue_new(1);
        if (fresh != NULL) {
            CHECK_STATUS(wd_queue_free(atomic_exchange(shared, fresh)), WD_OK);
        }
    }
    return NULL;
}

static void queues_come_and_go_under_running_watchdogs(void)
{
    enum { THREADS = 3 };
    wd_queue *_Atomic shared = new_queue(1);
    pthread_t threads[THREADS];
    wd_watchdog *wd = wd_new(1, 1);
    int64_t began = now_ns();
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    for (int i = 0; i < THREADS; i++) {
        threads[i] = thread_start(churn, &shared);
    }
    while (elapsed_ms(began) < 300) {
        wd_status status = wd_set_queue(wd, atomic_load(&shared), 1);
        CHECK(status == WD_OK || status == WD_ERR_INVALID_HANDLE);
    }
    atomic_store(&churn_over, 1);
    for (int i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(atomic_load(&shared)), WD_OK);
}

/* ---- strange places ----------------------------------------------------- */

struct inside {
    wd_watchdog *wd;
    wd_queue *queue;
    atomic_int done;
};

static void give_itself_a_queue(void *data)
{
    struct inside *inside = data;
    wd_event event = an_event();
    wd_queue *other = new_queue(1);
    CHECK_STATUS(wd_queue_take(other, &event, 1), WD_EMPTY);
    CHECK_STATUS(wd_queue_wake(other), WD_OK);
    CHECK_STATUS(wd_queue_free(other), WD_OK);
    CHECK_STATUS(wd_set_queue(inside->wd, inside->queue, 1), WD_OK);
    atomic_store(&inside->done, 1);
}

static void every_function_may_be_called_inside_a_callback(void)
{
    struct inside inside = {NULL, new_queue(8), 0};
    wd_event event = an_event();
    inside.wd = wd_new(5, 5);
    CHECK_STATUS(wd_set_callback(inside.wd, give_itself_a_queue, &inside), WD_OK);
    CHECK_STATUS(wd_start_thread(inside.wd, 1), WD_OK);
    CHECK_STATUS(wd_queue_take(inside.queue, &event, HANG_MS), WD_OK);
    CHECK_EQ(atomic_load(&inside.done), 1);
    CHECK(event.watchdog == inside.wd);
    CHECK_STATUS(wd_free(inside.wd), WD_OK);
    CHECK_STATUS(wd_queue_free(inside.queue), WD_OK);
}

static void a_shutdown_stops_events_and_leaves_queues(void)
{
    wd_queue *queue = new_queue(2);
    wd_event event = an_event();
    wd_watchdog *wd = wd_new(2, 1);
    struct taker taker;
    CHECK_STATUS(wd_set_queue(wd, queue, 1), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_queue_take(queue, &event, -1), WD_OK);
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    while (wd_queue_take(queue, &event, 0) == WD_OK) {
    }
    start_taker(&taker, queue, -1);
    CHECK_EQ(atomic_load(&taker.status), 4711);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    thread_join(taker.thread);
    CHECK_EQ(atomic_load(&taker.status), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_expiry_is_an_event_that_tells_whose_and_how_late),
        TEST(events_repeat_as_callbacks_do_and_stop_with_the_watchdog),
        TEST(one_queue_serves_many_watchdogs_in_order),
        TEST(what_does_not_fit_is_counted_and_told),
        TEST(a_queue_takes_the_place_of_a_callback_and_the_reverse),
        TEST(an_event_outlives_its_watchdog),
        TEST(a_queue_may_be_freed_before_its_watchdogs),
        TEST(null_freed_and_garbage_queues_are_refused),
        TEST(a_queue_is_no_watchdog_and_a_watchdog_no_queue),
        TEST(no_handle_of_a_queue_comes_twice),
        TEST(a_capacity_is_from_1_to_the_most),
        TEST(of_queues_there_are_64_at_once_and_one_more_is_an_error_in_words),
        TEST(an_event_states_its_size),
        TEST(an_empty_queue_is_no_error),
        TEST(a_wait_lasts_as_long_as_its_limit),
        TEST(an_event_ends_a_wait),
        TEST(a_wake_ends_a_wait_now_or_the_next_one),
        TEST(events_come_before_a_wake),
        TEST(as_many_wakes_end_as_many_waits),
        TEST(freeing_ends_all_waits),
        TEST(of_several_takers_each_event_goes_to_one),
        TEST(queues_come_and_go_under_running_watchdogs),
        TEST(every_function_may_be_called_inside_a_callback),
        TEST(a_shutdown_stops_events_and_leaves_queues),
    };
    return RUN_TESTS(tests);
}
