/*
 * Processes: finding one in the process table, starting, watching and ending one,
 * running a command.
 */
#ifndef EXAMPLES_PROCESSES_H
#define EXAMPLES_PROCESSES_H

#include "../common.h"

#ifdef _WIN32
#include "windows/processes.h"
#else
#include "unix/processes.h"
#endif

/* Waits so long for its end. */
static inline bool process_wait(struct process *process, uint64_t limit_ms)
{
    int code = 0;
    int64_t end = now_ms() + (int64_t)limit_ms;
    while (!process_ended(process, &code)) {
        if (now_ms() >= end) {
            return false;
        }
        sleep_ms(5);
    }
    return true;
}

/* Ends a process, and what it has started itself: asks it to, and when it does not within
 * `patience_ms`, kills it. */
static inline void process_end(struct process *process, uint64_t patience_ms)
{
    if (process->pid == 0) {
        return;
    }
    bool ended = process_ask_to_end(process) && process_wait(process, patience_ms);
    if (!ended || process->ours) { /* the latter for what it has left behind */
        process_kill(process);
    }
    if (!ended) {
        process_wait(process, 5000);
    }
    process_forget(process);
}

enum { COMMAND_NOT_STARTED = -1, COMMAND_NOT_DONE = -2 };

/* Waits for the end of what has just been `started`, for so long at most, or until it is time
 * to leave. Returns its exit code, or one of the above. */
static inline int process_run(bool started, struct process *process, uint64_t limit_ms)
{
    int64_t end = now_ms() + (int64_t)limit_ms;
    int code = 0;
    if (!started) {
        return COMMAND_NOT_STARTED;
    }
    while (!process_ended(process, &code)) {
        if (now_ms() >= end || leaving()) {
            process_end(process, 0);
            return COMMAND_NOT_DONE;
        }
        sleep_ms(5);
    }
    process_forget(process);
    return code;
}

/* Runs a line of shell: of sh, on Windows of cmd.exe. */
static inline int run_command(const char *line, uint64_t limit_ms)
{
    struct process process;
    memset(&process, 0, sizeof process);
    return process_run(process_start_shell(line, &process) == 0, &process, limit_ms);
}

#endif
