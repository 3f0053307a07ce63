/* How busy the processors are and how full the memory is: Linux. */
#ifndef EXAMPLES_FIGURES_H
#define EXAMPLES_FIGURES_H

#include "../common.h"

struct cpu_times {
    uint64_t busy, all; /* since the machine was started, in the kernel's ticks */
};

static inline bool read_cpu_times(struct cpu_times *times)
{
    enum { IDLE = 3, WAITING = 4, FIELDS = 8 };
    uint64_t fields[FIELDS];
    FILE *file = fopen("/proc/stat", "re");
    bool good = file != NULL && fscanf(file, "cpu") == 0;
    times->busy = times->all = 0;
    for (int i = 0; good && i < FIELDS; i++) {
        good = fscanf(file, "%" SCNu64, &fields[i]) == 1;
        times->all += good ? fields[i] : 0;
        times->busy += good && i != IDLE && i != WAITING ? fields[i] : 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return good;
}

/* The share of all processors' time that was used since the last call, from 0 to 100;
 * since the machine's start at the first. False when it cannot be told. */
static inline bool cpu_percent(struct cpu_times *last, double *percent)
{
    struct cpu_times now;
    if (!read_cpu_times(&now)) {
        return false;
    }
    if (now.all > last->all && now.busy >= last->busy) { /* else too soon: the figure stays */
        *percent = 100.0 * (double)(now.busy - last->busy) / (double)(now.all - last->all);
        *last = now;
    }
    return true;
}

/* The share of the memory that no program could have, from 0 to 100. */
static inline bool memory_percent(double *percent)
{
    char line[256];
    uint64_t total = 0, available = 0;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        sscanf(line, "MemTotal: %" SCNu64, &total);
        sscanf(line, "MemAvailable: %" SCNu64, &available);
    }
    if (file != NULL) {
        fclose(file);
    }
    if (total == 0 || available > total) {
        return false;
    }
    *percent = 100.0 * (double)(total - available) / (double)total;
    return true;
}

#endif
