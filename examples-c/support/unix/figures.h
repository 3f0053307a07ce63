/* How busy the processors are and how full the memory is: Linux. */
#ifndef EXAMPLES_UNIX_FIGURES_H
#define EXAMPLES_UNIX_FIGURES_H

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

static inline bool read_memory(uint64_t *total, uint64_t *available)
{
    char line[256];
    FILE *file = fopen("/proc/meminfo", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        sscanf(line, "MemTotal: %" SCNu64, total);
        sscanf(line, "MemAvailable: %" SCNu64, available);
    }
    if (file != NULL) {
        fclose(file);
    }
    return *total != 0;
}

#endif
