/* Everything at random, from eight threads, on shared watchdogs. */
#include "probes.h"

enum { THREADS = 8, SHARED = 12, OPERATIONS = 22 };

static wd_watchdog *_Atomic shared[SHARED];
static atomic_int over;
static atomic_int made, destroyed, wrong;

struct owned {
    int alive;
    int *heap;
};

static void owned_run(void *data)
{
    struct owned *owned = data;
    if (owned->alive != 1 || *owned->heap != 4711) {
        atomic_fetch_add(&wrong, 1);
    }
    /* What a callback may call without waiting for anyone. */
    wd_watchdog *wd = atomic_load(&shared[(unsigned)now_ns() / 1000 % SHARED]);
    wd_feed(wd);
    wd_set_name(wd, "from a callback");
}

static void owned_destroy(void *data)
{
    struct owned *owned = data;
    if (owned->alive != 1) {
        atomic_fetch_add(&wrong, 1);
    }
    owned->alive = 2;
    free(owned->heap);
    free(owned);
    atomic_fetch_add(&destroyed, 1);
}

static struct owned *owned_new(void)
{
    struct owned *owned = malloc(sizeof *owned);
    owned->alive = 1;
    owned->heap = malloc(sizeof *owned->heap);
    *owned->heap = 4711;
    atomic_fetch_add(&made, 1);
    return owned;
}

static wd_status do_something(unsigned what, wd_watchdog *wd, unsigned random)
{
    char name[WD_NAME_MAX + 1];
    uint64_t ms;
    int32_t flag;
    switch (what) {
    case 0:
    case 1:
        return wd_feed(wd);
    case 2:
    case 3:
        return wd_check(wd);
    case 4:
        return wd_start(wd);
    case 5:
    case 6:
    case 7:
        return wd_start_thread(wd, 1);
    case 8:
        return wd_stop(wd, 0);
    case 9:
        return wd_stop(wd, 2);
    case 10:
        return wd_stop(wd, -1);
    case 11:
        return wd_join(wd, random % 3);
    case 12:
    case 13:
        return wd_set_callback_owned(wd, owned_run, owned_new(), owned_destroy);
    case 14:
        return wd_set_callback_owned(wd, NULL, owned_new(), owned_destroy);
    case 15:
        return wd_set_callback(wd, NULL, NULL);
    case 16:
        return wd_pause(wd);
    case 17:
        return wd_resume(wd);
    case 18:
        return wd_set_times(wd, 1 + random % 3, random % 3);
    case 19:
        return wd_set_name(wd, random % 2 ? "one name" : "another one, and longer");
    case 20:
        return wd_name(wd, name, sizeof name);
    default:
        wd_since_feed_ms(wd, &ms);
        wd_timeout_ms(wd, &ms);
        wd_interval_ms(wd, &ms);
        return wd_is_running(wd, &flag);
    }
}

static int allowed(unsigned what, wd_status status)
{
    if (status == WD_OK || status == WD_ERR_INVALID_HANDLE) {
        return 1;
    }
    switch (what) {
    case 2:
    case 3:
    case 4:
        return status == WD_EXPIRED;
    case 8:
    case 9:
    case 11:
        return status == WD_ERR_TIMED_OUT;
    case 17:
        return status == WD_ERR_INVALID_ARGUMENT;
    default:
        return 0;
    }
}

static void *do_anything(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    while (!atomic_load(&over)) {
        unsigned random = next_random(&seed), place = (random >> 4) % SHARED;
        unsigned kind = random % 40;
        if (kind < OPERATIONS) {
            wd_status status = do_something(kind, atomic_load(&shared[place]), random >> 12);
            if (!allowed(kind, status)) {
                fprintf(stderr, "operation %u: %s: %s\n", kind, wd_status_name(status),
                        wd_last_error());
                atomic_fetch_add(&wrong, 1);
            }
        } else if (kind < 30) {
            wd_watchdog *wd = wd_new(1 + random % 3, random % 3);
            wd_watchdog *none = NULL;
            if (wd == NULL) {
                atomic_fetch_add(&wrong, 1);
            } else if (!atomic_compare_exchange_strong(&shared[place], &none, wd)) {
                wd_free(wd);
            }
        } else if (kind < 32) {
            wd_free(atomic_exchange(&shared[place], NULL));
        } else if (kind == 32) {
            wd_free(atomic_load(&shared[place]));
        } else if (kind == 33 && random % 64 == 0) {
            wd_status status = wd_shutdown(random % 2 ? -1 : 1);
            if (status != WD_OK && status != WD_ERR_TIMED_OUT) {
                atomic_fetch_add(&wrong, 1);
            }
        } else {
            wd_feed(atomic_load(&shared[place]));
        }
    }
    return NULL;
}

static void anything_at_once_does_no_harm(void)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = thread_start(do_anything, (void *)(uintptr_t)((unsigned)now_ns() + i * 7919));
    }
    sleep_ms(1200);
    atomic_store(&over, 1);
    for (size_t i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
    }
    for (size_t i = 0; i < SHARED; i++) {
        wd_free(atomic_load(&shared[i]));
    }
    WAIT_UNTIL(atomic_load(&destroyed) == atomic_load(&made), HANG_MS);
    CHECK(atomic_load(&made) > 0);
    CHECK_EQ(atomic_load(&wrong), 0);
    /* And the library still works. */
    library_pace(2, 3);
}

/* ---- whoever frees is seen by whoever starts -------------------------- */

static pthread_barrier_t barrier;
static wd_watchdog *contested;

static void *start_it(void *unused)
{
    pthread_barrier_wait(&barrier);
    wd_status status = wd_start_thread(contested, 1);
    CHECK(status == WD_OK || status == WD_ERR_INVALID_HANDLE);
    return unused;
}

static void *stop_it(void *unused)
{
    pthread_barrier_wait(&barrier);
    wd_status status = wd_stop(contested, -1);
    CHECK(status == WD_OK || status == WD_ERR_INVALID_HANDLE);
    return unused;
}

static void *free_it(void *unused)
{
    pthread_barrier_wait(&barrier);
    CHECK_STATUS(wd_free(contested), WD_OK);
    return unused;
}

static void a_start_that_meets_a_free_leaves_nothing_running(void)
{
    for (int i = 0; i < 200; i++) {
        struct probe *probe = calloc(1, sizeof *probe);
        contested = new_with(1, 1, probe_run, probe);
        pthread_barrier_init(&barrier, NULL, 3);
        pthread_t starter = thread_start(start_it, NULL);
        pthread_t freer = thread_start(free_it, NULL);
        pthread_barrier_wait(&barrier);
        thread_join(freer);
        int seen = probe_runs(probe);
        thread_join(starter);
        sleep_ms(2);
        CHECK_EQ(probe_runs(probe), seen);
        pthread_barrier_destroy(&barrier);
        free(probe);
    }
}

static void a_start_that_meets_a_stop_is_one_or_the_other(void)
{
    struct probe probe = {0};
    contested = new_with(1, 1, probe_run, &probe);
    for (int i = 0; i < 200; i++) {
        pthread_barrier_init(&barrier, NULL, 2);
        pthread_t starter = thread_start(start_it, NULL);
        pthread_t stopper = thread_start(stop_it, NULL);
        thread_join(starter);
        thread_join(stopper);
        pthread_barrier_destroy(&barrier);
        int seen = probe_runs(&probe);
        if (is_running(contested)) {
            WAIT_UNTIL(probe_runs(&probe) > seen, HANG_MS);
        } else {
            sleep_ms(3);
            CHECK_EQ(probe_runs(&probe), seen);
        }
        CHECK_STATUS(wd_stop(contested, -1), WD_OK);
    }
    CHECK_STATUS(wd_free(contested), WD_OK);
}

static atomic_int stopped, freed;

static void *stop_and_free_it(void *unused)
{
    pthread_barrier_wait(&barrier);
    wd_status status = wd_stop(contested, -1);
    CHECK(status == WD_OK || status == WD_ERR_INVALID_HANDLE);
    atomic_fetch_add(&stopped, status == WD_OK);
    status = wd_free(contested);
    CHECK(status == WD_OK || status == WD_ERR_INVALID_HANDLE);
    atomic_fetch_add(&freed, status == WD_OK);
    return unused;
}

/* While its callback runs, or is about to. */
static void two_who_stop_and_free_at_once_do_it_once(void)
{
    for (int i = 0; i < 300; i++) {
        struct probe *probe = calloc(1, sizeof *probe);
        pthread_t threads[2];
        contested = started_with(1, 1, probe_run, probe);
        atomic_store(&stopped, 0);
        atomic_store(&freed, 0);
        sleep_until_ns(now_ns() + i % 30 * MS_IN_NS / 10);
        pthread_barrier_init(&barrier, NULL, 2);
        for (int j = 0; j < 2; j++) {
            threads[j] = thread_start(stop_and_free_it, NULL);
        }
        for (int j = 0; j < 2; j++) {
            thread_join(threads[j]);
        }
        pthread_barrier_destroy(&barrier);
        CHECK(atomic_load(&stopped) >= 1);
        CHECK_EQ(atomic_load(&freed), 1);
        CHECK_STATUS(wd_feed(contested), WD_ERR_INVALID_HANDLE);
        /* A memory checker sees a run that comes now. */
        free(probe);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(anything_at_once_does_no_harm),
        TEST(a_start_that_meets_a_free_leaves_nothing_running),
        TEST(a_start_that_meets_a_stop_is_one_or_the_other),
        TEST(two_who_stop_and_free_at_once_do_it_once),
    };
    return RUN_TESTS(tests);
}
