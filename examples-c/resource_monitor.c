/* Watches processors and memory, each with a watchdog of its own. */
#include "common.h"
#include "support/figures.h"

static const char HELP[] =
    "Usage: resource_monitor [OPTION...]\n"
    "\n"
    "Looks at how busy the processors are and how full the memory is, and feeds a\n"
    "watchdog for each as long as it is under its threshold: a short peak is no alarm,\n"
    "one that lasts longer than the timeout is.\n"
    "\n"
    "  --cpu PERCENT          threshold of all processors together (80)\n"
    "  --cpu-timeout TIME     so long they may be over it (300s)\n"
    "  --memory PERCENT       threshold of the memory that programs cannot have (85)\n"
    "  --memory-timeout TIME  so long it may be over it (180s)\n"
    "  --every TIME           so often both are looked at and shown (5s)\n"
    "  --interval TIME        so often an alarm is repeated, 0: never (60s)\n"
    "\n"
    "Exit code: 130 Ctrl-C; 2 wrong arguments; 1 any failure.\n";

/* ---- a watchdog for one figure ------------------------------------------------ */

struct guard {
    const char *name;
    uint64_t threshold, timeout_ms;
    wd_watchdog *watchdog;
    atomic_bool alarmed;
};

/* Runs on a thread of the library; the two guards' also at the same time. */
static void on_overload(void *user_data)
{
    struct guard *guard = user_data;
    uint64_t unfed_ms;
    MUST(wd_since_feed_ms(guard->watchdog, &unfed_ms));
    say("ALARM: %s has not been under %" PRIu64 " %% for %" PRIu64 " ms", guard->name,
        guard->threshold, unfed_ms);
    atomic_store(&guard->alarmed, true);
}

static void guard_start(struct guard *guard, uint64_t interval_ms)
{
    guard->watchdog = must_new(guard->timeout_ms, interval_ms);
    MUST(wd_set_name(guard->watchdog, guard->name));
    MUST(wd_set_callback(guard->watchdog, on_overload, guard));
    MUST(wd_start_thread(guard->watchdog, 1));
}

static void guard_look(struct guard *guard, double percent)
{
    if (percent >= (double)guard->threshold) {
        return;
    }
    MUST(wd_feed(guard->watchdog));
    if (atomic_exchange(&guard->alarmed, false)) {
        say("RELIEF: %s is under %" PRIu64 " %% again", guard->name, guard->threshold);
    }
}

int main(int argc, char **argv)
{
    static struct guard cpu = {"CPU", 80, 300000, NULL, false};
    static struct guard memory = {"memory", 85, 180000, NULL, false};
    uint64_t every_ms = 5000, interval_ms = 60000;
    const struct argument arguments[] = {
        {"--cpu", NUMBER, &cpu.threshold, 1, 100},
        {"--cpu-timeout", TIME, &cpu.timeout_ms, 1, 0},
        {"--memory", NUMBER, &memory.threshold, 1, 100},
        {"--memory-timeout", TIME, &memory.timeout_ms, 1, 0},
        {"--every", TIME, &every_ms, 1, 0},
        {"--interval", TIME, &interval_ms, 0, 0},
    };
    struct cpu_times last = {0, 0};
    double cpu_now = 0, memory_now = 0;
    BEGIN(HELP, arguments);

    read_cpu_times(&last); /* from here on; before the first look nothing has passed */
    guard_start(&cpu, interval_ms);
    guard_start(&memory, interval_ms);
    while (!wait_ms((int64_t)every_ms)) {
        if (!cpu_percent(&last, &cpu_now) || !memory_percent(&memory_now)) {
            fputs("this system does not tell how busy and how full it is\n", stderr);
            leave(EXIT_ERROR);
            break;
        }
        say("CPU %5.1f %%, memory %5.1f %%", cpu_now, memory_now);
        guard_look(&cpu, cpu_now);
        guard_look(&memory, memory_now);
    }
    MUST(wd_free(cpu.watchdog));
    MUST(wd_free(memory.watchdog));
    return atomic_load(&exit_code);
}
