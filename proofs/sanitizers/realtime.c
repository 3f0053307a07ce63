/*
 * What is promised to take no lock, ask no allocator and make no blocking call, in a
 * context in which RealtimeSanitizer ends the program at the first of these.
 *
 *   realtime feeds       every way in which a feed can end, and the other calls that may
 *                        be made in a signal handler
 *   realtime allocates   a control: the library allocates
 *   realtime waits       a control: the library waits, in a futex of its own
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <watchdog.h>

void __rtsan_ensure_initialized(void);
void __rtsan_realtime_enter(void);
void __rtsan_realtime_exit(void);

static atomic_int runs;

static void on_expiry(void *data)
{
    (void)data;
    atomic_fetch_add(&runs, 1);
}

/* From a thread's first call on: nothing is set up at first use. */
static void *feed(void *argument)
{
    wd_watchdog *live = argument, *garbage = (wd_watchdog *)(uintptr_t)0x1234567;
    uint64_t ms = 0;
    intptr_t wrong = 0;
    __rtsan_realtime_enter();
    for (int i = 0; i < 2000000; i++) {
        wrong += wd_feed(live) != WD_OK;
        if (i % 64 == 0) {
            wrong += wd_feed(NULL) != WD_ERR_INVALID_HANDLE;
            wrong += wd_feed(garbage) != WD_ERR_INVALID_HANDLE;
            wrong += wd_since_feed_ms(live, &ms) != WD_OK;
            wrong += wd_monitor_late_ms(&ms) != WD_OK;
            wrong += wd_status_name(WD_OK) == NULL || wd_version() == NULL || wd_clock_name() == NULL;
        }
    }
    __rtsan_realtime_exit();
    return (void *)wrong;
}

static int feeds(void)
{
    wd_watchdog *live = wd_new(1, 1), *freed = wd_new(1000, 0), *hungry = wd_new(1, 1);
    wd_free(freed);
    wd_set_callback(live, on_expiry, NULL);
    wd_set_callback(hungry, on_expiry, NULL);
    wd_start_thread(live, 1);
    wd_start_thread(hungry, 1);
    usleep(20 * 1000);
    __rtsan_realtime_enter();
    int wrong = wd_feed(live) != WD_OK || wd_feed(freed) != WD_ERR_INVALID_HANDLE;
    __rtsan_realtime_exit();
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, feed, live);
    }
    for (int i = 0; i < 2; i++) {
        void *counted;
        pthread_join(threads[i], &counted);
        wrong |= counted != NULL;
    }
    wrong |= atomic_load(&runs) == 0;
    return wrong | wd_free(live) | wd_free(hungry);
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    __rtsan_ensure_initialized();
    if (strcmp(what, "feeds") == 0) {
        return feeds();
    }
    wd_watchdog *wd = wd_new(1000, 0);
    wd_start_thread(wd, 1);
    __rtsan_realtime_enter();
    if (strcmp(what, "allocates") == 0) {
        wd_set_name(wd, "a name long enough to be copied to memory of its own");
    } else if (strcmp(what, "waits") == 0) {
        wd_join(wd, 1);
    }
    __rtsan_realtime_exit();
    return 3; /* not reached */
}
