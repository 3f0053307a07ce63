/*
 * Shows that ThreadSanitizer would tell: main reads what a callback writes, without and
 * with a call that waits for the callback. "racy" must be reported, "waits" must not.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <watchdog.h>

static volatile int runs;

static void on_expiry(void *data)
{
    (void)data;
    runs = runs + 1;
}

int main(int argc, char **argv)
{
    int waits = argc == 2 && strcmp(argv[1], "waits") == 0;
    /* Again where the machine was too busy to run it in this time. */
    for (int i = 0; i < 100 && runs == 0; i++) {
        wd_watchdog *wd = wd_new(1, 0);
        wd_set_callback(wd, on_expiry, NULL);
        wd_start_thread(wd, 1);
        usleep(50 * 1000);
        if (waits) {
            wd_free(wd);
        }
    }
    printf("%d\n", runs);
    return runs > 0 ? 0 : 1;
}
