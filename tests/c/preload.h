/*
 * Children between which and their C library stands a preload_*.c, by LD_PRELOAD.
 */
#ifndef WATCHDOG_TESTS_PRELOAD_H
#define WATCHDOG_TESTS_PRELOAD_H

#include "child.h"

#include <dlfcn.h>

/* What a child ends with whose preload was not loaded. */
enum { NOT_PRELOADED = 20 };

/* A function of the preload. */
static inline int preload_find(const char *name, void *function_pointer)
{
    void *symbol = dlsym(RTLD_DEFAULT, name);
    memcpy(function_pointer, &symbol, sizeof symbol);
    return symbol != NULL;
}

static inline struct child child_start_preloading(const char *preload, const char *child,
                                                  const char *argument)
{
    static char path[4096];
    static char *environment[512];
    const char *directory = getenv("WD_TEST_PRELOAD_DIR");
    size_t count = 0;
    snprintf(path, sizeof path, "LD_PRELOAD=%s/%s.so", directory, preload);
    if (access(path + strlen("LD_PRELOAD="), R_OK) != 0) {
        snprintf(path, sizeof path, "LD_PRELOAD=%s/lib%s.so", directory, preload);
    }
    environment[count++] = path;
    for (char **variable = environ; *variable != NULL && count < 510; variable++) {
        if (strncmp(*variable, "LD_PRELOAD=", 11) != 0) {
            environment[count++] = *variable;
        }
    }
    environment[count] = NULL;
    return child_start_in(child, argument, environment);
}

static inline struct outcome child_run_preloading(const char *preload, const char *child,
                                                  const char *argument)
{
    return child_end(child_start_preloading(preload, child, argument), HANG_MS * 2);
}

/* Skips the test where nothing can be preloaded; `child` is one that finds that out. */
static inline int cannot_preload(const char *preload, const char *child)
{
    if (SANITIZER_ALLOCATOR) {
        skip("the sanitizer brings its own allocator");
        return 1;
    }
    if (getenv("WD_TEST_PRELOAD_DIR") == NULL) {
        skip("WD_TEST_PRELOAD_DIR does not say where the preloads are");
        return 1;
    }
    if (child_run_preloading(preload, child, "").code == NOT_PRELOADED) {
        skip("the preload was not loaded");
        return 1;
    }
    return 0;
}

#endif
