/* Handles are checked: null, freed, foreign and garbage ones do no harm. */
#include "calls.h"

/* The one watchdog that lives while garbage is tried, and what it must stay. */
static struct probe live_probe;

static wd_watchdog *live_new(void)
{
    wd_watchdog *wd = new_with(600000, 5, probe_run, &live_probe);
    CHECK_STATUS(wd_set_name(wd, "live"), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    return wd;
}

static void live_end(wd_watchdog *wd)
{
    char name[8] = "";
    uint64_t timeout = 0;
    CHECK_STATUS(wd_name(wd, name, sizeof name), WD_OK);
    CHECK_TEXT(name, "live");
    CHECK_STATUS(wd_timeout_ms(wd, &timeout), WD_OK);
    CHECK_EQ(timeout, 600000);
    CHECK_EQ(is_running(wd), 1);
    CHECK_STATUS(wd_resume(wd), WD_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_EQ(probe_runs(&live_probe), 0);
}

static void every_function_takes_a_live_handle(void)
{
    wd_watchdog *wd = wd_new(60000, 1);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        CHECK_STATUS(calls[i].call(wd), WD_OK);
    }
}

static void null_is_refused_by_all_but_free(void)
{
    for (size_t i = 0; i + 1 < COUNT_OF(calls); i++) {
        CHECK_STATUS(calls[i].call(NULL), WD_ERR_INVALID_HANDLE);
    }
    CHECK_STATUS(wd_free(NULL), WD_OK);
}

static void a_freed_handle_is_refused(void)
{
    wd_watchdog *live = live_new();
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK(refused_by_all(wd));
    live_end(live);
}

static void a_freed_handle_is_refused_when_its_place_is_taken_again(void)
{
    wd_watchdog *freed[32], *taken[64];
    for (size_t i = 0; i < COUNT_OF(freed); i++) {
        freed[i] = wd_new(60000, 0);
    }
    for (size_t i = 0; i < COUNT_OF(freed); i++) {
        CHECK_STATUS(wd_free(freed[i]), WD_OK);
    }
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        taken[i] = wd_new(60000, 0);
    }
    for (size_t i = 0; i < COUNT_OF(freed); i++) {
        CHECK(refused_by_all(freed[i]));
    }
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        CHECK_EQ(is_running(taken[i]), 0);
        CHECK_STATUS(wd_free(taken[i]), WD_OK);
    }
}

static void a_foreign_pointer_is_refused(void)
{
    wd_watchdog *live = live_new();
    unsigned char *heap = calloc(1, 4096);
    unsigned char stack[64] = {0};
    static unsigned char global[64];
    for (size_t i = 0; i < 16; i++) {
        CHECK(refused_by_all((wd_watchdog *)(uintptr_t)(heap + i)));
        CHECK(refused_by_all((wd_watchdog *)(uintptr_t)(stack + i)));
        CHECK(refused_by_all((wd_watchdog *)(uintptr_t)(global + i)));
    }
    for (size_t i = 0; i < sizeof stack; i++) {
        CHECK_EQ(stack[i], 0);
        CHECK_EQ(global[i], 0);
        CHECK_EQ(heap[i], 0);
    }
    CHECK(refused_by_all((wd_watchdog *)(uintptr_t)wd_free));
    free(heap);
    live_end(live);
}

static void garbage_is_refused(void)
{
    wd_watchdog *live = live_new();
    for (unsigned bit = 0; bit < sizeof(uintptr_t) * 8; bit++) {
        uintptr_t one = (uintptr_t)1 << bit;
        uintptr_t garbage[] = {one, one - 1, one + 1, ~one, ~(one - 1)};
        for (size_t i = 0; i < COUNT_OF(garbage); i++) {
            if (garbage[i] != 0 && garbage[i] != (uintptr_t)live) {
                CHECK(refused_by_all((wd_watchdog *)garbage[i]));
            }
        }
    }
    CHECK(refused_by_all((wd_watchdog *)~(uintptr_t)0));
    live_end(live);
}

static void a_handle_with_a_bit_flipped_is_refused(void)
{
    wd_watchdog *live = live_new();
    for (unsigned bit = 0; bit < sizeof(uintptr_t) * 8; bit++) {
        uintptr_t flipped = (uintptr_t)live ^ ((uintptr_t)1 << bit);
        if (flipped != 0) {
            CHECK(refused_by_all((wd_watchdog *)flipped));
        }
    }
    live_end(live);
}

static void a_handle_a_little_off_is_refused(void)
{
    wd_watchdog *live = live_new();
    for (uintptr_t by = 1; by <= 4096; by += by < 64 ? 1 : 61) {
        CHECK(refused_by_all((wd_watchdog *)((uintptr_t)live + by)));
        if ((uintptr_t)live != by) {
            CHECK(refused_by_all((wd_watchdog *)((uintptr_t)live - by)));
        }
    }
    live_end(live);
}

static void the_handle_is_checked_before_the_arguments(void)
{
    CHECK_STATUS(wd_set_times(NULL, 0, 0), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_set_name(NULL, "\xff"), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_name(NULL, NULL, 0), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_timeout_ms(NULL, NULL), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_interval_ms(NULL, NULL), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_since_feed_ms(NULL, NULL), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_is_running(NULL, NULL), WD_ERR_INVALID_HANDLE);
}

static int by_value(const void *a, const void *b)
{
    uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return x < y ? -1 : x > y;
}

static void a_value_is_never_issued_twice(void)
{
    enum { MANY = 100000 };
    uintptr_t *values = calloc(MANY, sizeof *values);
    int twice = 0, failed = 0;
    for (int i = 0; i < MANY; i++) {
        wd_watchdog *wd = wd_new(60000, 0);
        values[i] = (uintptr_t)wd;
        failed += wd == NULL || wd_free(wd) != WD_OK;
    }
    qsort(values, MANY, sizeof *values, by_value);
    for (int i = 1; i < MANY; i++) {
        twice += values[i] == values[i - 1];
    }
    CHECK_EQ(failed, 0);
    CHECK_EQ(twice, 0);
    free(values);
}

static void thousands_live_side_by_side(void)
{
    enum { MANY = 10000 };
    wd_watchdog **wds = calloc(MANY, sizeof *wds);
    int wrong = 0;
    for (int i = 0; i < MANY; i++) {
        wds[i] = wd_new((uint64_t)i + 1000, (uint64_t)i);
        wrong += wds[i] == NULL;
    }
    for (int i = 0; i < MANY; i++) {
        uint64_t timeout = 0;
        wrong += wd_timeout_ms(wds[i], &timeout) != WD_OK || timeout != (uint64_t)i + 1000;
    }
    for (int i = 0; i < MANY; i++) {
        wrong += wd_free(wds[i]) != WD_OK;
    }
    CHECK_EQ(wrong, 0);
    free(wds);
}

/* ---- handles in many threads ------------------------------------------ */

enum { THREADS = 8 };

static pthread_barrier_t barrier;
static wd_watchdog *shared;
static atomic_int freed_by;
static atomic_int refused_to;

static void *free_the_shared(void *unused)
{
    pthread_barrier_wait(&barrier);
    wd_status status = wd_free(shared);
    if (status == WD_OK) {
        atomic_fetch_add(&freed_by, 1);
    } else if (status == WD_ERR_INVALID_HANDLE) {
        atomic_fetch_add(&refused_to, 1);
    }
    return unused;
}

static void of_several_frees_one_succeeds(void)
{
    for (int round = 0; round < 50; round++) {
        pthread_t threads[THREADS];
        struct probe probe = {0};
        shared = started_with(1, 1, probe_run, &probe);
        atomic_store(&freed_by, 0);
        atomic_store(&refused_to, 0);
        pthread_barrier_init(&barrier, NULL, THREADS);
        for (int i = 0; i < THREADS; i++) {
            threads[i] = thread_start(free_the_shared, NULL);
        }
        for (int i = 0; i < THREADS; i++) {
            thread_join(threads[i]);
        }
        pthread_barrier_destroy(&barrier);
        CHECK_EQ(atomic_load(&freed_by), 1);
        CHECK_EQ(atomic_load(&refused_to), THREADS - 1);
    }
}

static wd_watchdog *_Atomic stale[64];
static wd_watchdog *_Atomic racing[64];
static atomic_int over;
static atomic_int wrongly_fed;
static atomic_int wrong_answers;

static void *feed_stale_handles(void *unused)
{
    for (unsigned i = 0; !atomic_load(&over); i++) {
        wd_watchdog *gone = atomic_load(&stale[i % COUNT_OF(stale)]);
        wd_watchdog *going = atomic_load(&racing[i % COUNT_OF(racing)]);
        if (gone != NULL && wd_feed(gone) != WD_ERR_INVALID_HANDLE) {
            atomic_fetch_add(&wrong_answers, 1);
        }
        if (going != NULL) {
            wd_status status = wd_feed(going);
            if (status != WD_OK && status != WD_ERR_INVALID_HANDLE) {
                atomic_fetch_add(&wrong_answers, 1);
            }
        }
    }
    return unused;
}

/* Frees watchdogs, and sees whether the one that takes the place is ever fed. */
static void *churn(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    while (!atomic_load(&over)) {
        unsigned place = next_random(&seed) % COUNT_OF(stale);
        wd_watchdog *wd = wd_new(600000, 0);
        atomic_store(&racing[place], wd);
        wd_free(wd);
        atomic_store(&stale[place], wd);
        wd_watchdog *unfed = wd_new(600000, 0);
        int64_t created = now_ns();
        sleep_ms(5);
        int64_t least = elapsed_ms(created);
        if (since_feed_ms(unfed) < least - 1) {
            atomic_fetch_add(&wrongly_fed, 1);
        }
        wd_free(unfed);
    }
    return NULL;
}

static void a_feed_of_a_freed_handle_feeds_no_other(void)
{
    pthread_t feeders[THREADS], churners[4];
    for (int i = 0; i < THREADS; i++) {
        feeders[i] = thread_start(feed_stale_handles, NULL);
    }
    for (int i = 0; i < 4; i++) {
        churners[i] = thread_start(churn, (void *)(uintptr_t)(i + 1));
    }
    sleep_ms(700);
    atomic_store(&over, 1);
    for (int i = 0; i < THREADS; i++) {
        thread_join(feeders[i]);
    }
    for (int i = 0; i < 4; i++) {
        thread_join(churners[i]);
    }
    CHECK_EQ(atomic_load(&wrong_answers), 0);
    CHECK_EQ(atomic_load(&wrongly_fed), 0);
}

/* ---- forged handles ---------------------------------------------------- */

static wd_watchdog *genuine[4];
static atomic_int taken_for_genuine;

/* Of the genuine ones, whose places nobody else takes, or of nothing at all. */
static wd_watchdog *forged(unsigned *seed)
{
    uintptr_t real = (uintptr_t)genuine[next_random(seed) % COUNT_OF(genuine)];
    uintptr_t random = (uintptr_t)((uint64_t)next_random(seed) << 33 ^ (uint64_t)next_random(seed) << 11 ^ next_random(seed));
    switch (next_random(seed) % 4) {
    case 0:
        return (wd_watchdog *)(real ^ (uintptr_t)1 << random % (sizeof real * 8));
    case 1:
        return (wd_watchdog *)(real + 1 + random % 64);
    case 2:
        return (wd_watchdog *)(random | 1);
    default:
        return (wd_watchdog *)((real & 0xffffffff) ^ (random & ~(uintptr_t)0xffffffff));
    }
}

static int is_genuine(wd_watchdog *wd)
{
    int found = 0;
    for (size_t i = 0; i < COUNT_OF(genuine); i++) {
        found |= wd == genuine[i];
    }
    return found;
}

static void *forge(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    while (!atomic_load(&over)) {
        wd_watchdog *wd = forged(&seed);
        if (wd == NULL || is_genuine(wd)) {
            continue;
        }
        for (size_t i = 0; i < COUNT_OF(calls); i++) {
            if (calls[i].call(wd) != WD_ERR_INVALID_HANDLE) {
                atomic_fetch_add(&taken_for_genuine, 1);
            }
        }
    }
    return NULL;
}

/* Comes and goes, and works as long as it lives. */
static void *live_and_die(void *unused)
{
    while (!atomic_load(&over)) {
        wd_watchdog *wds[16];
        for (size_t i = 0; i < COUNT_OF(wds); i++) {
            wds[i] = wd_new(600000, i);
            if (wd_start_thread(wds[i], 1) != WD_OK) {
                atomic_fetch_add(&wrong_answers, 1);
            }
        }
        for (size_t i = 0; i < COUNT_OF(wds); i++) {
            uint64_t interval = 0;
            int32_t running = 0;
            if (wd_feed(wds[i]) != WD_OK || wd_is_running(wds[i], &running) != WD_OK || !running ||
                wd_interval_ms(wds[i], &interval) != WD_OK || interval != i ||
                wd_free(wds[i]) != WD_OK) {
                atomic_fetch_add(&wrong_answers, 1);
            }
        }
    }
    return unused;
}

static void forged_handles_from_eight_threads_touch_nobody(void)
{
    pthread_t forgers[THREADS], others[4];
    struct probe probe = {0};
    atomic_store(&over, 0);
    atomic_store(&wrong_answers, 0);
    for (size_t i = 0; i < COUNT_OF(genuine); i++) {
        genuine[i] = live_new();
    }
    wd_watchdog *hung = started_with(20, 20, probe_run, &probe);
    for (int i = 0; i < THREADS; i++) {
        forgers[i] = thread_start(forge, (void *)(uintptr_t)(i + 1));
    }
    for (int i = 0; i < 4; i++) {
        others[i] = thread_start(live_and_die, NULL);
    }
    sleep_ms(700);
    int seen = probe_runs(&probe);
    WAIT_UNTIL(probe_runs(&probe) > seen, HANG_MS);
    atomic_store(&over, 1);
    for (int i = 0; i < THREADS; i++) {
        thread_join(forgers[i]);
    }
    for (int i = 0; i < 4; i++) {
        thread_join(others[i]);
    }
    CHECK_EQ(atomic_load(&taken_for_genuine), 0);
    CHECK_EQ(atomic_load(&wrong_answers), 0);
    for (size_t i = 0; i < COUNT_OF(genuine); i++) {
        live_end(genuine[i]);
    }
    CHECK_STATUS(wd_free(hung), WD_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(every_function_takes_a_live_handle),
        TEST(null_is_refused_by_all_but_free),
        TEST(a_freed_handle_is_refused),
        TEST(a_freed_handle_is_refused_when_its_place_is_taken_again),
        TEST(a_foreign_pointer_is_refused),
        TEST(garbage_is_refused),
        TEST(a_handle_with_a_bit_flipped_is_refused),
        TEST(a_handle_a_little_off_is_refused),
        TEST(the_handle_is_checked_before_the_arguments),
        TEST(a_value_is_never_issued_twice),
        TEST(thousands_live_side_by_side),
        TEST(of_several_frees_one_succeeds),
        TEST(a_feed_of_a_freed_handle_feeds_no_other),
        TEST(forged_handles_from_eight_threads_touch_nobody),
    };
    return RUN_TESTS(tests);
}
