/*
 * Shows that LeakSanitizer would tell: the library forgets user_data that it does not own,
 * and destroys what it owns. "forgotten" must be reported, "owned" must not.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <watchdog.h>

static void on_expiry(void *data)
{
    (void)data;
}

static void *make_and_free(void *owned)
{
    wd_watchdog *wd = wd_new(1000, 0);
    if (owned != NULL) {
        wd_set_callback_owned(wd, on_expiry, malloc(4711), free);
    } else {
        wd_set_callback(wd, on_expiry, malloc(4711));
    }
    wd_free(wd);
    return NULL;
}

/* On a thread that ends: what calls leave behind on a stack and in registers counts as in use. */
int main(int argc, char **argv)
{
    pthread_t thread;
    void *owned = argc == 2 && strcmp(argv[1], "owned") == 0 ? argv[1] : NULL;
    return pthread_create(&thread, NULL, make_and_free, owned) || pthread_join(thread, NULL);
}
