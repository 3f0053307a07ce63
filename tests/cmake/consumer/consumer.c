/* Uses enough of the library to know that it works: memory, clock, threads. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <watchdog.h>

static void on_expiry(void *expired)
{
    *(volatile int *)expired = 1;
}

int main(void)
{
    const struct timespec pause = {0, 100000000};
    volatile int expired = 0;
    wd_watchdog *watchdog = wd_new(20, 0);

    if (watchdog == NULL || wd_set_callback(watchdog, on_expiry, (void *)&expired) != WD_OK ||
        wd_check(watchdog) != WD_HEALTHY || wd_start_thread(watchdog, 1) != WD_OK) {
        printf("failed: %s\n", wd_last_error());
        return 1;
    }
    for (int i = 0; i < 100 && !expired; i++) {
        nanosleep(&pause, NULL);
    }
    if (wd_free(watchdog) != WD_OK || !expired) {
        printf("failed: %s\n", expired ? wd_last_error() : "not called back");
        return 1;
    }
    printf("consumer: watchdog %s works\n", wd_version());
    return 0;
}
