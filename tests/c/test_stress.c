/*
 * User data is freed the moment the library has let go of it, by each way there is, while
 * other threads do what they can to the same watchdogs and to handles that are none.
 * WD_TEST_ROUNDS is how often.
 */
#include "probes.h"

enum {
    MAKERS = 3,
    MEDDLERS = 2,
    EACH = 96, /* watchdogs of a maker */
    DEAD = 64,
    ALIVE = 0x600d,
    GONE = 0xdead,
};

struct data {
    int state;
    int runs;
    atomic_int inside, awaited;
};

struct dog {
    wd_watchdog *_Atomic wd;
    struct data *data; /* null: the library's */
};

static struct dog dogs[MAKERS][EACH];
static wd_watchdog *_Atomic dead[DEAD];
static atomic_long rounds_left, ran, met;
static atomic_int over, made, destroyed, wrong;

/* Others check and start some; the rest are silent after a stop. */
static int is_checked_by_others(int i)
{
    return i % 2;
}

/* ---- what callbacks get ----------------------------------------------- */

static void on_expiry(void *argument)
{
    struct data *data = argument;
    atomic_fetch_add(&data->inside, 1);
    if (data->state != ALIVE) {
        atomic_fetch_add(&wrong, 1);
    }
    data->runs++; /* one run at a time */
    /* For others to come between; whoever has awaited it needs a moment to see it. */
    sleep_until_ns(now_ns() + (atomic_load(&data->awaited) ? MS_IN_NS : 20000));
    if (data->state != ALIVE) {
        atomic_fetch_add(&wrong, 1);
    }
    atomic_fetch_sub(&data->inside, 1);
}

static struct data *data_new(void)
{
    struct data *data = calloc(1, sizeof *data);
    data->state = ALIVE;
    return data;
}

static void data_free(struct data *data)
{
    if (data->state != ALIVE || atomic_load(&data->inside) != 0) {
        atomic_fetch_add(&wrong, 1);
    }
    data->state = GONE;
    atomic_fetch_add(&ran, data->runs > 0);
    free(data);
}

static void destroy(void *data)
{
    data_free(data);
    atomic_fetch_add(&destroyed, 1);
}

/* ---- those who make and end ------------------------------------------- */

static void begin(struct dog *dog)
{
    dog->data = data_new();
    wd_watchdog *wd = new_with(1, 1, on_expiry, dog->data);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    atomic_store(&dog->wd, wd);
}

/* Its callback runs, or will not soon. */
static void await_run(struct data *data)
{
    int64_t began = now_ns();
    atomic_store(&data->awaited, 1);
    while (atomic_load(&data->inside) == 0 && elapsed_ms(began) < 100) {
        sleep_until_ns(now_ns() + 10000);
    }
}

/* The library lets go of what it had. */
static void let_go(struct dog *dog, int way, int may_stop)
{
    wd_watchdog *wd = atomic_load(&dog->wd);
    struct data *old = dog->data, *next = NULL;
    if (old != NULL && atomic_load(&old->inside) != 0) {
        atomic_fetch_add(&met, 1);
    }
    switch (way) {
    case 0:
        CHECK_STATUS(wd_free(wd), WD_OK);
        break;
    case 1:
        CHECK_STATUS(wd_set_callback(wd, NULL, NULL), WD_OK);
        break;
    case 2:
        atomic_fetch_add(&made, 1);
        CHECK_STATUS(wd_set_callback_owned(wd, on_expiry, data_new(), destroy), WD_OK);
        break;
    case 3:
        if (may_stop) {
            CHECK_STATUS(wd_stop(wd, -1), WD_OK);
            break;
        }
        /* fall through */
    default:
        next = data_new();
        CHECK_STATUS(wd_set_callback(wd, on_expiry, next), WD_OK);
    }
    if (old != NULL) {
        data_free(old);
    }
    dog->data = next;
    if (way == 0) {
        atomic_store(&dead[(uintptr_t)wd / 2 % DEAD], wd);
        begin(dog);
    } else if (way != 2 && next == NULL) {
        dog->data = data_new();
        CHECK_STATUS(wd_set_callback(wd, on_expiry, dog->data), WD_OK);
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    }
}

static void *make(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    struct dog *mine = dogs[seed % MAKERS];
    for (int i = 0; i < EACH; i++) {
        begin(&mine[i]);
    }
    for (int i = 0; atomic_fetch_sub(&rounds_left, 1) > 0; i = (i + 1) % EACH) {
        if (i == 0) {
            sleep_until_ns(now_ns() + MS_IN_NS); /* they expire about now */
        }
        if (i == 0 && mine[i].data != NULL) {
            await_run(mine[i].data); /* chance alone may never have it go during a run */
        }
        let_go(&mine[i], next_random(&seed) / 16 % 5, !is_checked_by_others(i));
    }
    for (int i = 0; i < EACH; i++) {
        CHECK_STATUS(wd_free(atomic_load(&mine[i].wd)), WD_OK);
        if (mine[i].data != NULL) {
            data_free(mine[i].data);
        }
    }
    return NULL;
}

/* ---- those who meddle ------------------------------------------------- */

/* What starts no run of the callback. */
static wd_status disturb(wd_watchdog *wd, int how)
{
    int32_t flag;
    switch (how) {
    case 0:
        return wd_feed(wd);
    case 1: {
        wd_status status = wd_pause(wd);
        return status == WD_OK ? wd_resume(wd) : status;
    }
    case 2:
        return wd_set_times(wd, 1, 1);
    case 3:
        return wd_set_name(wd, "a name that is copied");
    default:
        return wd_is_running(wd, &flag);
    }
}

static wd_status run_it(wd_watchdog *wd, int how)
{
    wd_status status;
    switch (how) {
    case 0:
        return wd_start_thread(wd, 1);
    case 1:
        status = wd_stop(wd, how);
        return status == WD_OK || status == WD_ERR_TIMED_OUT ? wd_start_thread(wd, 1) : status;
    case 2:
        status = wd_start(wd);
        return status == WD_EXPIRED ? WD_OK : status;
    default:
        status = wd_check(wd);
        return status == WD_EXPIRED ? WD_OK : status;
    }
}

static wd_status handle_it(wd_watchdog *wd, int how)
{
    switch (how) {
    case 0:
        return wd_free(wd);
    case 1:
        return wd_set_callback(wd, NULL, NULL);
    case 2:
        atomic_fetch_add(&made, 1);
        return wd_set_callback_owned(wd, on_expiry, data_new(), destroy);
    default:
        return wd_join(wd, 0);
    }
}

static void *meddle(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    while (!atomic_load(&over)) {
        unsigned random = next_random(&seed) / 16;
        int i = (int)(random % EACH), how = (int)(random / EACH % 5);
        wd_watchdog *wd = atomic_load(&dogs[random % MAKERS][i].wd);
        wd_status status =
            is_checked_by_others(i) && random % 8 < 3 ? run_it(wd, how) : disturb(wd, how);
        CHECK(status == WD_OK || status == WD_ERR_INVALID_HANDLE);
        /* No handle: one that was freed, or with the index of another slot. */
        wd_watchdog *none = random % 2 ? atomic_load(&dead[random / 2 % DEAD])
                                       : (wd_watchdog *)((uintptr_t)wd ^ (random % 65536 + 1) * 2);
        if (none != NULL && wd != NULL) {
            status = random % 3 == 0   ? disturb(none, how)
                     : random % 3 == 1 ? run_it(none, how)
                                       : handle_it(none, how);
            CHECK_STATUS(status, WD_ERR_INVALID_HANDLE);
        }
    }
    return NULL;
}

static void user_data_goes_when_the_call_returns(void)
{
    const char *wanted = getenv("WD_TEST_ROUNDS");
    long rounds = wanted != NULL ? atol(wanted) : getenv("WD_TEST_VALGRIND") != NULL ? 1000 : 100000;
    pthread_t makers[MAKERS], meddlers[MEDDLERS];
    atomic_store(&rounds_left, rounds);
    unsigned seed = (unsigned)now_ns() / MAKERS * MAKERS;
    for (unsigned i = 0; i < MAKERS; i++) {
        makers[i] = thread_start(make, (void *)(uintptr_t)(seed + i));
    }
    for (unsigned i = 0; i < MEDDLERS; i++) {
        meddlers[i] = thread_start(meddle, (void *)(uintptr_t)(seed + i));
    }
    for (size_t i = 0; i < MAKERS; i++) {
        thread_join(makers[i]);
    }
    atomic_store(&over, 1);
    for (size_t i = 0; i < MEDDLERS; i++) {
        thread_join(meddlers[i]);
    }
    CHECK_EQ(atomic_load(&wrong), 0);
    CHECK_EQ(atomic_load(&destroyed), atomic_load(&made));
    /* It was what it is to be: callbacks did run, also when their data was to go. */
    fprintf(stderr, "%ld rounds: %ld user data used, %ld in use when they were to go\n", rounds,
            atomic_load(&ran), atomic_load(&met));
    CHECK(atomic_load(&ran) > 0);
    CHECK(atomic_load(&met) > 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {TEST(user_data_goes_when_the_call_returns)};
    return RUN_TESTS(tests);
}
