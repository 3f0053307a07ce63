/*
 * Shows that LeakSanitizer would tell: the library forgets user_data that it does not own,
 * and destroys what it owns. "forgotten" must be reported, "owned" must not.
 */
#include <stdlib.h>
#include <string.h>
#include <watchdog.h>

static void on_expiry(void *data)
{
    (void)data;
}

int main(int argc, char **argv)
{
    wd_watchdog *wd = wd_new(1000, 0);
    if (argc == 2 && strcmp(argv[1], "owned") == 0) {
        wd_set_callback_owned(wd, on_expiry, malloc(4711), free);
    } else {
        wd_set_callback(wd, on_expiry, malloc(4711));
    }
    wd_free(wd);
    return 0;
}
