/* Where the library's threads run, and when: not as the thread that happens to start them. */
#include "probes.h"

#ifndef __linux__
int main(void)
{
    puts("skip - scheduling: there is nothing to inherit\n0 passed, 0 failed, 1 skipped");
    return 77;
}
#else

#include <dirent.h>
#include <sched.h>

static cpu_set_t own;
static wd_watchdog *wd;
static struct probe probe;

/* How many threads of the library there are, and how many of them are scheduled as they should. */
static int count_threads(int *as_they_should)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *entry;
    *as_they_should = 0;
    while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
        char path[300], name[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file == NULL) {
            continue;
        }
        if (fgets(name, sizeof name, file) != NULL && strncmp(name, "watchdog", 8) == 0) {
            cpu_set_t set;
            pid_t thread = atoi(entry->d_name);
            count++;
            *as_they_should += sched_getaffinity(thread, sizeof set, &set) == 0 &&
                               CPU_EQUAL(&set, &own) && sched_getscheduler(thread) == SCHED_OTHER;
        }
        fclose(file);
    }
    if (tasks != NULL) {
        closedir(tasks);
    }
    return count;
}

static int only_processor(cpu_set_t *set)
{
    int processor = 0;
    while (!CPU_ISSET(processor, &own)) {
        processor++;
    }
    CPU_ZERO(set);
    CPU_SET(processor, set);
    return sched_setaffinity(0, sizeof *set, set);
}

static void *start_from_the_background(void *unused)
{
    cpu_set_t bound, after;
    struct sched_param none = {.sched_priority = 0};
    CHECK_EQ(only_processor(&bound), 0);
    CHECK_EQ(sched_setscheduler(0, SCHED_IDLE, &none), 0);
    CHECK_STATUS(wd_start_thread(wd, 1), WD_OK);
    CHECK_EQ(sched_getaffinity(0, sizeof after, &after), 0);
    CHECK(CPU_EQUAL(&bound, &after));
    CHECK_EQ(sched_getscheduler(0), SCHED_IDLE);
    return unused;
}

static void threads_do_not_take_after_who_starts_them(void)
{
    pthread_t starter;
    int good = 0;
    CHECK_EQ(sched_getaffinity(0, sizeof own, &own), 0);
    if (CPU_COUNT(&own) < 2) {
        skip("there is one processor only");
        return;
    }
    wd = new_with(20, 20, probe_run, &probe);
    CHECK_EQ(pthread_create(&starter, NULL, start_from_the_background, NULL), 0);
    CHECK_EQ(pthread_join(starter, NULL), 0);
    WAIT_UNTIL(probe_runs(&probe) > 1, HANG_MS);
    /* The monitor and a worker at least; each begins with its name. */
    WAIT_UNTIL(count_threads(&good) == good && good >= 2, HANG_MS);
    CHECK_STATUS(wd_free(wd), WD_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(threads_do_not_take_after_who_starts_them),
    };
    return RUN_TESTS(tests);
}

#endif
