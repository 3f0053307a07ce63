/* Processes: Linux, where the process table is in /proc. */
#ifndef EXAMPLES_UNIX_PROCESSES_H
#define EXAMPLES_UNIX_PROCESSES_H

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
    bool ended;    /* ours: it has been waited for, */
    int code;      /* and this is its exit code */
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
        struct process process = {(pid_t)atol(entry->d_name), 0, false, false, 0};
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
static inline int process_spawn(char *const *command, bool quiet, struct process *started)
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
        struct process process = {pid, 0, true, false, 0};
        process_entry(pid, &state, &process.born); /* it is there until it is waited for */
        *started = process;
    }
    return refused;
}

/* Starts a program. Returns 0 or an error number. */
static inline int process_start(char *const *command, struct process *started)
{
    return process_spawn(command, false, started);
}

/* The same for a line of shell. */
static inline int process_start_shell(const char *line, struct process *started)
{
    char shell[] = "sh", option[] = "-c", *copy = strdup(line);
    char *command[] = {shell, option, copy, NULL};
    int refused = copy != NULL ? process_start(command, started) : ENOMEM;
    free(copy);
    return refused;
}

/* Whether a process has ended; of one of ours also how, as the shell's exit code: 128 and
 * the signal for one that was killed. */
static inline bool process_ended(struct process *process, int *code)
{
    int status;
    if (!process->ours) {
        return !process_exists(process);
    }
    if (!process->ended && waitpid(process->pid, &status, WNOHANG) == process->pid) {
        process->ended = true;
        process->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    *code = process->code;
    return process->ended;
}

/* Whom a signal is sent to: with one of ours all that it has started. */
static inline pid_t process_group(const struct process *process)
{
    return process->ours ? -process->pid : process->pid;
}

/* False when it cannot be asked. */
static inline bool process_ask_to_end(const struct process *process)
{
    return (process->ours || process_exists(process)) &&
           kill(process_group(process), SIGTERM) == 0;
}

static inline void process_kill(const struct process *process)
{
    if (process->ours || process_exists(process)) {
        kill(process_group(process), SIGKILL);
    }
}

/* From here on it is nobody's process. */
static inline void process_forget(struct process *process)
{
    process->pid = 0;
}

#endif
