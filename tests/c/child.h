/*
 * Children: this same program started anew, by posix_spawn so that no fork
 * handler of the library runs, for whatever ends a process or needs a fresh one.
 * What a child writes to CHILD_OUT is collected by its parent.
 */
#ifndef WATCHDOG_TESTS_CHILD_H
#define WATCHDOG_TESTS_CHILD_H

#include "check.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#define CHILD_OUT 9

extern char **environ;

struct child {
    pid_t pid;
    int out;
};

struct outcome {
    int hung;   /* it did not end by itself and was killed */
    int code;   /* the exit code, or -1 */
    int signal; /* the signal that ended it, or 0 */
    int64_t ms; /* how long it was waited for */
    char said[1024];
};

static inline void child_say(const char *text)
{
    ssize_t written = write(CHILD_OUT, text, strlen(text));
    (void)written;
}

/* The words of WD_TEST_EMULATOR, by which programs are started that are not this machine's. */
static inline int emulator(char **words, int room)
{
    static char text[1024];
    const char *given = getenv("WD_TEST_EMULATOR");
    int count = 0;
    snprintf(text, sizeof text, "%s", given != NULL ? given : "");
    for (char *word = strtok(text, " "); word != NULL && count < room; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    return count;
}

static inline struct child child_start_in(const char *name, const char *argument,
                                          char *const *environment)
{
    static char self[4096];
    struct child child = {-1, -1};
    char *arguments[16];
    int ends[2], count = emulator(arguments, 8);
    posix_spawn_file_actions_t actions;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);

    if (!CHECK(length > 0) || !CHECK(pipe2(ends, O_CLOEXEC) == 0)) {
        return child;
    }
    self[length] = '\0';
    arguments[count++] = self;
    arguments[count++] = (char *)"--child";
    arguments[count++] = (char *)(uintptr_t)name;
    arguments[count++] = (char *)(uintptr_t)argument;
    arguments[count] = NULL;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], CHILD_OUT);
    CHECK_EQ(posix_spawnp(&child.pid, arguments[0], &actions, NULL, arguments, environment), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    child.out = ends[0];
    return child;
}

static inline struct child child_start(const char *name, const char *argument)
{
    return child_start_in(name, argument, environ);
}

/* Waits for a process until the limit, then kills it. */
static inline struct outcome process_end(pid_t pid, int64_t limit_ms)
{
    struct outcome outcome = {0, -1, 0, 0, ""};
    int64_t began = now_ns();
    int status = 0;
    pid_t ended;

    while ((ended = waitpid(pid, &status, WNOHANG)) == 0 && elapsed_ms(began) < limit_ms) {
        sleep_ms(1);
    }
    if (ended == 0) {
        outcome.hung = 1;
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    outcome.ms = elapsed_ms(began);
    if (WIFEXITED(status)) {
        outcome.code = WEXITSTATUS(status);
    } else if (WIFSIGNALED(status)) {
        outcome.signal = WTERMSIG(status);
    }
    return outcome;
}

/* Waits for the first that it says. */
static inline void child_await(struct child child, const char *word)
{
    char said[16] = "";
    size_t length = strlen(word);
    CHECK_EQ(read(child.out, said, length), length);
    CHECK_TEXT(said, word);
}

static inline struct outcome child_end(struct child child, int64_t limit_ms)
{
    struct outcome outcome;
    ssize_t length;

    if (child.pid < 0) {
        struct outcome none = {1, -1, 0, 0, ""};
        return none;
    }
    outcome = process_end(child.pid, limit_ms);
    length = read(child.out, outcome.said, sizeof outcome.said - 1);
    outcome.said[length > 0 ? length : 0] = '\0';
    close(child.out);
    return outcome;
}

static inline struct outcome child_run(const char *name, const char *argument)
{
    return child_end(child_start(name, argument), HANG_MS);
}

/* Ended by itself, and with this code. */
static inline int check_ended(struct outcome outcome, int code, const char *what, const char *file,
                              int line)
{
    if (!outcome.hung && outcome.signal == 0 && outcome.code == code) {
        return 1;
    }
    atomic_fetch_add(&check_failures, 1);
    fprintf(stderr, "%s:%d: failed: %s ended with code %d, signal %d%s, expected code %d\n", file,
            line, what, outcome.code, outcome.signal, outcome.hung ? " (killed, it hung)" : "",
            code);
    return 0;
}

#define CHECK_ENDED(outcome, code) check_ended((outcome), (code), #outcome, __FILE__, __LINE__)

#endif
