/* How busy the processors are and how full the memory is. */
#ifndef EXAMPLES_FIGURES_H
#define EXAMPLES_FIGURES_H

#include "../common.h"

struct cpu_times {
    uint64_t busy, all; /* since the machine was started, of all processors, in any unit */
};

#ifdef _WIN32
#include "windows/figures.h"
#else
#include "unix/figures.h"
#endif

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
    uint64_t total = 0, available = 0;
    if (!read_memory(&total, &available) || total == 0 || available > total) {
        return false;
    }
    *percent = 100.0 * (double)(total - available) / (double)total;
    return true;
}

#endif
