/* How busy the processors are and how full the memory is: Windows. */
#ifndef EXAMPLES_WINDOWS_FIGURES_H
#define EXAMPLES_WINDOWS_FIGURES_H

static inline uint64_t ticks_of(FILETIME time)
{
    return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static inline bool read_cpu_times(struct cpu_times *times)
{
    FILETIME idle, kernel, user; /* the kernel's time contains that in which it was idle */
    if (!GetSystemTimes(&idle, &kernel, &user)) {
        return false;
    }
    times->all = ticks_of(kernel) + ticks_of(user);
    times->busy = times->all > ticks_of(idle) ? times->all - ticks_of(idle) : 0;
    return true;
}

static inline bool read_memory(uint64_t *total, uint64_t *available)
{
    MEMORYSTATUSEX memory;
    memory.dwLength = sizeof memory;
    if (!GlobalMemoryStatusEx(&memory)) {
        return false;
    }
    *total = memory.ullTotalPhys;
    *available = memory.ullAvailPhys;
    return true;
}

#endif
