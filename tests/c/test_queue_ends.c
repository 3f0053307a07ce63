/* Queues of events at a fork, and at the end of the process. */
#include "child.h"
#include "probes.h"
#include "queues.h"

static struct taker *start_taker(wd_queue *queue, int64_t limit_ms)
{
    struct taker *taker = calloc(1, sizeof *taker);
    taker->queue = queue;
    taker->limit_ms = limit_ms;
    taker->thread = thread_start(take_until_an_error, taker);
    return taker;
}

static void end_taker(struct taker *taker)
{
    thread_join(taker->thread);
    free(taker);
}

static int in_the_child(wd_queue *queue, wd_watchdog *wd)
{
    wd_event event = an_event();
    atomic_store(&check_failures, 0);
    /* What was in it is in it here too. */
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_OK);
    CHECK_EQ(event.tag, 1);
    /* Nobody waits here: a wake is for the next wait. */
    CHECK_STATUS(wd_queue_wake(queue), WD_OK);
    CHECK_STATUS(wd_queue_take(queue, &event, -1), WD_EMPTY);
    CHECK_STATUS(wd_queue_take(queue, &event, 5), WD_EMPTY);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_STATUS(wd_queue_take(queue, &event, -1), WD_OK);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
    return atomic_load(&check_failures) != 0;
}

static void a_forked_child_has_the_queue_with_its_events(void)
{
    wd_queue *queue = new_queue(2), *waited = new_queue(1);
    wd_event event = an_event();
    wd_watchdog *wd = wd_new(1, 0);
    CHECK_STATUS(wd_set_queue(wd, queue, 1), WD_OK);
    sleep_ms(3);
    CHECK_STATUS(wd_check(wd), WD_EXPIRED);
    struct taker *taker = start_taker(waited, -1);
    sleep_ms(10); /* most likely it waits now; all is right if not */
    pid_t pid = fork();
    if (pid == 0) {
        guard_against_hanging("in a forked child");
        int failed = in_the_child(queue, wd);
        CHECK_STATUS(wd_queue_wake(waited), WD_OK);
        CHECK_STATUS(wd_queue_take(waited, &event, -1), WD_EMPTY);
        CHECK_STATUS(wd_queue_free(waited), WD_OK);
        _exit(failed != 0 || atomic_load(&check_failures) != 0);
    }
    CHECK_ENDED(process_end(pid, HANG_MS), 0);
    CHECK_STATUS(wd_queue_take(queue, &event, 0), WD_OK);
    CHECK_EQ(atomic_load(&taker->status), 0);
    CHECK_STATUS(wd_queue_free(waited), WD_OK);
    end_taker(taker);
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
}

static void forks_and_queues_do_not_wait_for_each_other(void)
{
    wd_queue *queue = new_queue(4);
    wd_watchdog *wd = wd_new(1, 1);
    CHECK_STATUS(wd_set_queue(wd, queue, 1), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    struct taker *taker = start_taker(queue, 1);
    for (int i = 0; i < 50; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            uint64_t lost;
            wd_event event = an_event();
            int bad = wd_queue_lost(queue, &lost) != WD_OK;
            bad |= wd_queue_take(queue, &event, 0) < 0;
            _exit(bad);
        }
        CHECK_ENDED(process_end(pid, HANG_MS), 0);
    }
    CHECK_STATUS(wd_free(wd), WD_OK);
    CHECK_STATUS(wd_queue_free(queue), WD_OK);
    end_taker(taker);
}

static int leave_with_takers(const char *argument)
{
    wd_queue *queue = new_queue(1);
    wd_watchdog *wd = wd_new(1, 1);
    CHECK_STATUS(wd_set_queue(wd, queue, 1), WD_OK);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    start_taker(queue, -1);
    sleep_ms(20);
    CHECK(*argument == '\0');
    return atomic_load(&check_failures) != 0 ? 1 : 7;
}

static void an_exit_waits_for_no_taker(void)
{
    CHECK_ENDED(child_run("leave_with_takers", ""), 7);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_forked_child_has_the_queue_with_its_events),
        TEST(forks_and_queues_do_not_wait_for_each_other),
        TEST(an_exit_waits_for_no_taker),
    };
    static const struct child_body children[] = {{"leave_with_takers", leave_with_takers}};
    return RUN_TESTS_AND_CHILDREN(tests, children);
}
