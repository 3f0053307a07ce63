/* Feeding from signal handlers, and calls that signals interrupt. */
#include "probes.h"

static wd_watchdog *_Atomic current;
static wd_watchdog *_Atomic freed;
static atomic_int storms, wrong_answers;
static atomic_int fed_well;

static void feed_in_handler(int signal_number)
{
    (void)signal_number;
    int saved = errno;
    wd_watchdog *wd = atomic_load(&current), *gone = atomic_load(&freed);
    if (wd != NULL) {
        wd_status status = wd_feed(wd);
        if (status == WD_OK) {
            atomic_fetch_add(&fed_well, 1);
        } else if (status != WD_ERR_INVALID_HANDLE) {
            atomic_fetch_add(&wrong_answers, 1);
        }
    }
    if (gone != NULL && wd_feed(gone) != WD_ERR_INVALID_HANDLE) {
        atomic_fetch_add(&wrong_answers, 1);
    }
    if (wd_feed(NULL) != WD_ERR_INVALID_HANDLE) {
        atomic_fetch_add(&wrong_answers, 1);
    }
    if (errno != saved) {
        atomic_fetch_add(&wrong_answers, 1);
        errno = saved;
    }
    atomic_fetch_add(&storms, 1);
}

static timer_t timer;

/* Of the library's threads none takes SIGUSR2, so it comes to the tests' own. */
static void storm_begin(int flags)
{
    struct sigaction action;
    struct sigevent event;
    struct itimerspec every = {{0, 300000}, {0, 300000}};
    memset(&action, 0, sizeof action);
    memset(&event, 0, sizeof event);
    action.sa_handler = feed_in_handler;
    action.sa_flags = flags;
    sigaction(SIGUSR2, &action, NULL);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGUSR2;
    CHECK_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    CHECK_EQ(timer_settime(timer, 0, &every, NULL), 0);
    atomic_store(&storms, 0);
    atomic_store(&fed_well, 0);
}

static void storm_end(void)
{
    timer_delete(timer);
    /* One may be pending still; it must find a handler. */
    sleep_ms(2);
    atomic_store(&current, NULL);
    atomic_store(&freed, NULL);
    CHECK(atomic_load(&storms) > 0);
    CHECK_EQ(atomic_load(&wrong_answers), 0);
}

static void pass(void *unused)
{
    (void)unused;
}

static void a_handler_may_feed_whatever_it_interrupts(void)
{
    char name[16];
    uint64_t ms;
    storm_begin(SA_RESTART);
    int64_t began = now_ns();
    while (elapsed_ms(began) < 700) {
        wd_watchdog *wd = wd_new(1, 1);
        CHECK(wd != NULL);
        atomic_store(&current, wd);
        CHECK_STATUS(wd_set_callback_owned(wd, pass, NULL, pass), WD_OK);
        CHECK_STATUS(wd_set_name(wd, "stormy"), WD_OK);
        CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
        CHECK_STATUS(wd_pause(wd), WD_OK);
        CHECK_STATUS(wd_set_times(wd, 2, 1), WD_OK);
        CHECK_STATUS(wd_resume(wd), WD_OK);
        CHECK_STATUS(wd_name(wd, name, sizeof name), WD_OK);
        CHECK_STATUS(wd_since_feed_ms(wd, &ms), WD_OK);
        CHECK(wd_check(wd) >= 0);
        CHECK(wd_start(wd) >= 0);
        CHECK_STATUS(wd_feed(wd), WD_OK);
        CHECK_STATUS(wd_stop(wd, -1), WD_OK);
        CHECK_STATUS(wd_join(wd, -1), WD_OK);
        CHECK_STATUS(wd_free(wd), WD_OK);
        atomic_store(&freed, wd);
    }
    storm_end();
}

static void a_handler_that_feeds_leaves_the_last_error(void)
{
    char said[256];
    CHECK(wd_new(0, 1) == NULL);
    snprintf(said, sizeof said, "%s", wd_last_error());
    storm_begin(SA_RESTART);
    sleep_ms(20);
    CHECK_TEXT(wd_last_error(), said);
    storm_end();
}

static void a_feed_in_a_handler_is_a_feed(void)
{
    wd_watchdog *wd = wd_new(600000, 0);
    sleep_ms(50);
    int64_t before = now_ns();
    atomic_store(&current, wd);
    storm_begin(SA_RESTART);
    WAIT_UNTIL(atomic_load(&fed_well) > 0, HANG_MS);
    storm_end();
    CHECK(since_feed_ms(wd) <= elapsed_ms(before) + 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void signals_do_not_shorten_the_sleep_of_start(void)
{
    wd_watchdog *wd = wd_new(60000, 60);
    storm_begin(0);
    int64_t before = now_ns();
    CHECK_STATUS(wd_start(wd), WD_HEALTHY);
    CHECK(now_ns() >= before + 60 * MS_IN_NS);
    storm_end();
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void signals_do_not_shorten_a_limit(void)
{
    static struct gate gate;
    wd_watchdog *wd = started_with(5, 0, gate_run, &gate);
    gate_await(&gate);
    storm_begin(0);
    int64_t before = now_ns();
    CHECK_STATUS(wd_join(wd, 50), WD_ERR_TIMED_OUT);
    CHECK(now_ns() >= before + 50 * MS_IN_NS);
    before = now_ns();
    CHECK_STATUS(wd_stop(wd, 50), WD_ERR_TIMED_OUT);
    CHECK(now_ns() >= before + 50 * MS_IN_NS);
    before = now_ns();
    CHECK_STATUS(wd_shutdown(50), WD_ERR_TIMED_OUT);
    CHECK(now_ns() >= before + 50 * MS_IN_NS);
    storm_end();
    atomic_store(&gate.open, 1);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static void open_gate(void *data)
{
    struct gate *gate = data;
    atomic_store(&gate->open, 1);
}

static void signals_do_not_end_a_wait_without_limit(void)
{
    static struct gate gate;
    wd_watchdog *wd = started_with(5, 0, gate_run, &gate);
    gate_await(&gate);
    storm_begin(0);
    wd_watchdog *opener = started_with(40, 0, open_gate, &gate);
    CHECK_STATUS(wd_stop(wd, -1), WD_OK);
    CHECK_EQ(atomic_load(&gate.left), 1);
    storm_end();
    CHECK_STATUS(wd_free(opener), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

static atomic_int taken_elsewhere;
static pthread_t main_thread;

static void note_the_thread(int signal_number)
{
    (void)signal_number;
    if (!pthread_equal(pthread_self(), main_thread)) {
        atomic_fetch_add(&taken_elsewhere, 1);
    }
}

static void the_programs_signals_come_to_its_own_threads(void)
{
    static const int signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD,
                                  SIGTSTP, SIGTTIN, SIGTTOU, SIGURG,  SIGWINCH, SIGIO,  SIGPIPE};
    static struct gate gates[4];
    wd_watchdog *wds[4];
    sigset_t all, before;
    main_thread = pthread_self();
    for (int i = 0; i < 4; i++) {
        wds[i] = started_with(5, 0, gate_run, &gates[i]);
        gate_await(&gates[i]);
    }
    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        signal(signals[i], note_the_thread);
    }
    /* While this thread blocks them, a thread that takes them would be chosen. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        kill(getpid(), signals[i]);
    }
    sleep_ms(30);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    CHECK_EQ(atomic_load(&taken_elsewhere), 0);
    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        signal(signals[i], SIG_DFL);
    }
    for (int i = 0; i < 4; i++) {
        atomic_store(&gates[i].open, 1);
        CHECK_STATUS(wd_free(wds[i]), WD_OK);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_handler_may_feed_whatever_it_interrupts),
        TEST(a_handler_that_feeds_leaves_the_last_error),
        TEST(a_feed_in_a_handler_is_a_feed),
        TEST(signals_do_not_shorten_the_sleep_of_start),
        TEST(signals_do_not_shorten_a_limit),
        TEST(signals_do_not_end_a_wait_without_limit),
        TEST(the_programs_signals_come_to_its_own_threads),
    };
    return RUN_TESTS(tests);
}
