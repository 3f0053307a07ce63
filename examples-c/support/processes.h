/*
 * Processes: finding one in the process table, starting, watching and ending one,
 * running a command. Linux.
 */
#ifndef EXAMPLES_PROCESSES_H
#define EXAMPLES_PROCESSES_H

#include "../common.h"

#include <ctype.h>
#include <dirent.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>

extern char **environ;

struct process {
    pid_t pid;     /* 0: none */
    uint64_t born; /* in the kernel's ticks: another process with this pid has another birth */
    bool ours;     /* started by this program */
};

/* Reads the state and the birth of a process; false when there is none. */
static inline bool process_entry(pid_t pid, char *state, uint64_t *born)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    size_t size = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[size] = '\0';
    const char *at = strrchr(line, ')'); /* the name before it may contain anything */
    return at != NULL && sscanf(at + 1,
                                " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
                                " %*s %*s %*s %" SCNu64, state, born) == 2;
}

/* Whether the process is in the process table, and not just waiting to be buried. */
static inline bool process_exists(const struct process *process)
{
    char state;
    uint64_t born;
    return process->pid != 0 && process_entry(process->pid, &state, &born) &&
           born == process->born && state != 'Z' && state != 'X';
}

/* Whether a process has this name: its own, or that of the file of its command line. */
static inline bool process_has_name(const char *pid, const char *name)
{
    char path[300], text[256] = "";
    static const char *const files[] = {"comm", "cmdline"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "/proc/%s/%s", pid, files[i]);
        FILE *file = fopen(path, "re");
        if (file == NULL) {
            return false;
        }
        text[fread(text, 1, sizeof text - 1, file)] = '\0'; /* of cmdline the first word */
        fclose(file);
        text[strcspn(text, "\n")] = '\0';
        const char *slash = strrchr(text, '/');
        if (strcmp(text, name) == 0 || (slash != NULL && strcmp(slash + 1, name) == 0)) {
            return true;
        }
    }
    return false;
}

/* Finds a process by name, not this one. */
static inline bool process_find(const char *name, struct process *found)
{
    DIR *table = opendir("/proc");
    struct dirent *entry;
    bool done = false;
    while (table != NULL && !done && (entry = readdir(table)) != NULL) {
        char state;
        struct process process = {(pid_t)atol(entry->d_name), 0, false};
        done = isdigit((unsigned char)entry->d_name[0]) && process.pid != getpid() &&
               process_has_name(entry->d_name, name) &&
               process_entry(process.pid, &state, &process.born) && state != 'Z';
        if (done) {
            *found = process;
        }
    }
    if (table != NULL) {
        closedir(table);
    }
    return done;
}

/* Starts a program: in a process group of its own, so that Ctrl-C is for this program
 * alone, without input, and, when quiet, without output. Returns 0 or an error number. */
static inline int process_start(char *const *command, bool quiet, struct process *started)
{
    char state;
    pid_t pid = 0;
    sigset_t none, all;
    posix_spawnattr_t how;
    posix_spawn_file_actions_t files;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                       POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (quiet) {
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    int refused = posix_spawnp(&pid, command[0], &files, &how, command, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    if (refused == 0) {
        started->pid = pid; /* in the table at least until it is waited for */
        started->ours = true;
        process_entry(pid, &state, &started->born);
    }
    return refused;
}

/* Whether a process of ours has ended, and then how, as the shell's exit code: 128 and the
 * signal for one that was killed. */
static inline bool process_ended(struct process *process, int *code)
{
    int status;
    if (!process->ours || waitpid(process->pid, &status, WNOHANG) != process->pid) {
        return false;
    }
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    process->pid = 0;
    return true;
}

/* Waits so long for its end. */
static inline bool process_wait(struct process *process, uint64_t limit_ms, int *code)
{
    int64_t end = since_start_ms() + (int64_t)limit_ms;
    while (process->ours ? !process_ended(process, code) : process_exists(process)) {
        if (since_start_ms() >= end) {
            return false;
        }
        poll(NULL, 0, 5);
    }
    process->pid = 0;
    return true;
}

/* Ends a process, and what it has started itself: asks it to, and when it does not within
 * `patience_ms`, kills it. */
static inline void process_end(struct process *process, uint64_t patience_ms)
{
    int code;
    pid_t whom = process->ours ? -process->pid : process->pid;
    if (process->pid == 0) {
        return;
    }
    if (process->ours || process_exists(process)) {
        kill(whom, SIGTERM);
        if (!process_wait(process, patience_ms, &code)) {
            kill(whom, SIGKILL);
            process_wait(process, 5000, &code);
        } else if (whom < 0) {
            kill(whom, SIGKILL); /* whom it has left behind */
        }
    }
    process->pid = 0;
}

enum { COMMAND_NOT_STARTED = -1, COMMAND_NOT_DONE = -2 };

/* Runs a program for so long at most, or until it is time to leave. Returns its exit code, or
 * one of the above. */
static inline int run_program(char *const *command, bool quiet, uint64_t limit_ms)
{
    struct process process = {0, 0, false};
    int64_t end = since_start_ms() + (int64_t)limit_ms;
    int code;
    if (process_start(command, quiet, &process) != 0) {
        return COMMAND_NOT_STARTED;
    }
    while (!process_ended(&process, &code)) {
        if (since_start_ms() >= end || leaving()) {
            process_end(&process, 0);
            return COMMAND_NOT_DONE;
        }
        poll(NULL, 0, 5);
    }
    return code;
}

/* The same for a line of shell. */
static inline int run_command(const char *line, uint64_t limit_ms)
{
    char shell[] = "sh", option[] = "-c", *copy = strdup(line);
    char *command[] = {shell, option, copy, NULL};
    int code = copy != NULL ? run_program(command, false, limit_ms) : COMMAND_NOT_STARTED;
    free(copy);
    return code;
}

#endif
