/*
 * libwatchdog: a program feeds a watchdog, and when it is not fed in time, a callback runs.
 *
 *     #include <stdio.h>
 *     #include <watchdog.h>
 *
 *     int work(void);
 *
 *     static void on_hang(void *user_data)
 *     {
 *         fprintf(stderr, "%s hangs\n", (const char *)user_data);
 *     }
 *
 *     int main(void)
 *     {
 *         wd_watchdog *wd = wd_new(WD_DEFAULT_TIMEOUT_MS, WD_DEFAULT_INTERVAL_MS);
 *         wd_set_callback(wd, on_hang, "the main loop");
 *         wd_start_thread(wd, 1);
 *         while (work()) {
 *             wd_feed(wd);
 *         }
 *         return wd_free(wd);
 *     }
 *
 * Times are in milliseconds. Limits are int64_t: negative waits as long as it takes, 0 does
 * not wait. Flags are int32_t: 0 or not 0. Texts are UTF-8, closed by a zero.
 *
 * Clock. Expiry is measured on a clock that never goes backwards and does not count the time
 * in which the machine slept (Linux: the monotonic clock; Windows: unbiased interrupt time;
 * macOS: the clock without sleep). A callback is never early: it runs only when strictly
 * more than the timeout has passed since the last feed. It is late by the machine's
 * scheduling only, never by steps of the interval.
 *
 * A stopped process is not a hung one. After the machine was suspended or the whole process
 * stopped (SIGSTOP, a debugger, a container's freeze), a running watchdog that was not yet
 * due when that began gets a fresh full timeout, up to 16 times in a row. On Windows and macOS
 * a stop of less than 1.5 s may go unnoticed, and before Windows 10 the clock counts sleep.
 *
 * Handles are checked: a function that is given a freed, foreign or garbage one returns
 * WD_ERR_INVALID_HANDLE and touches no memory through it. A call that races wd_free returns
 * one or the other, and acts on no other watchdog.
 *
 * Errors. Functions return a status; wd_new and wd_queue_new a handle, or null; those that
 * return a text never null. Errors leave every output untouched and set wd_last_error for the
 * calling thread. The handle is checked first. No function ends the process because memory or
 * a thread is refused, and no panic leaves one.
 *
 * Threads. Any function may be called from any thread at any time, also from inside a
 * callback. wd_feed, wd_status_name, wd_version and wd_clock_name may be called in a signal
 * handler, the others not. The library's threads leave the program's signals alone: those that
 * never run callbacks block everything. The first wd_start_thread makes them, each of the first
 * ten a worker more; wd_retire_threads tells how workers end. So a process whose main thread
 * leaves by pthread_exit goes on. On Linux they run on the processors of the thread that loaded
 * the library, and inherit a real-time policy, but no background one, from the thread that
 * starts the first watchdog.
 *
 * Callbacks
 *  - run on a thread of the library with at least 1 MiB of stack; for wd_check and wd_start,
 *    on the caller's, as it is. Blocked there are the signals that a program takes on threads
 *    of its own choice: SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM,
 *    SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH, SIGIO; all others are open.
 *  - run one at a time for one watchdog, concurrently for several. One that is slow or stuck
 *    delays no other watchdog.
 *  - may call every function, also to stop, replace or free what they belong to. Two that stop
 *    or free each other's watchdog wait for each other for ever, as does one that wants a lock
 *    which the caller of wd_stop, wd_free or wd_set_callback holds.
 *  - get their user_data as it was given; it must live until they were replaced or their
 *    watchdog was freed, and that call has returned.
 *  - return. No exception, longjmp, pthread_exit or cancellation leaves them: that ends the
 *    process. One that
 *    never returns keeps its thread and its watchdog's further runs; wd_stop with a limit
 *    tells.
 *
 * Queues. A program that no thread is to enter, such as one with a managed runtime or a main
 * loop, has its watchdogs put events into a queue, wd_set_queue, and takes them from there,
 * wd_queue_take. Handles of queues are checked as those of watchdogs are.
 *
 * fork, also from inside a callback. In the child every watchdog exists with its last feed,
 * callback and user_data, and is stopped; it can be fed, started and freed there. The child's
 * exit waits for nothing that the child did not start. A child forked inside a callback on a
 * thread of the library leaves by exec or an exit and does not return from it. Last resorts
 * and the record file stay as they were set. A signal handler does not fork: if it has
 * interrupted the library it would wait for itself; nor does a handler of pthread_atfork call
 * the library, which holds its locks from its own handler before the fork to the one after.
 *
 * Exit and unload. A normal exit first waits for the watchdogs with daemon 0, while monitoring
 * goes on; from then on no new callback starts, and no exit waits for a daemon watchdog's
 * callback. The wait is an exit handler, registered when the library is loaded or first used:
 * handlers registered later run before it. A callback that exits the process while main
 * does so too calls _exit, for the C library may make one wait for the other. The library
 * cannot be unloaded under its own threads: dlclose leaves it in place.
 *
 * Made by cbindgen from src/ffi. Licence: MIT OR Apache-2.0.
 */

#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <stddef.h>
#include <stdint.h>

/* The version of this header; wd_version tells that of the library. */
#define WD_VERSION_MAJOR 0
#define WD_VERSION_MINOR 1
#define WD_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Bytes of a name, without the closing zero.
 */
#define WD_NAME_MAX 255

/**
 * A timeout that suits many, in milliseconds.
 */
#define WD_DEFAULT_TIMEOUT_MS 60000

/**
 * An interval that suits many, in milliseconds.
 */
#define WD_DEFAULT_INTERVAL_MS 20000

/**
 * Timeout and interval of the preset "realtime", in milliseconds: for loops that must not
 * pause.
 */
#define WD_PRESET_REALTIME_TIMEOUT_MS 10000

#define WD_PRESET_REALTIME_INTERVAL_MS 2000

/**
 * The preset "service": for what answers others.
 */
#define WD_PRESET_SERVICE_TIMEOUT_MS 60000

#define WD_PRESET_SERVICE_INTERVAL_MS 15000

/**
 * The preset "batch": for work in long steps.
 */
#define WD_PRESET_BATCH_TIMEOUT_MS 300000

#define WD_PRESET_BATCH_INTERVAL_MS 60000

/**
 * The preset "background": for what nobody waits for.
 */
#define WD_PRESET_BACKGROUND_TIMEOUT_MS 1800000

#define WD_PRESET_BACKGROUND_INTERVAL_MS 300000

/**
 * The most events that a queue can hold.
 */
#define WD_QUEUE_MAX 65536

/**
 * The kind of an event: its watchdog was not fed in time.
 */
#define WD_EVENT_EXPIRED 1

/**
 * wd_set_last_resort: end the process as abort does.
 */
#define WD_RESORT_ABORT 0

/**
 * wd_set_last_resort: end the process at once, as kill -9 does.
 */
#define WD_RESORT_KILL -1

/**
 * A queue of events. What points to one is a checked handle, as that of a watchdog is, and
 * never the same value as a watchdog's.
 */
typedef struct wd_queue wd_queue;

/**
 * A watchdog. What points to one is a checked handle, a number that is never
 * dereferenced: a freed, foreign or garbage handle is recognised and refused.
 */
typedef struct wd_watchdog wd_watchdog;

/**
 * What a function says of itself: 0 or positive, done; negative, an error.
 */
typedef int32_t wd_status;

/**
 * What runs when a watchdog expires: see "Callbacks" above.
 */
typedef void (*wd_callback)(void *user_data);

/**
 * What destroys the user_data of wd_set_callback_owned.
 */
typedef void (*wd_destructor)(void *user_data);

/**
 * What wd_queue_take takes.
 */
typedef struct {
    /**
     * sizeof(wd_event), set by the caller. It may grow in later versions: what the caller's
     * has no room for is not written.
     */
    uint32_t size;
    /**
     * WD_EVENT_EXPIRED; others may come in later versions.
     */
    int32_t kind;
    /**
     * What wd_set_queue was given.
     */
    uint64_t tag;
    /**
     * For how long the watchdog was unfed when the event was put in, in milliseconds.
     */
    uint64_t unfed_ms;
    /**
     * How many events were lost directly before this one because the queue was full.
     */
    uint64_t lost;
    /**
     * Whose event it is. It may have been freed meanwhile: then its handle is refused.
     */
    wd_watchdog *watchdog;
} wd_event;

/**
 * Done.
 */
#define WD_OK 0

/**
 * wd_check and wd_start: fed in time.
 */
#define WD_HEALTHY 0

/**
 * wd_check and wd_start: not fed in time.
 */
#define WD_EXPIRED 1

/**
 * wd_queue_take: no event came in time, or the wait was ended.
 */
#define WD_EMPTY 2

/**
 * Null where a watchdog or a queue is needed, freed already, or never one.
 */
#define WD_ERR_INVALID_HANDLE -1

/**
 * An argument other than the handle is not what it must be.
 */
#define WD_ERR_INVALID_ARGUMENT -2

/**
 * No memory, or as many watchdogs are alive as there can be (67108864; 1048576 on 32-bit
 * platforms). Of queues, and of watchdogs with a last resort, there can be 64.
 */
#define WD_ERR_NO_MEMORY -3

/**
 * The wait ran out: a callback still runs or, for wd_join, monitoring goes on.
 */
#define WD_ERR_TIMED_OUT -4

/**
 * The operating system refused a thread.
 */
#define WD_ERR_THREAD -5

/**
 * A panic inside the library was caught. Nothing was changed as far as it is known;
 * please report it.
 */
#define WD_ERR_PANIC -6

/**
 * Not on this platform. Reserved: no function returns it yet.
 */
#define WD_ERR_UNSUPPORTED -7

/**
 * ---- Making and freeing ----------------------------------------------------
 *
 * Makes a watchdog. It is fed and not running.
 *
 * timeout_ms   so long, in milliseconds, it may stay unfed; 1 to INT64_MAX
 * interval_ms  while it stays unfed, the callback runs again so many milliseconds after
 *              its previous run began, or as soon as that run has ended if it took
 *              longer; runs missed are not made up. 0: once per missed feed, and not
 *              again until it has been fed. At most INT64_MAX. For wd_start it is the
 *              time to sleep.
 *
 * Returns the watchdog; null, with wd_last_error set, when a time is out of range
 * (timeout_ms 0, or either over INT64_MAX), when there is no memory, or as many
 * watchdogs are alive as there can be.
 *
 * The caller owns it and ends it with wd_free.
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_watchdog *wd_new(uint64_t timeout_ms, uint64_t interval_ms);

/**
 * Stops a watchdog, waits for a running callback, wd_check's too, and releases it. When
 * it returns, the callback will never run again, and owned user_data is destroyed.
 *
 * From inside the watchdog's own callback it does not wait: the handle is invalid at
 * once, and the release completes when the callback returns.
 *
 * wd  the watchdog; null is a no-op
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_PANIC. Of several frees of one watchdog
 * one succeeds, and the others return WD_ERR_INVALID_HANDLE without waiting.
 *
 * The handle is invalid from the call on, and its value is not issued again (on 32-bit
 * platforms as late as can be). Waits in wd_join and wd_start end. There is no limit to
 * the wait: if the callback may be stuck, call wd_stop with one first.
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_free(wd_watchdog *wd);

/**
 * ---- Feeding ---------------------------------------------------------------
 *
 * Feeds a watchdog: the time since the last feed begins anew. Valid whether it is running
 * or not. Of concurrent feeds none moves the last feed back.
 *
 * wd  the watchdog
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_PANIC. It alone leaves wd_last_error as it
 * was, also when it fails.
 *
 * Any thread, and any signal handler: it takes no lock, makes no system call that could
 * block, allocates nothing even when it fails, and leaves errno alone.
 * Since 0.1.0.
 */
wd_status wd_feed(wd_watchdog *wd);

/**
 * ---- The callback ----------------------------------------------------------
 *
 * Replaces the callback and its user_data, together, also while running. When it returns,
 * the old callback is not running and will not run again, unless called from inside that
 * callback: then the running call is the last.
 *
 * wd         the watchdog
 * callback   what to run at expiry; null: nothing any more
 * user_data  handed to it; null is fine
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_PANIC.
 *
 * The caller keeps user_data, which must live until the callback was replaced or cleared
 * or the watchdog freed, and that call has returned.
 * Any thread. Waits for a run of the old callback, without limit. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_set_callback(wd_watchdog *wd, wd_callback callback, void *user_data);

/**
 * As wd_set_callback, and the library owns user_data from the call on, also when the call
 * fails.
 *
 * wd          the watchdog
 * callback    what to run at expiry; null: nothing any more, and user_data is destroyed
 *             at once
 * user_data   handed to callback and destructor; not what the library owns already, nor,
 *             inside a callback, what that callback was handed
 * destructor  runs exactly once, when no callback can reach user_data any more: on any
 *             thread, never during a run with that user_data, never at the exit of the
 *             process. It may call the library. Null is none.
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_NO_MEMORY; WD_ERR_PANIC.
 *
 * Any thread. Waits for a run of the old callback, without limit. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_set_callback_owned(wd_watchdog *wd,
                                wd_callback callback,
                                void *user_data,
                                wd_destructor destructor);

/**
 * ---- Checking, without a thread of the library ------------------------------
 *
 * Checks a watchdog once, on the calling thread and without sleeping, whatever the
 * interval and whether or not monitoring is on. (Where it has just expired, the monitor is
 * asked first whether the process was stopped: that takes 50 ms at most.) If more than the timeout has passed since
 * the last feed, it runs the callback here and now. While the callback is already
 * running, here or elsewhere, it reports expiry (unless fed since, or paused) and does
 * not run it a second time.
 *
 * wd  the watchdog
 *
 * Returns WD_HEALTHY: fed in time, or paused; WD_EXPIRED: not fed in time;
 * WD_ERR_INVALID_HANDLE; WD_ERR_PANIC.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_check(wd_watchdog *wd);

/**
 * wd_check, and then a sleep for the interval. wd_stop, wd_free and wd_shutdown, from
 * another thread or from the callback that it runs, at any moment of it, end the sleep at
 * once. A feed does not.
 *
 * wd  the watchdog
 *
 * Returns what wd_check has returned; WD_ERR_INVALID_HANDLE, without a sleep;
 * WD_ERR_PANIC.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_start(wd_watchdog *wd);

/**
 * ---- Monitoring in the background --------------------------------------------
 *
 * Starts background monitoring, which counts as a feed. A no-op that succeeds when it is
 * running: neither timer nor daemon change.
 *
 * wd      the watchdog
 * daemon  0: a normal exit of the process (return from main, exit) waits until the
 *         watchdog is stopped, while monitoring goes on; not 0: it does not. An exit
 *         inside such a watchdog's own callback does not wait for it. On Windows, where a
 *         DLL cannot hold a process open, 0 is accepted, and the program calls wd_join
 *         before it returns from main.
 *
 * Returns WD_OK: from now on no refusal of threads or memory keeps the callback from
 * running (as long as fewer than ten callbacks are stuck at once);
 * WD_ERR_INVALID_HANDLE; WD_ERR_THREAD: a thread was refused, and it is not running;
 * WD_ERR_PANIC.
 *
 * One monitor thread serves all watchdogs of the process, and a few threads run their
 * callbacks: the first start makes the monitor and its helpers, and each of the first ten
 * starts a worker.
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_start_thread(wd_watchdog *wd, int32_t daemon);

/**
 * Ends background monitoring and waits for a running callback, wd_check's too. Returns at
 * once when no callback is running, however long the interval, and when the watchdog is
 * not running. From inside the watchdog's own callback it never waits for itself.
 *
 * wd          the watchdog
 * timeout_ms  so many milliseconds it waits at most; negative: as long as it takes;
 *             0: not at all
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_TIMED_OUT: a callback still runs. Monitoring
 * is off all the same and no new callback starts; it can be called again, and started
 * again, where the first new callback waits for the old one's end; WD_ERR_PANIC.
 *
 * A callback that waits for a lock which the caller of wd_stop holds never ends, nor does
 * the wait. Two callbacks that stop each other's watchdog wait for each other for ever.
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_stop(wd_watchdog *wd, int64_t timeout_ms);

/**
 * Waits until background monitoring has been ended by someone else: by wd_stop, wd_free or
 * wd_shutdown. It does not wait for callbacks. At once when the watchdog is not running.
 * A stop ends the wait even if a start follows at once.
 *
 * wd          the watchdog
 * timeout_ms  as in wd_stop
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_TIMED_OUT: monitoring goes on; WD_ERR_PANIC.
 * Woken by wd_free it returns WD_OK or WD_ERR_INVALID_HANDLE.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_join(wd_watchdog *wd, int64_t timeout_ms);

/**
 * Ends the threads of the library that have run callbacks, for runtimes that wait for every
 * thread which was once in their code, before they end or unload it: those that are idle
 * before it returns, the others, with the caller if it is one, when their callback returns.
 * First stop the watchdogs whose callbacks lead there. Others run on: fresh threads are
 * started for them.
 *
 * Returns WD_OK; WD_ERR_THREAD: a fresh thread was refused, and the others stay;
 * WD_ERR_PANIC.
 *
 * It does not wait for callbacks, nor for what a program has left to be done at the end of
 * each thread (destructors of thread-local objects and keys), which may still run for a moment:
 * a module that has such must wait for its own before it is unloaded.
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_retire_threads(void);

/**
 * wd_stop for every watchdog of the process, with one limit for all. They can be started
 * again. From inside a callback it does not wait for that one.
 *
 * timeout_ms  as in wd_stop
 *
 * Returns WD_OK; WD_ERR_TIMED_OUT: monitoring is off, but a callback still runs;
 * WD_ERR_PANIC.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_shutdown(int64_t timeout_ms);

/**
 * ---- Settings ----------------------------------------------------------------
 *
 * While a watchdog is paused nothing expires, and wd_check is healthy. Pauses count: it
 * takes as many resumes. A pause outlives wd_stop and wd_start_thread. A callback that was
 * being started when the pause began may still run.
 *
 * wd  the watchdog
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: paused 4294967295 times
 * already; WD_ERR_PANIC.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_pause(wd_watchdog *wd);

/**
 * Ends a pause. Ending the last one feeds.
 *
 * wd  the watchdog
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: it is not paused;
 * WD_ERR_PANIC.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_resume(wd_watchdog *wd);

/**
 * Changes the times, at once: a new timeout is measured from the last feed, a new interval
 * from the begin of the previous run. What a longer timeout makes not yet due stops
 * repeating.
 *
 * wd                       the watchdog
 * timeout_ms, interval_ms  as in wd_new
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: a time is out of range,
 * and both stay as they were; WD_ERR_PANIC.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_set_times(wd_watchdog *wd, uint64_t timeout_ms, uint64_t interval_ms);

/**
 * Gives a watchdog a name, for people to read.
 *
 * wd    the watchdog
 * utf8  UTF-8, closed by a zero, of at most WD_NAME_MAX bytes without it; null or "" clears
 *       the name
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: too long or not UTF-8, and
 * the name stays as it was; WD_ERR_NO_MEMORY; WD_ERR_PANIC.
 *
 * The name is copied.
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_set_name(wd_watchdog *wd, const char *utf8);

/**
 * Copies a watchdog's name, and a closing zero, into a buffer.
 *
 * wd      the watchdog
 * buffer  where to; nothing is written behind the zero
 * size    the buffer's bytes; WD_NAME_MAX + 1 are always enough
 *
 * Returns WD_OK, also for the empty name of one that has none; WD_ERR_INVALID_HANDLE;
 * WD_ERR_INVALID_ARGUMENT: buffer is null or too small, and untouched; WD_ERR_PANIC.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_name(wd_watchdog *wd, char *buffer, size_t size);

/**
 * ---- Questions -----------------------------------------------------------------
 *
 * How long a watchdog may stay unfed.
 *
 * wd   the watchdog
 * out  receives milliseconds
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: out is null; WD_ERR_PANIC.
 * Errors leave out untouched.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_timeout_ms(wd_watchdog *wd, uint64_t *out);

/**
 * How soon the callback is repeated: see wd_new.
 *
 * wd   the watchdog
 * out  receives milliseconds
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: out is null; WD_ERR_PANIC.
 * Errors leave out untouched.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_interval_ms(wd_watchdog *wd, uint64_t *out);

/**
 * The time since the last feed: by wd_feed, wd_new, wd_start_thread or the last wd_resume.
 * It goes on while the watchdog is paused, and while the process is stopped.
 *
 * wd   the watchdog
 * out  receives milliseconds
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: out is null; WD_ERR_PANIC.
 * Errors leave out untouched.
 *
 * Any thread. Takes no lock. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_since_feed_ms(wd_watchdog *wd, uint64_t *out);

/**
 * Whether background monitoring is on.
 *
 * wd   the watchdog
 * out  receives 1 or 0
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: out is null; WD_ERR_PANIC.
 * Errors leave out untouched.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_is_running(wd_watchdog *wd, int32_t *out);

/**
 * By how much the monitor is late for its next look: usually 0, a few milliseconds on a busy
 * machine. More than that says that nobody would notice a hang now: something keeps the
 * monitor thread from running, such as a debugger that has stopped it alone.
 *
 * out  receives milliseconds
 *
 * Returns WD_OK; WD_ERR_INVALID_ARGUMENT: out is null; WD_ERR_PANIC.
 *
 * Any thread. Takes no lock. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_monitor_late_ms(uint64_t *out);

/**
 * ---- Queues of events: to fetch expiries instead of being called -------------------
 *
 * Makes a queue. A watchdog that is given one by wd_set_queue puts an event into it at
 * every expiry, where else its callback would run, and the program takes the events when
 * and where it likes. So no thread of the library ever enters the program.
 *
 * capacity  so many events it holds; 1 to WD_QUEUE_MAX. When it is full, new events are
 *           lost, and counted.
 *
 * Returns the queue; null, with wd_last_error set, when capacity is out of range, when
 * there is no memory, or 64 queues are alive already.
 *
 * The caller owns it and ends it with wd_queue_free. One queue serves any number of
 * watchdogs.
 * Any thread. Not in a signal handler. In the child of a fork it exists with its events.
 * Since 0.1.0.
 */
wd_queue *wd_queue_new(uint32_t capacity);

/**
 * Has a watchdog put an event into a queue at expiry. That takes the place of its callback,
 * as if set by wd_set_callback: what was set before is not running when this returns and
 * will not run again, wd_set_callback takes the place of the queue, and the events repeat
 * as the callback would.
 *
 * wd     the watchdog
 * queue  the queue; null: nothing happens at expiry any more
 * tag    what the events are to carry, for the program to tell its watchdogs apart
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE: wd or queue; WD_ERR_NO_MEMORY, and the callback
 * stays as it was; WD_ERR_PANIC.
 *
 * The queue remains the caller's. Once it is freed, the expiries go nowhere.
 * Any thread. Waits for a run of the old callback, without limit. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_set_queue(wd_watchdog *wd, wd_queue *queue, uint64_t tag);

/**
 * Takes the oldest event out of a queue, and waits for one if there is none.
 *
 * queue       the queue
 * out         receives the event. The caller sets out->size to sizeof(wd_event).
 * timeout_ms  so many milliseconds it waits at most; negative: as long as it takes;
 *             0: not at all, which is cheap enough to be done all the time
 *
 * Returns WD_OK; WD_EMPTY: no event came in time, or wd_queue_wake has ended the wait;
 * WD_ERR_INVALID_HANDLE, also when the queue is freed meanwhile; WD_ERR_INVALID_ARGUMENT:
 * out is null, or its size less than that of a wd_event; WD_ERR_PANIC. Whatever is not WD_OK
 * leaves out untouched.
 *
 * Of several threads that take from one queue, one gets an event.
 * Any thread. Allocates nothing. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_queue_take(wd_queue *queue, wd_event *out, int64_t timeout_ms);

/**
 * Ends a wait of wd_queue_take, which returns WD_EMPTY: of several that wait, one; when
 * nobody waits, the next that would. Events come first: who finds one takes it.
 *
 * queue  the queue
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_PANIC.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_queue_wake(wd_queue *queue);

/**
 * How many events were lost in all because the queue was full. What was lost directly
 * before an event stands in the event too.
 *
 * queue  the queue
 * out    receives the number
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: out is null; WD_ERR_PANIC.
 * Errors leave out untouched.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_queue_lost(wd_queue *queue, uint64_t *out);

/**
 * Ends a queue, and the waits of all who want to take from it: they return
 * WD_ERR_INVALID_HANDLE. Events that are in it are gone. The expiries of watchdogs that
 * still have it go nowhere.
 *
 * queue  the queue; null is a no-op
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_PANIC. Of several frees of one queue one
 * succeeds.
 *
 * The handle is invalid from the call on, and its value is not issued again (on 32-bit
 * platforms as late as can be). It waits for nobody.
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_queue_free(wd_queue *queue);

/**
 * ---- The last resort -------------------------------------------------------------
 *
 * Has the library itself end the process when a watchdog's callback is of no help: when it
 * is stuck, or when the watchdog is still unfed long after it has expired. Off unless this
 * is called. It counts while the watchdog is running and not paused, and until the library's
 * exit handler has run.
 *
 * Before it acts it looks once more: fed in the meantime, the process just resumed, a
 * debugger attached, and it does not. Then it writes one line to standard error, and the
 * record of wd_set_record_file, and ends the process from its monitor thread, for which it
 * needs neither memory nor a thread.
 *
 * wd           the watchdog
 * callback_ms  the callback has run for so long, and the watchdog is unfed; 0: no limit
 * unfed_ms     the watchdog has not been fed for so long, which is more than its timeout;
 *              0: no limit. Both 0: no last resort any more. A timeout that is set later
 *              and is longer counts instead.
 * action       WD_RESORT_ABORT; WD_RESORT_KILL; 1 to 255: exit with that code at once, no
 *              exit handler runs
 *
 * Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: a limit is more than 292
 * million years, unfed_ms is not more than the timeout, or action is none; WD_ERR_NO_MEMORY:
 * 64 watchdogs have one already; WD_ERR_PANIC.
 *
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_set_last_resort(wd_watchdog *wd,
                             uint64_t callback_ms,
                             uint64_t unfed_ms,
                             int32_t action);

/**
 * Where a last resort leaves a record of why, for the next start of the program to read:
 * lines "reason=callback" (or "unfed"), "name=", "unfed_ms=", "callback_ms=", "end=", "pid=",
 * "time=" (seconds since 1970), "version=". The file is written anew, readable by its owner,
 * and not through a symbolic link.
 *
 * path  a path of at most 1023 bytes, closed by a zero; a relative one counts from the
 *       working directory of then. Null or "": no record.
 *
 * Returns WD_OK; WD_ERR_INVALID_ARGUMENT: it is too long, and the one before stays;
 * WD_ERR_PANIC.
 *
 * The path is copied.
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
wd_status wd_set_record_file(const char *path);

/**
 * ---- Errors and versions ---------------------------------------------------------
 *
 * This thread's last error in words, which name the value that was wrong and what would
 * have been right. A success leaves it as it was; so does wd_feed.
 *
 * Returns a text, "" when there was no error; never null. Where there is no memory for
 * the words, they are the name of the status.
 *
 * The library owns the text. It is valid until this thread's next failing call, and no
 * longer than the thread.
 * Any thread. Not in a signal handler.
 * Since 0.1.0.
 */
const char *wd_last_error(void);

/**
 * The name of a status.
 *
 * status  what a function has returned
 *
 * Returns "WD_ERR_INVALID_HANDLE" and the like; "WD_OK" for 0; "WD_UNKNOWN" for what is no
 * status; never null. Static.
 *
 * Any thread, and any signal handler.
 * Since 0.1.0.
 */
const char *wd_status_name(wd_status status);

/**
 * The clock that a feed reads: "counter", the processor's time-stamp counter tied to the
 * exact clock ten times a millisecond, where the processor and the system vouch for it, or
 * "monotonic", the exact clock itself. Expiry is always decided by the exact clock.
 *
 * The choice is made when the library is loaded. The environment variable WATCHDOG_CLOCK,
 * with one of these names, can rule the counter out, or in where only the system does not
 * vouch for it.
 *
 * Returns the name; never null. Static.
 *
 * Any thread, and any signal handler.
 * Since 0.1.0.
 */
const char *wd_clock_name(void);

/**
 * The version of the library in use, which need not be that of the header.
 *
 * Returns "0.1.0" and the like: WD_VERSION_MAJOR, _MINOR and _PATCH with dots between;
 * never null. Static.
 *
 * Any thread, and any signal handler.
 * Since 0.1.0.
 */
const char *wd_version(void);

#ifdef __cplusplus
}
#endif

#endif /* WATCHDOG_H */
