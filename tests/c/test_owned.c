/* wd_set_callback_owned: the destructor runs exactly once, and never too soon. */
#include "probes.h"

#define CANARY 0x5afe

/* Data that the library owns. It lives on the heap only as long as it should,
 * so that a memory checker sees a use after the destructor; what is left to
 * look at stands in the test's own record. */
struct record {
    atomic_int runs;
    atomic_int inside;
    atomic_int destroyed;
    atomic_int destroyed_during_a_run;
    wd_watchdog *wd;
    wd_watchdog *other;
    wd_status (*in_run)(struct record *);
    void (*in_destructor)(struct record *);
};

struct owned {
    int canary;
    struct record *record;
};

static struct owned *owned_new(struct record *record)
{
    struct owned *owned = malloc(sizeof *owned);
    owned->canary = CANARY;
    owned->record = record;
    return owned;
}

static void owned_run(void *data)
{
    struct owned *owned = data;
    struct record *record = owned->record;
    atomic_store(&record->inside, 1);
    atomic_fetch_add(&record->runs, 1);
    if (record->in_run != NULL) {
        CHECK_STATUS(record->in_run(record), WD_OK);
    }
    sleep_ms(1);
    CHECK_EQ(owned->canary, CANARY);
    atomic_store(&record->inside, 0);
}

static void owned_destroy(void *data)
{
    struct owned *owned = data;
    struct record *record = owned->record;
    CHECK_EQ(owned->canary, CANARY);
    if (atomic_load(&record->inside)) {
        atomic_fetch_add(&record->destroyed_during_a_run, 1);
    }
    free(owned);
    if (record->in_destructor != NULL) {
        record->in_destructor(record);
    }
    atomic_fetch_add(&record->destroyed, 1);
}

static wd_status set_owned(wd_watchdog *wd, struct record *record)
{
    return wd_set_callback_owned(wd, owned_run, owned_new(record), owned_destroy);
}

static void ran_once(struct record *record)
{
    WAIT_UNTIL(atomic_load(&record->destroyed) > 0, HANG_MS);
    CHECK_EQ(atomic_load(&record->destroyed), 1);
    CHECK_EQ(atomic_load(&record->destroyed_during_a_run), 0);
}

static void free_destroys_before_it_returns(void)
{
    struct record record = {0};
    wd_watchdog *wd = wd_new(5, 5);
    CHECK_STATUS(set_owned(wd, &record), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    WAIT_UNTIL(atomic_load(&record.runs) >= 2, HANG_MS);
    CHECK_EQ(atomic_load(&record.destroyed), 0);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_EQ(atomic_load(&record.destroyed), 1);
    ran_once(&record);
}

static void free_destroys_what_never_ran(void)
{
    struct record record = {0};
    wd_watchdog *wd = wd_new(60000, 5);
    CHECK_STATUS(set_owned(wd, &record), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_EQ(atomic_load(&record.destroyed), 1);
}

static void stop_destroys_nothing(void)
{
    struct record record = {0};
    wd_watchdog *wd = wd_new(5, 5);
    CHECK_STATUS(set_owned(wd, &record), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_STATUS(wd_shutdown(-1), WD_OK);
    CHECK_EQ(atomic_load(&record.destroyed), 0);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    int runs = atomic_load(&record.runs);
    WAIT_UNTIL(atomic_load(&record.runs) > runs, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
    ran_once(&record);
}

static void replaced_data_is_destroyed_and_the_new_is_not(void)
{
    struct record records[20];
    memset(records, 0, sizeof records);
    wd_watchdog *wd = wd_new(1, 1);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        CHECK_STATUS(set_owned(wd, &records[i]), WD_OK);
        if (i > 0) {
            ran_once(&records[i - 1]);
        }
        CHECK_EQ(atomic_load(&records[i].destroyed), 0);
        if (i % 2 == 0) {
            WAIT_UNTIL(atomic_load(&records[i].runs) > 0, HANG_MS);
        }
    }
    CHECK_STATUS(wd_set_callback(wd, NULL, NULL), WD_OK);
    ran_once(&records[COUNT_OF(records) - 1]);
    CHECK_STATUS(wd_free(wd), WD_OK);
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        ran_once(&records[i]);
    }
}

static void a_null_callback_destroys_at_once(void)
{
    struct record first = {0}, second = {0};
    wd_watchdog *wd = wd_new(60000, 5);
    CHECK_STATUS(set_owned(wd, &first), WD_OK);
    CHECK_STATUS(wd_set_callback_owned(wd, NULL, owned_new(&second), owned_destroy), WD_OK);
    CHECK_EQ(atomic_load(&second.destroyed), 1);
    ran_once(&first);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_EQ(atomic_load(&second.destroyed), 1);
}

static void an_invalid_handle_destroys_at_once(void)
{
    struct record record = {0}, null = {0};
    wd_watchdog *wd = wd_new(60000, 5);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(set_owned(wd, &record), WD_ERR_INVALID_HANDLE);
    CHECK_EQ(atomic_load(&record.destroyed), 1);
    CHECK_STATUS(set_owned(NULL, &null), WD_ERR_INVALID_HANDLE);
    CHECK_EQ(atomic_load(&null.destroyed), 1);
}

static void a_null_destructor_is_none(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = wd_new(5, 5);
    CHECK_STATUS(wd_set_callback_owned(wd, probe_run, &probe, NULL), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    CHECK_STATUS(wd_set_callback_owned(wd, NULL, &probe, NULL), WD_OK);
    CHECK_STATUS(wd_set_callback_owned(NULL, probe_run, &probe, NULL), WD_ERR_INVALID_HANDLE);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static atomic_int null_destroyed;

static void destroy_null(void *data)
{
    CHECK(data == NULL);
    atomic_fetch_add(&null_destroyed, 1);
}

static void null_data_is_destroyed_like_any_other(void)
{
    wd_watchdog *wd = wd_new(60000, 5);
    CHECK_STATUS(wd_set_callback_owned(wd, probe_run, NULL, destroy_null), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_EQ(atomic_load(&null_destroyed), 1);
}

/* ---- from inside the own callback ------------------------------------- */

static wd_status clear_own(struct record *record)
{
    wd_status status = wd_set_callback(record->wd, NULL, NULL);
    CHECK_EQ(atomic_load(&record->destroyed), 0);
    return status;
}

static wd_status free_own(struct record *record)
{
    wd_status status = wd_free(record->wd);
    CHECK_EQ(atomic_load(&record->destroyed), 0);
    return status;
}

static void replaced_inside_its_run_it_is_destroyed_after_it(void)
{
    struct record record = {.in_run = clear_own};
    record.wd = wd_new(5, 5);
    CHECK_STATUS(set_owned(record.wd, &record), WD_OK);
    CHECK_STATUS(wd_start_thread(record.wd, 1), WD_OK);
    ran_once(&record);
    CHECK_EQ(atomic_load(&record.runs), 1);
    CHECK_STATUS(wd_free(record.wd), WD_OK);
}

static void replaced_inside_a_check_it_is_destroyed_after_it(void)
{
    struct record record = {.in_run = clear_own};
    record.wd = wd_new(5, 5);
    CHECK_STATUS(set_owned(record.wd, &record), WD_OK);
    sleep_ms(10);
    CHECK_STATUS(wd_check(record.wd), WD_EXPIRED);
    ran_once(&record);
    CHECK_STATUS(wd_free(record.wd), WD_OK);
}

static void freed_inside_its_run_it_is_destroyed_after_it(void)
{
    for (int i = 0; i < 20; i++) {
        struct record record = {.in_run = free_own};
        record.wd = wd_new(2, 1);
        CHECK_STATUS(set_owned(record.wd, &record), WD_OK);
        CHECK_STATUS(wd_start_thread(record.wd, 1), WD_OK);
        ran_once(&record);
        CHECK_EQ(atomic_load(&record.runs), 1);
        CHECK_STATUS(wd_free(record.wd), WD_ERR_INVALID_HANDLE);
    }
}

static void freed_inside_a_check_it_is_destroyed_after_it(void)
{
    struct record record = {.in_run = free_own};
    record.wd = wd_new(5, 5);
    CHECK_STATUS(set_owned(record.wd, &record), WD_OK);
    sleep_ms(10);
    wd_status status = wd_check(record.wd);
    CHECK(status == WD_EXPIRED || status == WD_ERR_INVALID_HANDLE);
    ran_once(&record);
}

/* ---- destructors that call the library -------------------------------- */

static void use_the_library(struct record *record)
{
    uint64_t ms;
    wd_watchdog *wd = wd_new(60000, 0);
    CHECK(wd != NULL);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_feed(wd), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_check(record->other), WD_HEALTHY);
    CHECK_STATUS(wd_since_feed_ms(record->other, &ms), WD_OK);
    CHECK_STATUS(wd_free(record->other), WD_OK);
    /* Its own watchdog may be there or gone; the call must return. */
    wd_feed(record->wd);
    wd_set_name(record->wd, "in the destructor");
    wd_set_callback(record->wd, NULL, NULL);
    wd_stop(record->wd, -1);
}

static struct record *library_user(void)
{
    static struct record records[3];
    static size_t next;
    struct record *record = &records[next++ % COUNT_OF(records)];
    memset(record, 0, sizeof *record);
    record->in_destructor = use_the_library;
    record->other = wd_new(60000, 0);
    record->wd = wd_new(5, 5);
    CHECK_STATUS(set_owned(record->wd, record), WD_OK);
    return record;
}

static void a_destructor_in_free_may_call_the_library(void)
{
    struct record *record = library_user();
    CHECK_STATUS(wd_free(record->wd), WD_OK);
    ran_once(record);
}

static void a_destructor_in_set_callback_may_call_the_library(void)
{
    struct record *record = library_user();
    CHECK_STATUS(wd_set_callback(record->wd, NULL, NULL), WD_OK);
    ran_once(record);
    CHECK_STATUS(wd_free(record->wd), WD_OK);
}

static void a_destructor_after_a_run_may_call_the_library(void)
{
    struct record *record = library_user();
    record->in_run = clear_own;
    CHECK_STATUS(wd_start_thread(record->wd, 1), WD_OK);
    ran_once(record);
    CHECK_STATUS(wd_free(record->wd), WD_OK);
}

/* ---- many at once ----------------------------------------------------- */

static struct record crowd[200];
static wd_watchdog *crowded;

static void *set_many(void *argument)
{
    size_t first = (uintptr_t)argument;
    for (size_t i = first; i < first + 50; i++) {
        CHECK_STATUS(set_owned(crowded, &crowd[i]), WD_OK);
    }
    return NULL;
}

static void of_many_replaced_at_once_each_is_destroyed_once(void)
{
    pthread_t threads[4];
    crowded = wd_new(1, 1);
    CHECK_STATUS(wd_start_thread(crowded, 1), WD_OK);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        threads[i] = thread_start(set_many, (void *)(uintptr_t)(i * 50));
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        thread_join(threads[i]);
    }
    CHECK_STATUS(wd_free(crowded), WD_OK);
    for (size_t i = 0; i < COUNT_OF(crowd); i++) {
        ran_once(&crowd[i]);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(free_destroys_before_it_returns),
        TEST(free_destroys_what_never_ran),
        TEST(stop_destroys_nothing),
        TEST(replaced_data_is_destroyed_and_the_new_is_not),
        TEST(a_null_callback_destroys_at_once),
        TEST(an_invalid_handle_destroys_at_once),
        TEST(a_null_destructor_is_none),
        TEST(null_data_is_destroyed_like_any_other),
        TEST(replaced_inside_its_run_it_is_destroyed_after_it),
        TEST(replaced_inside_a_check_it_is_destroyed_after_it),
        TEST(freed_inside_its_run_it_is_destroyed_after_it),
        TEST(freed_inside_a_check_it_is_destroyed_after_it),
        TEST(a_destructor_in_free_may_call_the_library),
        TEST(a_destructor_in_set_callback_may_call_the_library),
        TEST(a_destructor_after_a_run_may_call_the_library),
        TEST(of_many_replaced_at_once_each_is_destroyed_once),
    };
    return RUN_TESTS(tests);
}
