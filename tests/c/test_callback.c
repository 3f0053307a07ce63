/* wd_set_callback: whole pairs, and no run of the old one after it returned. */
#include "probes.h"

/* ---- pairs ------------------------------------------------------------ */

static atomic_int mixed;
static atomic_int runs_a, runs_b;
static int data_a, data_b;

static void callback_a(void *data)
{
    atomic_fetch_add(&runs_a, 1);
    if (data != &data_a) {
        atomic_fetch_add(&mixed, 1);
    }
}

static void callback_b(void *data)
{
    atomic_fetch_add(&runs_b, 1);
    if (data != &data_b) {
        atomic_fetch_add(&mixed, 1);
    }
}

static atomic_int over;

static void *check_until_over(void *wd)
{
    while (!atomic_load(&over)) {
        wd_check(wd);
    }
    return NULL;
}

static void callback_and_data_are_replaced_together(void)
{
    wd_watchdog *wd = started_with(1, 1, callback_a, &data_a);
    pthread_t thread = thread_start(check_until_over, wd);
    int64_t began = now_ns();
    while (elapsed_ms(began) < 300 || atomic_load(&runs_a) == 0 || atomic_load(&runs_b) == 0) {
        CHECK_STATUS(wd_set_callback(wd, callback_b, &data_b), WD_OK);
        CHECK_STATUS(wd_set_callback(wd, callback_a, &data_a), WD_OK);
        if (elapsed_ms(began) > HANG_MS) {
            CHECK(atomic_load(&runs_a) > 0 && atomic_load(&runs_b) > 0);
            break;
        }
    }
    atomic_store(&over, 1);
    thread_join(thread);
    CHECK_EQ(atomic_load(&mixed), 0);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void null_data_is_handed_over_as_it_is(void)
{
    atomic_store(&mixed, 0);
    wd_watchdog *wd = new_with(1, 1, callback_a, NULL);
    sleep_ms(5);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_EQ(atomic_load(&mixed), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* ---- after it returned ------------------------------------------------ */

struct slow {
    atomic_int running;
    atomic_int runs;
};

static void slow_run(void *data)
{
    struct slow *slow = data;
    atomic_store(&slow->running, 1);
    atomic_fetch_add(&slow->runs, 1);
    sleep_ms(3);
    atomic_store(&slow->running, 0);
}

static void the_old_callback_is_over_when_set_callback_returns(void)
{
    struct slow slows[30] = {{0, 0}};
    int seen[30];
    wd_watchdog *wd = started_with(1, 1, slow_run, &slows[0]);
    for (int i = 0; i < 30; i++) {
        WAIT_UNTIL(atomic_load(&slows[i].runs) > 0, HANG_MS);
        CHECK_STATUS(wd_set_callback(wd, slow_run, &slows[(i + 1) % 30]), WD_OK);
        CHECK_EQ(atomic_load(&slows[i].running), 0);
        seen[i] = atomic_load(&slows[i].runs);
    }
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    for (int i = 1; i < 30; i++) {
        CHECK_EQ(atomic_load(&slows[i].runs), seen[i]);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
}

struct setter {
    wd_watchdog *wd;
    atomic_int returned;
};

static void *clear_callback(void *data)
{
    struct setter *setter = data;
    CHECK_STATUS(wd_set_callback(setter->wd, NULL, NULL), WD_OK);
    atomic_store(&setter->returned, 1);
    return NULL;
}

static void set_callback_waits_for_a_run_of_the_old(void)
{
    static struct gate gate;
    struct setter setter = {started_with(10, 0, gate_run, &gate), 0};
    gate_await(&gate);
    pthread_t thread = thread_start(clear_callback, &setter);
    sleep_ms(50);
    CHECK_EQ(atomic_load(&setter.returned), 0);
    atomic_store(&gate.open, 1);
    thread_join(thread);
    CHECK_EQ(atomic_load(&gate.left), 1);
    CHECK_STATUS(wd_free(setter.wd), WD_OK);
}

static void *check_once(void *wd)
{
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    return NULL;
}

static void set_callback_waits_for_a_run_by_check(void)
{
    static struct gate gate;
    struct setter setter = {new_with(10, 0, gate_run, &gate), 0};
    sleep_ms(20);
    pthread_t checker = thread_start(check_once, setter.wd);
    gate_await(&gate);
    pthread_t thread = thread_start(clear_callback, &setter);
    sleep_ms(50);
    CHECK_EQ(atomic_load(&setter.returned), 0);
    atomic_store(&gate.open, 1);
    thread_join(thread);
    CHECK_EQ(atomic_load(&gate.left), 1);
    thread_join(checker);
    CHECK_STATUS(wd_free(setter.wd), WD_OK);
}

static void a_null_callback_runs_nothing(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(5, 5, probe_run, &probe);
    WAIT_UNTIL(probe_runs(&probe) > 0, HANG_MS);
    CHECK_STATUS(wd_set_callback(wd, NULL, &probe), WD_OK);
    int seen = probe_runs(&probe);
    library_pace(5, 5);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    CHECK_EQ(probe_runs(&probe), seen);
    CHECK_EQ(is_running(wd), 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void a_callback_set_late_runs(void)
{
    struct probe probe = {0};
    wd_watchdog *wd = started_with(5, 5, NULL, NULL);
    library_pace(5, 3);
    CHECK_STATUS(wd_set_callback(wd, probe_run, &probe), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) >= 2, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

/* ---- from inside ------------------------------------------------------ */

struct replacer {
    wd_watchdog *wd;
    struct probe own;
    struct probe next;
};

static void replace_itself(void *data)
{
    struct replacer *replacer = data;
    CHECK_STATUS(wd_set_callback(replacer->wd, probe_run, &replacer->next), WD_OK);
    CHECK_EQ(probe_runs(&replacer->next), 0);
    probe_run(&replacer->own);
}

static void a_callback_that_replaces_itself_runs_no_more(void)
{
    struct replacer replacer = {0};
    replacer.wd = new_with(5, 5, replace_itself, &replacer);
    CHECK_STATUS(wd_start_thread(replacer.wd, 1), WD_OK);
    WAIT_UNTIL(probe_runs(&replacer.next) >= 3, HANG_MS);
    CHECK_EQ(probe_runs(&replacer.own), 1);
    CHECK_STATUS(wd_free(replacer.wd), WD_OK);
}

static void a_checked_callback_that_replaces_itself_runs_no_more(void)
{
    struct replacer replacer = {0};
    replacer.wd = new_with(5, 0, replace_itself, &replacer);
    sleep_ms(10);
    CHECK_STATUS(wd_check(replacer.wd), WD_EXPIRED);
    CHECK_EQ(probe_runs(&replacer.own), 1);
    CHECK_EQ(probe_runs(&replacer.next), 0);
    CHECK_STATUS(wd_check(replacer.wd), WD_EXPIRED);
    CHECK_EQ(probe_runs(&replacer.own), 1);
    CHECK_EQ(probe_runs(&replacer.next), 1);
    CHECK_STATUS(wd_free(replacer.wd), WD_OK);
}

static void a_run_follows_the_callback_it_began_with(void)
{
    /* The callback set during a run is not let in before that run has ended. */
    static struct gate gate;
    struct probe next = {0};
    struct setter setter = {started_with(5, 5, gate_run, &gate), 0};
    gate_await(&gate);
    pthread_t thread = thread_start(clear_callback, &setter);
    sleep_ms(20);
    atomic_store(&gate.open, 1);
    thread_join(thread);
    CHECK_STATUS(wd_set_callback(setter.wd, probe_run, &next), WD_OK);
    WAIT_UNTIL(probe_runs(&next) > 0, HANG_MS);
    CHECK_EQ(atomic_load(&gate.inside), 0);
    CHECK_STATUS(wd_free(setter.wd), WD_OK);
}

/* Sets itself anew, as it is, and stays. */
struct renewer {
    struct gate gate;
    wd_watchdog *wd;
};

static void renew_and_stay(void *data)
{
    struct renewer *renewer = data;
    CHECK_STATUS(wd_set_callback(renewer->wd, renew_and_stay, renewer), WD_OK);
    gate_run(&renewer->gate);
}

static void a_callback_that_set_itself_anew_is_waited_for(void)
{
    struct renewer renewer;
    memset(&renewer, 0, sizeof renewer);
    renewer.wd = new_with(5, 0, renew_and_stay, &renewer);
    struct setter setter = {renewer.wd, 0};
    CHECK_STATUS(wd_start_thread(renewer.wd, 1), WD_OK);
    gate_await(&renewer.gate);
    pthread_t thread = thread_start(clear_callback, &setter);
    sleep_ms(50);
    CHECK_EQ(atomic_load(&setter.returned), 0);
    atomic_store(&renewer.gate.open, 1);
    thread_join(thread);
    CHECK_EQ(atomic_load(&renewer.gate.left), 1);
    CHECK_STATUS(wd_free(renewer.wd), WD_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(callback_and_data_are_replaced_together),
        TEST(null_data_is_handed_over_as_it_is),
        TEST(the_old_callback_is_over_when_set_callback_returns),
        TEST(set_callback_waits_for_a_run_of_the_old),
        TEST(set_callback_waits_for_a_run_by_check),
        TEST(a_null_callback_runs_nothing),
        TEST(a_callback_set_late_runs),
        TEST(a_callback_that_replaces_itself_runs_no_more),
        TEST(a_checked_callback_that_replaces_itself_runs_no_more),
        TEST(a_run_follows_the_callback_it_began_with),
        TEST(a_callback_that_set_itself_anew_is_waited_for),
    };
    return RUN_TESTS(tests);
}
