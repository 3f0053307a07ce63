/*
 * What happens to a process from outside, played: a wall clock that is set, a machine that
 * sleeps, a counter that is not to be trusted, stops of which the library can notice only one
 * thing, an allocator that a stuck thread has locked.
 */
#include "preload.h"
#include "standstill.h"

static void (*world_set_wall_clock)(int64_t by_seconds);
static void (*world_slept)(int64_t seconds);
static void (*world_stick_allocator)(int stuck);
static void (*world_advance_clock)(int64_t by_ns);
static int64_t (*world_clock_readings)(void);

static int find_world(void)
{
    return preload_find("world_set_wall_clock", &world_set_wall_clock) &&
           preload_find("world_slept", &world_slept) &&
           preload_find("world_stick_allocator", &world_stick_allocator) &&
           preload_find("world_advance_clock", &world_advance_clock) &&
           preload_find("world_clock_readings", &world_clock_readings);
}

static int is_there(const char *unused)
{
    (void)unused;
    return find_world() ? QUIET : NOT_PRELOADED;
}

/* ---- the wall clock ------------------------------------------------------------- */

enum { HOUR = 3600, YEAR = 365 * 24 * HOUR };

static atomic_int over;

static void *set_the_clock_to_and_fro(void *unused)
{
    static const int64_t steps[] = {HOUR, -HOUR, 30 * (int64_t)YEAR, -20 * (int64_t)YEAR, 1, -1, 0};
    for (unsigned i = 0; !atomic_load(&over); i++) {
        world_set_wall_clock(steps[i % COUNT_OF(steps)]);
        sleep_ms(3);
    }
    return unused;
}

static int lives_with_a_changing_clock(const char *unused)
{
    enum { TIMEOUT = 800 };
    struct probe probe = {0}, found = {0};
    int starved = 0;
    (void)unused;
    if (!find_world()) {
        return NOT_PRELOADED;
    }
    pthread_t setter = thread_start(set_the_clock_to_and_fro, NULL);
    wd_watchdog *wd = started_with(TIMEOUT, 0, probe_run, &probe);
    int64_t began = now_ns(), last = began;
    while (elapsed_ms(began) < 3 * TIMEOUT) {
        sleep_ms(TIMEOUT / 16);
        int64_t before = now_ns();
        CHECK_STATUS(wd_feed(wd), WD_OK);
        starved |= (now_ns() - last) / MS_IN_NS > TIMEOUT * 3 / 4;
        last = before;
    }
    int alarms = probe_runs(&probe);
    /* Waits are as long as they are to be, and a hang is found. */
    int64_t before = now_ns();
    CHECK_STATUS(wd_join(wd, 50), WD_ERR_TIMED_OUT);
    CHECK(now_ns() >= before + 50 * MS_IN_NS);
    before = now_ns();
    wd_watchdog *hung = started_with(100, 50, probe_run, &found);
    WAIT_UNTIL(probe_runs(&found) >= 2, HANG_MS);
    CHECK(found.began_ns[0] > before + 100 * MS_IN_NS);
    CHECK(found.began_ns[1] > before + 150 * MS_IN_NS);
    CHECK_STATUS(wd_stop(hung, -1), WD_OK);
    before = now_ns();
    CHECK_STATUS(wd_start(hung), WD_EXPIRED);
    CHECK(now_ns() >= before + 50 * MS_IN_NS);
    atomic_store(&over, 1);
    thread_join(setter);
    CHECK_STATUS(wd_free(hung), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
    return starved ? STARVED : alarms != 0 ? FALSE_ALARM : QUIET;
}

/* The one thing for which the library reads the wall clock. */
static int writes_the_time_down(const char *record)
{
    if (!find_world()) {
        return NOT_PRELOADED;
    }
    world_set_wall_clock(50 * (int64_t)YEAR);
    wd_watchdog *wd = wd_new(10, 0);
    CHECK_STATUS(wd_set_record_file(record), WD_OK);
    CHECK_STATUS(wd_set_last_resort(wd, 0, 50, 9), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    sleep_ms(HANG_MS);
    return 1;
}

/* ---- a machine that sleeps ---------------------------------------------------------- */

/* The clock that counts the machine's sleep moves, and nobody feeds for a while. When it does
 * not move, that is a hang. */
static int sleeps_with_the_machine(const char *hours)
{
    enum { TIMEOUT = 400 };
    struct probe probe = {0};
    if (!find_world()) {
        return NOT_PRELOADED;
    }
    int64_t before = now_ns();
    wd_watchdog *wd = started_with(TIMEOUT, 0, probe_run, &probe);
    sleep_ms(TIMEOUT / 2);
    world_slept(atoi(hours) * (int64_t)HOUR);
    sleep_ms(TIMEOUT * 3 / 4);
    int alarms = probe_runs(&probe), starved = elapsed_ms(before) > TIMEOUT * 7 / 4;
    if (atoi(hours) == 0) {
        WAIT_UNTIL((alarms = probe_runs(&probe)) > 0, HANG_MS);
        starved = 0;
    }
    WAIT_UNTIL(probe_runs(&probe) == 1, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
    return alarms == 0 ? QUIET : starved ? STARVED : FALSE_ALARM;
}

/* ---- a counter that is not to be trusted ---------------------------------------------- */

/* Says which clock the library has chosen, after it has seen that feeds read no other. */
static int feeds_by(const char *unused)
{
    enum { FEEDS = 100000 };
    (void)unused;
    if (!find_world()) {
        return NOT_PRELOADED;
    }
    wd_watchdog *wd = wd_new(60000, 0);
    child_say(wd_clock_name());
    int64_t before = world_clock_readings();
    for (int i = 0; i < FEEDS; i++) {
        wd_feed(wd);
    }
    int64_t readings = world_clock_readings() - before;
    if (strcmp(wd_clock_name(), "counter") == 0) {
        CHECK(readings < FEEDS / 2);
    } else {
        CHECK(readings >= FEEDS);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    return QUIET;
}

/* By a clock that nobody advances. */
static void rest_ms(int64_t ms)
{
    struct timespec rest = {0, ms * MS_IN_NS};
    CHECK_EQ(nanosleep(&rest, NULL), 0);
}

/* As after a virtual machine's move to another processor. */
static int feeds_while_the_counter_jumps(const char *unused)
{
    (void)unused;
    if (!find_world()) {
        return NOT_PRELOADED;
    }
    wd_watchdog *wd = wd_new(60000, 0);
    for (int round = 1; round <= 20; round++) {
        int64_t began = now_ns();
        while (elapsed_ms(began) < 3) {
            CHECK_STATUS(wd_feed(wd), WD_OK); /* until the counter is trusted */
        }
        world_advance_clock(round * 100 * MS_IN_NS);
        rest_ms(1); /* longer than it is trusted without being compared */
        for (int i = 0; i < 2000; i++) {
            int64_t before = now_ns();
            CHECK_STATUS(wd_feed(wd), WD_OK);
            int64_t since = since_feed_ms(wd);
            CHECK(since <= elapsed_ms(before) + 1);
        }
        int64_t after = now_ns();
        rest_ms(20);
        int64_t least = elapsed_ms(after);
        CHECK(since_feed_ms(wd) >= least - 1);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    return QUIET;
}

/* ---- a stop, and one way to notice it ------------------------------------------------ */

enum { TIMEOUT = 200, SHORT = 350, LONG = 1200 };

/* Needs a moment after a stop before it feeds again: it was not hung, so it has that. */
static int is_slow_after_a_stop(const char *unused)
{
    struct probe probe = {0};
    int starved = 0;
    (void)unused;
    if (!find_world()) {
        return NOT_PRELOADED;
    }
    wd_watchdog *wd = started_with(TIMEOUT, 0, probe_run, &probe);
    child_say("fed");
    int64_t began = now_ns(), last = began, woke = began;
    do {
        last = now_ns();
        CHECK_STATUS(wd_feed(wd), WD_OK);
        sleep_ms(10);
        woke = now_ns();
        starved |= woke - last > TIMEOUT / 2 * MS_IN_NS && woke - last < SHORT * MS_IN_NS;
    } while (woke - last < SHORT * MS_IN_NS && elapsed_ms(began) < HANG_MS);
    sleep_ms(TIMEOUT / 2);
    int alarms = probe_runs(&probe);
    starved |= elapsed_ms(woke) > TIMEOUT * 3 / 4;
    if (woke - last < SHORT * MS_IN_NS) {
        return NOT_STOPPED;
    }
    CHECK_STATUS(wd_feed(wd), WD_OK);
    WAIT_UNTIL(probe_runs(&probe) == alarms + 1, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
    return starved ? STARVED : alarms != 0 ? FALSE_ALARM : QUIET;
}

/* ---- an allocator that is stuck -------------------------------------------------------- */

static int gates_entered(struct gate *gates, int count)
{
    int entered = 0;
    for (int i = 0; i < count; i++) {
        entered += atomic_load(&gates[i].entered);
    }
    return entered;
}

static int hangs_in_its_allocator(const char *stuck_callbacks)
{
    enum { MOST = 12 };
    static struct gate gates[MOST];
    static struct probe probe;
    wd_watchdog *stuck[MOST];
    int count = atoi(stuck_callbacks);
    if (!find_world()) {
        return NOT_PRELOADED;
    }
    for (int i = 0; i < count; i++) {
        stuck[i] = started_with(300, 0, gate_run, &gates[i]);
    }
    wd_watchdog *wd = started_with(400, 20, probe_run, &probe);
    world_stick_allocator(1);
    /* Ten workers are there in advance; no other can be started now. */
    WAIT_UNTIL(gates_entered(gates, count) >= (count < 10 ? count : 9), HANG_MS);
    int seen = probe_runs(&probe);
    sleep_ms(200);
    for (int i = 0; i < count / 2; i++) {
        atomic_store(&gates[i].open, 1);
    }
    WAIT_UNTIL(probe_runs(&probe) > seen + 2, HANG_MS);
    world_stick_allocator(0);
    for (int i = 0; i < count; i++) {
        atomic_store(&gates[i].open, 1);
        CHECK_STATUS(wd_free(stuck[i]), WD_OK);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    return QUIET;
}

static const struct child_body children[] = {
    {"is_there", is_there},
    {"lives_with_a_changing_clock", lives_with_a_changing_clock},
    {"writes_the_time_down", writes_the_time_down},
    {"sleeps_with_the_machine", sleeps_with_the_machine},
    {"feeds_by", feeds_by},
    {"feeds_while_the_counter_jumps", feeds_while_the_counter_jumps},
    {"is_slow_after_a_stop", is_slow_after_a_stop},
    {"hangs_in_its_allocator", hangs_in_its_allocator},
};

/* ---- tests -------------------------------------------------------------------------------- */

static int no_world(void)
{
    return cannot_preload("preload_world", "is_there");
}

/* Ends so, unless the machine starves it each time. */
static void ends_with(const char *child, const char *argument, int code)
{
    for (int attempt = 0; attempt < 6; attempt++) {
        struct outcome outcome = child_run_preloading("preload_world", child, argument);
        if (outcome.code != STARVED) {
            CHECK_ENDED(outcome, code);
            return;
        }
    }
    skip("the machine is too busy to feed in time");
}

static void a_wall_clock_set_to_and_fro_raises_no_alarm_and_hides_none(void)
{
    if (!no_world()) {
        ends_with("lives_with_a_changing_clock", "", QUIET);
    }
}

/* Without this the test above would say nothing. */
static void the_library_sees_the_wall_clock_that_was_set(void)
{
    char record[64], text[1024] = "";
    if (no_world()) {
        return;
    }
    snprintf(record, sizeof record, "/tmp/libwatchdog-clock-%d", (int)getpid());
    unlink(record);
    CHECK_ENDED(child_run_preloading("preload_world", "writes_the_time_down", record), 9);
    FILE *file = fopen(record, "r");
    if (CHECK(file != NULL)) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    unlink(record);
    const char *line = strstr(text, "\ntime=");
    if (CHECK(line != NULL)) {
        long long ahead = atoll(line + strlen("\ntime=")) - (long long)time(NULL);
        CHECK(ahead > 49 * (long long)YEAR && ahead < 51 * (long long)YEAR);
    }
}

static void a_machine_that_slept_raises_no_alarm(void)
{
    if (!no_world()) {
        ends_with("sleeps_with_the_machine", "8", QUIET);
        if (check_skip_reason[0] == '\0') {
            ends_with("sleeps_with_the_machine", "0", FALSE_ALARM); /* it did not, so one is right */
        }
    }
}

/* Whether a child feeds by the counter, where the kernel keeps its clock by `source`. */
static int chooses_counter(const char *source, const char *wish)
{
    CHECK_EQ(setenv("WORLD_CLOCK_SOURCE", source, 1), 0);
    CHECK_EQ(setenv("WATCHDOG_CLOCK", wish, 1), 0);
    struct outcome outcome = child_run_preloading("preload_world", "feeds_by", "");
    unsetenv("WATCHDOG_CLOCK");
    unsetenv("WORLD_CLOCK_SOURCE");
    CHECK_ENDED(outcome, QUIET);
    return strcmp(outcome.said, "counter") == 0;
}

static void the_counter_is_read_where_the_kernel_keeps_its_clock_by_it(void)
{
    if (no_world()) {
        return;
    }
    int counter = chooses_counter("hpet", "counter"); /* where the processor vouches for it at all */
    CHECK_EQ(chooses_counter("tsc", "counter"), counter);
    CHECK_EQ(chooses_counter("tsc", ""), counter);
    CHECK_EQ(chooses_counter("tsc", "monotonic"), 0);
    CHECK_EQ(chooses_counter("tsc-early", ""), 0);
    CHECK_EQ(chooses_counter("hpet", ""), 0);
    CHECK_EQ(chooses_counter("", ""), 0);
    if (!counter) {
        skip("the processor does not vouch for its counter");
    }
}

static void a_counter_that_jumps_is_not_believed(void)
{
    if (no_world()) {
        return;
    }
    CHECK_EQ(setenv("WATCHDOG_CLOCK", "counter", 1), 0);
    struct outcome outcome = child_run_preloading("preload_world", "feeds_while_the_counter_jumps", "");
    unsetenv("WATCHDOG_CLOCK");
    CHECK_ENDED(outcome, QUIET);
}

static int stopped_once(const char *blind, int64_t ms, int attempt)
{
    setenv("WORLD_BLIND", blind, 1);
    struct child child = child_start_preloading("preload_world", "is_slow_after_a_stop", "");
    unsetenv("WORLD_BLIND");
    child_await(child, "fed");
    sleep_ms(100 + attempt * 17);
    CHECK_EQ(kill(child.pid, SIGSTOP), 0);
    sleep_ms(ms);
    CHECK_EQ(kill(child.pid, SIGCONT), 0);
    struct outcome outcome = child_end(child, HANG_MS * 2);
    CHECK(outcome.code >= 0 && !outcome.hung);
    return outcome.code;
}

static void raises_no_alarm(const char *blind, int64_t ms)
{
    int quiet = 0;
    if (no_world()) {
        return;
    }
    for (int attempt = 0; attempt < 12 && quiet < 4; attempt++) {
        int code = stopped_once(blind, ms, attempt);
        quiet += code == QUIET;
        if (code != STARVED && !CHECK_EQ(code, QUIET)) {
            return;
        }
    }
    if (quiet == 0) {
        skip("the machine is too busy to feed in time");
    }
}

static void a_stop_shows_in_the_monitors_sleep_alone(void)
{
    raises_no_alarm("listener", SHORT);
}

static void a_stop_is_heard_by_the_listener_alone(void)
{
    raises_no_alarm("monitor", SHORT);
}

static void a_stop_shows_by_oversleeping_alone(void)
{
    raises_no_alarm("both", LONG);
}

/* Without this the three above would say nothing. */
static void a_short_stop_that_nothing_shows_is_taken_for_a_hang(void)
{
    if (no_world()) {
        return;
    }
    for (int attempt = 0; attempt < 12; attempt++) {
        if (stopped_once("both", SHORT, attempt) == FALSE_ALARM) {
            return;
        }
    }
    skip("the machine is too busy: each stop was a long one");
}

static void a_stuck_allocator_keeps_no_callback_from_running(void)
{
    if (!no_world()) {
        CHECK_ENDED(child_run_preloading("preload_world", "hangs_in_its_allocator", "0"), QUIET);
        CHECK_ENDED(child_run_preloading("preload_world", "hangs_in_its_allocator", "8"), QUIET);
    }
}

static void nor_when_no_further_worker_can_be_started(void)
{
    if (!no_world()) {
        CHECK_ENDED(child_run_preloading("preload_world", "hangs_in_its_allocator", "12"), QUIET);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_wall_clock_set_to_and_fro_raises_no_alarm_and_hides_none),
        TEST(the_library_sees_the_wall_clock_that_was_set),
        TEST(a_machine_that_slept_raises_no_alarm),
        TEST(the_counter_is_read_where_the_kernel_keeps_its_clock_by_it),
        TEST(a_counter_that_jumps_is_not_believed),
        TEST(a_stop_shows_in_the_monitors_sleep_alone),
        TEST(a_stop_is_heard_by_the_listener_alone),
        TEST(a_stop_shows_by_oversleeping_alone),
        TEST(a_short_stop_that_nothing_shows_is_taken_for_a_hang),
        TEST(a_stuck_allocator_keeps_no_callback_from_running),
        TEST(nor_when_no_further_worker_can_be_started),
    };
    return RUN_TESTS_AND_CHILDREN(tests, children);
}
