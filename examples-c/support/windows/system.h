/* Time, threads, waiting and Ctrl-C: Windows. */
#ifndef EXAMPLES_WINDOWS_SYSTEM_H
#define EXAMPLES_WINDOWS_SYSTEM_H

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0602 /* Windows 8: jobs inside jobs */
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <winsock2.h> /* before windows.h, which has an older one of its own */

#include <windows.h>

#include <process.h>

/* Milliseconds of a clock that never goes backwards. */
static inline int64_t now_ms(void)
{
    LARGE_INTEGER ticks, per_second;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&per_second);
    return (int64_t)(ticks.QuadPart / per_second.QuadPart * 1000 +
                     ticks.QuadPart % per_second.QuadPart * 1000 / per_second.QuadPart);
}

/* Sleeps so long, whatever happens. */
static inline void sleep_ms(int64_t ms)
{
    Sleep((DWORD)ms);
}

/* ---- threads ------------------------------------------------------------- */

typedef SRWLOCK mutex;
#define MUTEX_INIT SRWLOCK_INIT

static inline void mutex_lock(mutex *lock)
{
    AcquireSRWLockExclusive(lock);
}

static inline void mutex_unlock(mutex *lock)
{
    ReleaseSRWLockExclusive(lock);
}

struct thread {
    void (*work)(void *argument);
    void *argument;
};

static inline unsigned __stdcall thread_run(void *started)
{
    struct thread *thread = (struct thread *)started;
    thread->work(thread->argument);
    return 0;
}

/* Runs a thread's work on a thread of its own, which nobody waits for. */
static inline bool thread_start(struct thread *thread)
{
    HANDLE started = (HANDLE)_beginthreadex(NULL, 0, thread_run, thread, 0, NULL);
    return started != NULL && CloseHandle(started);
}

/* ---- waiting, until it is time to leave -------------------------------------- */

static HANDLE wake_up_event; /* once set it ends every wait */

static inline bool wake_up_open(void)
{
    wake_up_event = CreateEventA(NULL, TRUE, FALSE, NULL);
    return wake_up_event != NULL;
}

/* From here on no wait lasts. */
static inline bool wake_up(void)
{
    return SetEvent(wake_up_event) != 0;
}

static inline DWORD limit_of(int64_t ms)
{
    return ms < 0 ? INFINITE : (DWORD)ms;
}

/* Waits so long, -1: for ever, or until `event` is set: true. */
static inline bool wait_event(HANDLE event, int64_t ms)
{
    HANDLE events[2];
    events[0] = event;
    events[1] = wake_up_event;
    return WaitForMultipleObjects(2, events, FALSE, limit_of(ms)) == WAIT_OBJECT_0;
}

/* Waits so long, -1: for ever. */
static inline void wait_wake_up(int64_t ms)
{
    WaitForSingleObject(wake_up_event, limit_of(ms));
}

/* ---- input ------------------------------------------------------------------ */

/* A pipe cannot be waited for together with other things: a thread reads it. */
static struct {
    HANDLE has, wants; /* events: something was read; it was taken */
    char text[4096];
    DWORD size; /* 0: the input has ended */
} input;

static inline void input_thread(void *unused)
{
    HANDLE file = GetStdHandle(STD_INPUT_HANDLE);
    (void)unused;
    do {
        if (!ReadFile(file, input.text, sizeof input.text, &input.size, NULL)) {
            input.size = 0;
        }
        SetEvent(input.has);
    } while (input.size > 0 && WaitForSingleObject(input.wants, INFINITE) == WAIT_OBJECT_0);
}

/* Waits for input, and reads it. Returns 0 when it has ended, or it is time to leave. For
 * one thread. */
static inline size_t read_input(char *text, size_t size)
{
    static struct thread thread = {input_thread, NULL};
    if (input.has == NULL) {
        input.has = CreateEventA(NULL, FALSE, FALSE, NULL);
        input.wants = CreateEventA(NULL, FALSE, FALSE, NULL);
        if (input.has == NULL || input.wants == NULL || !thread_start(&thread)) {
            return 0;
        }
    } else {
        SetEvent(input.wants);
    }
    if (!wait_event(input.has, -1)) {
        return 0;
    }
    if (size > input.size) {
        size = input.size;
    }
    memcpy(text, input.text, size);
    return size;
}

/* ---- Ctrl-C ---------------------------------------------------------------- */

static void (*asked_to_end)(bool by_ctrl_c);

/* The system calls it on a thread of its own. */
static inline BOOL WINAPI on_console_event(DWORD event)
{
    asked_to_end(event == CTRL_C_EVENT);
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) {
        Sleep(INFINITE); /* the window is closed: when this returns, the process ends at once */
    }
    return TRUE;
}

/* Has `asked` called, on another thread, when the user, or the system, asks this program to
 * end. */
static inline bool take_ctrl_c(void (*asked)(bool by_ctrl_c))
{
    asked_to_end = asked;
    /* The first, because whoever has started this program may have had it ignore Ctrl-C. */
    return SetConsoleCtrlHandler(NULL, FALSE) && SetConsoleCtrlHandler(on_console_event, TRUE);
}

/* ---- environment ------------------------------------------------------------- */

/* For the programs that this one starts. */
static inline void set_environment(const char *name, const char *value)
{
    SetEnvironmentVariableA(name, value);
}

/* The path of a file of this process alone. */
static inline void temporary_path(char *path, size_t size, const char *name)
{
    char folder[MAX_PATH + 1] = "";
    GetTempPathA(sizeof folder, folder); /* with a backslash at its end */
    snprintf(path, size, "%s%s.%lu", folder, name, GetCurrentProcessId());
}

#endif
