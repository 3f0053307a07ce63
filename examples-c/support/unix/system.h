/* Time, threads, waiting and Ctrl-C: Unix. */
#ifndef EXAMPLES_UNIX_SYSTEM_H
#define EXAMPLES_UNIX_SYSTEM_H

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* Milliseconds of a clock that never goes backwards. */
static inline int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Sleeps so long, whatever happens. */
static inline void sleep_ms(int64_t ms)
{
    poll(NULL, 0, (int)ms);
}

/* ---- threads ------------------------------------------------------------- */

typedef pthread_mutex_t mutex;
#define MUTEX_INIT PTHREAD_MUTEX_INITIALIZER

static inline void mutex_lock(mutex *lock)
{
    pthread_mutex_lock(lock);
}

static inline void mutex_unlock(mutex *lock)
{
    pthread_mutex_unlock(lock);
}

struct thread {
    void (*work)(void *argument);
    void *argument;
};

static inline void *thread_run(void *started)
{
    struct thread *thread = (struct thread *)started;
    thread->work(thread->argument);
    return NULL;
}

/* Runs a thread's work on a thread of its own, which nobody waits for. */
static inline bool thread_start(struct thread *thread)
{
    pthread_t started;
    return pthread_create(&started, NULL, thread_run, thread) == 0 &&
           pthread_detach(started) == 0;
}

/* ---- waiting, until it is time to leave -------------------------------------- */

static int wake_up_pipe[2]; /* a byte in it ends every wait */

static inline bool wake_up_open(void)
{
    return pipe(wake_up_pipe) == 0 && fcntl(wake_up_pipe[0], F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(wake_up_pipe[1], F_SETFD, FD_CLOEXEC) == 0;
}

/* From here on no wait lasts. */
static inline bool wake_up(void)
{
    return write(wake_up_pipe[1], "", 1) == 1;
}

/* Waits so long, -1: for ever, or until one of the `events` of a file comes: true. */
static inline bool wait_file(int file, short events, int64_t ms)
{
    struct pollfd polls[2] = {{wake_up_pipe[0], POLLIN, 0}, {file, events, 0}};
    return poll(polls, 2, (int)ms) > 0 && polls[1].revents != 0;
}

/* Waits so long, -1: for ever. */
static inline void wait_wake_up(int64_t ms)
{
    wait_file(-1, 0, ms);
}

/* Waits for input, and reads it. Returns 0 when it has ended, or it is time to leave. */
static inline size_t read_input(char *text, size_t size)
{
    ssize_t length = wait_file(STDIN_FILENO, POLLIN, -1) ? read(STDIN_FILENO, text, size) : 0;
    return length > 0 ? (size_t)length : 0;
}

/* ---- Ctrl-C ---------------------------------------------------------------- */

static void (*asked_to_end)(bool by_ctrl_c);

/* A thread of its own waits for Ctrl-C: unlike a signal handler it may call anything. */
static inline void wait_for_ctrl_c(void *signals)
{
    int number;
    sigwait((const sigset_t *)signals, &number);
    asked_to_end(number == SIGINT);
}

/* Has `asked` called, on another thread, when the user, or the system, asks this program to
 * end. To be called before there are other threads. */
static inline bool take_ctrl_c(void (*asked)(bool by_ctrl_c))
{
    static sigset_t signals;
    static struct thread thread = {wait_for_ctrl_c, &signals};
    asked_to_end = asked;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* here and in all threads to come */
    signal(SIGPIPE, SIG_IGN);
    return thread_start(&thread);
}

/* ---- environment ------------------------------------------------------------- */

/* For the programs that this one starts. */
static inline void set_environment(const char *name, const char *value)
{
    setenv(name, value, 1);
}

/* The path of a file of this process alone. */
static inline void temporary_path(char *path, size_t size, const char *name)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, size, "%s/%s.%ld", folder != NULL ? folder : "/tmp", name, (long)getpid());
}

#endif
