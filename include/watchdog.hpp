/*
 * libwatchdog for C++17: watchdog.h with owners, any callable, std::chrono and exceptions.
 * Header only; link the library as for C.
 *
 *     #include <watchdog.hpp>
 *     using namespace std::chrono_literals;
 *
 *     int main()
 *     {
 *         wd::Watchdog dog(60s, 20s);
 *         dog.set_callback([] { std::fputs("the main loop hangs\n", stderr); });
 *         dog.start_thread();
 *         while (work()) {
 *             dog.feed();
 *         }
 *     }
 *
 * What watchdog.h says of clocks, threads, callbacks, fork and exit holds here too; this
 * header says what is different.
 *
 * Owners. wd::Watchdog owns a watchdog and frees it when it is destroyed; it can be moved,
 * also while it runs. wd::Handle refers to one without owning it: it is as cheap as a
 * pointer, and one whose watchdog was freed meanwhile is an error, not a crash. Keep a
 * Handle where the owner could be moved or destroyed: in other threads, in callbacks.
 *
 * Errors. Every function returns a wd::Status. Where exceptions are on, an error is thrown
 * as wd::Error instead, except by what is noexcept, and except for Status::timed_out, which
 * only those get who set a limit. Where they are off (-fno-exceptions), it is returned, and
 * last_error() has the words; functions that return something else say what they return
 * then. Without -frtti all works too. Files of both kinds can be linked into one program.
 *
 * Exceptions never cross the library. One that leaves a callback is caught, counted
 * (Watchdog::failures) and handed to the handler of set_failure_handler, which by default
 * writes one line to stderr; the watchdog goes on as if the callback had returned.
 *
 * Times are std::chrono::milliseconds, into which seconds, minutes and hours convert by
 * themselves. What is finer does not compile: round it, with std::chrono::ceil for instance.
 *
 * Licence: MIT OR Apache-2.0.
 */
#ifndef WATCHDOG_HPP
#define WATCHDOG_HPP

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "watchdog.h"

/* Set by the compiler's options. Where errors are returned, the compiler warns when they
 * are not looked at. The inline namespace keeps the two kinds of code apart. */
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define WD_HPP_THROWS 1
#define WD_HPP_NODISCARD
#define WD_HPP_KIND throwing
#else
#define WD_HPP_THROWS 0
#define WD_HPP_NODISCARD [[nodiscard]]
#define WD_HPP_KIND returning
#endif

namespace wd {

using std::chrono::milliseconds;

/* ---- Statuses ----------------------------------------------------------------- */

/* The statuses of watchdog.h: 0 or positive, done; negative, an error. */
enum class Status : wd_status {
    ok = WD_OK,
    healthy = WD_HEALTHY, /* check and start: fed in time; the same as ok */
    expired = WD_EXPIRED, /* check and start: not fed in time */
    empty = WD_EMPTY,     /* Queue::take: no event came in time */
    invalid_handle = WD_ERR_INVALID_HANDLE,
    invalid_argument = WD_ERR_INVALID_ARGUMENT,
    no_memory = WD_ERR_NO_MEMORY,
    timed_out = WD_ERR_TIMED_OUT,
    thread = WD_ERR_THREAD,
    panic = WD_ERR_PANIC,
    unsupported = WD_ERR_UNSUPPORTED,
};

constexpr bool is_error(Status status) noexcept
{
    return static_cast<wd_status>(status) < 0;
}

/* "WD_ERR_INVALID_HANDLE" and the like. */
inline const char *name_of(Status status) noexcept
{
    return wd_status_name(static_cast<wd_status>(status));
}

/* This thread's last error in words, valid until its next one: wd_last_error. */
inline const char *last_error() noexcept
{
    return wd_last_error();
}

/* Which clock measures expiry: wd_clock_name. */
inline const char *clock_name() noexcept
{
    return wd_clock_name();
}

/* The version of the library in use: wd_version. */
inline const char *version() noexcept
{
    return wd_version();
}

/* By how much the monitor is late for its next look: wd_monitor_late_ms. */
inline milliseconds monitor_late() noexcept
{
    std::uint64_t ms = 0;
    wd_monitor_late_ms(&ms);
    return milliseconds(static_cast<std::int64_t>(ms));
}

/* ---- Times ---------------------------------------------------------------------- */

/* How long a watchdog may stay unfed, and how soon its callback is repeated: wd_new. */
struct Times {
    milliseconds timeout;
    milliseconds interval;
};

/* Times that suit many: wd::Watchdog dog(wd::presets::service); */
namespace presets {
inline constexpr Times standard{milliseconds(WD_DEFAULT_TIMEOUT_MS),
                                milliseconds(WD_DEFAULT_INTERVAL_MS)};
inline constexpr Times realtime{milliseconds(WD_PRESET_REALTIME_TIMEOUT_MS),
                                milliseconds(WD_PRESET_REALTIME_INTERVAL_MS)};
inline constexpr Times service{milliseconds(WD_PRESET_SERVICE_TIMEOUT_MS),
                               milliseconds(WD_PRESET_SERVICE_INTERVAL_MS)};
inline constexpr Times batch{milliseconds(WD_PRESET_BATCH_TIMEOUT_MS),
                             milliseconds(WD_PRESET_BATCH_INTERVAL_MS)};
inline constexpr Times background{milliseconds(WD_PRESET_BACKGROUND_TIMEOUT_MS),
                                  milliseconds(WD_PRESET_BACKGROUND_INTERVAL_MS)};
} // namespace presets

/* ---- Exceptions that leave callbacks ----------------------------------------------- */

/* An exception that has left a callback. What it points to lives as long as the handler
 * runs. */
struct Failure {
    wd_watchdog *watchdog;        /* whose callback it was; the callback may have freed it */
    const char *what;             /* std::exception::what(), or words that say there is none */
    std::exception_ptr exception; /* to be rethrown, or kept */
    std::uint64_t count;          /* so many have left this watchdog's callbacks by now */
};

/* Runs on the thread of the callback, concurrently for several watchdogs, and may call
 * everything that a callback may. What it throws itself goes to stderr. */
using FailureHandler = void (*)(const Failure &failure);

/* One line on stderr: what the library does by default. */
inline void print_failure(const Failure &failure) noexcept
{
    char name[WD_NAME_MAX + 1] = "";
    wd_name(failure.watchdog, name, sizeof name);
    std::fprintf(stderr, "watchdog%s%s: its callback has thrown: %s\n", *name ? " " : "", name,
                 failure.what);
}

namespace internal {
inline std::atomic<FailureHandler> failure_handler{print_failure};
}

/* Sets what is done with exceptions that leave callbacks, of all watchdogs of the process;
 * null: print_failure. Returns the handler before. Any thread, any time. */
inline FailureHandler set_failure_handler(FailureHandler handler) noexcept
{
    return internal::failure_handler.exchange(handler != nullptr ? handler : print_failure);
}

inline namespace WD_HPP_KIND {

#if WD_HPP_THROWS
/* What went wrong: what() has the words of wd_last_error. */
class Error : public std::runtime_error {
public:
    Error(Status status, const char *words) : std::runtime_error(words), status_(status) {}

    Status status() const noexcept { return status_; }

private:
    Status status_;
};
#endif

namespace detail {

/* The end of every call: throws an error where that is possible. */
inline Status settle(wd_status status)
{
#if WD_HPP_THROWS
    if (status < 0) {
        throw Error(static_cast<Status>(status), wd_last_error());
    }
#endif
    return static_cast<Status>(status);
}

/* As settle, for a wait that its caller has limited. */
inline Status settle_wait(wd_status status)
{
    return status == WD_ERR_TIMED_OUT ? Status::timed_out : settle(status);
}

/* A limit for C, where negative is none: a limit that has passed is not. */
constexpr std::int64_t limit_for_c(milliseconds limit) noexcept
{
    return limit.count() < 0 ? 0 : limit.count();
}

/* A negative time becomes a value that the library refuses. */
constexpr std::uint64_t time_for_c(milliseconds time) noexcept
{
    return static_cast<std::uint64_t>(time.count());
}

} // namespace detail

class Queue;

/* ---- Handle: a watchdog that somebody else owns -------------------------------------- */

/* Refers to a watchdog. Every function may be called from any thread at any time, also
 * after the watchdog was freed: Status::invalid_handle. */
class Handle {
public:
    /* Refers to none; or to one made in C. */
    explicit Handle(wd_watchdog *watchdog = nullptr) noexcept : watchdog_(watchdog) {}

    /* For the functions of watchdog.h; null for none. */
    wd_watchdog *get() const noexcept { return watchdog_; }

    /* Whether it refers to one. That one may have been freed meanwhile. */
    explicit operator bool() const noexcept { return watchdog_ != nullptr; }

    /* Feeds: the time since the last feed begins anew. Returns its error always, which is
     * not kept for last_error. May be called in a signal handler. */
    Status feed() const noexcept { return static_cast<Status>(wd_feed(watchdog_)); }

    /* Checks once, now, on this thread: runs the callback here if it has expired. */
    WD_HPP_NODISCARD Status check() const { return detail::settle(wd_check(watchdog_)); }

    /* check, and then a sleep for the interval, which a stop ends. */
    WD_HPP_NODISCARD Status start() const { return detail::settle(wd_start(watchdog_)); }

    /* Starts background monitoring, which counts as a feed. Without daemon, a normal exit
     * of the process waits until the watchdog is stopped. That matters only where no owner
     * is destroyed first: owners in main and static ones are. */
    WD_HPP_NODISCARD Status start_thread(bool daemon = true) const
    {
        return detail::settle(wd_start_thread(watchdog_, daemon ? 1 : 0));
    }

    /* Ends background monitoring and waits for a running callback, not for its own. */
    WD_HPP_NODISCARD Status stop() const { return detail::settle(wd_stop(watchdog_, -1)); }

    /* The same, and waits so long at most; 0 or less: not at all. Returns
     * Status::timed_out when a callback still runs: monitoring is off all the same. */
    [[nodiscard]] Status stop(milliseconds limit) const
    {
        return detail::settle_wait(wd_stop(watchdog_, detail::limit_for_c(limit)));
    }

    /* Waits until somebody else has ended background monitoring. */
    WD_HPP_NODISCARD Status join() const { return detail::settle(wd_join(watchdog_, -1)); }

    /* The same, for so long at most. Returns Status::timed_out when monitoring goes on. */
    [[nodiscard]] Status join(milliseconds limit) const
    {
        return detail::settle_wait(wd_join(watchdog_, detail::limit_for_c(limit)));
    }

    /* While paused nothing expires. Pauses count; the last resume feeds. See PauseScope. */
    WD_HPP_NODISCARD Status pause() const { return detail::settle(wd_pause(watchdog_)); }
    WD_HPP_NODISCARD Status resume() const { return detail::settle(wd_resume(watchdog_)); }

    /* Changes the times, at once. */
    WD_HPP_NODISCARD Status set_times(milliseconds timeout, milliseconds interval) const
    {
        return detail::settle(wd_set_times(watchdog_, detail::time_for_c(timeout),
                                           detail::time_for_c(interval)));
    }
    WD_HPP_NODISCARD Status set_times(Times times) const
    {
        return set_times(times.timeout, times.interval);
    }

    /* Has the library end the process when the callback has run, or the watchdog been unfed,
     * for so long; zero is no limit, both zero no last resort: wd_set_last_resort. */
    WD_HPP_NODISCARD Status set_last_resort(milliseconds callback, milliseconds unfed,
                                            std::int32_t action = WD_RESORT_ABORT) const
    {
        return detail::settle(wd_set_last_resort(watchdog_, detail::time_for_c(callback),
                                                 detail::time_for_c(unfed), action));
    }

    /* Puts an event into a queue at expiry, in place of the callback. The tag comes with it. */
    WD_HPP_NODISCARD Status set_queue(const Queue &queue, std::uint64_t tag = 0) const;

    /* A name for people to read: UTF-8 of at most WD_NAME_MAX bytes; "" clears it. */
    WD_HPP_NODISCARD Status set_name(const char *utf8) const
    {
        return detail::settle(wd_set_name(watchdog_, utf8));
    }
    WD_HPP_NODISCARD Status set_name(const std::string &utf8) const
    {
        return set_name(utf8.c_str());
    }

    /* The name, "" for none. Without exceptions "" after an error too. */
    std::string name() const
    {
        char buffer[WD_NAME_MAX + 1] = "";
        (void)detail::settle(wd_name(watchdog_, buffer, sizeof buffer));
        return buffer;
    }

    /* The times, and the time since the last feed. Without exceptions -1 ms after an
     * error. */
    milliseconds timeout() const { return time(wd_timeout_ms); }
    milliseconds interval() const { return time(wd_interval_ms); }
    milliseconds since_feed() const { return time(wd_since_feed_ms); }

    /* Whether background monitoring is on. Without exceptions false after an error. */
    bool is_running() const
    {
        std::int32_t running = 0;
        (void)detail::settle(wd_is_running(watchdog_, &running));
        return running != 0;
    }

    /* Whether both refer to the same watchdog, or to none. */
    friend bool operator==(const Handle &a, const Handle &b) noexcept
    {
        return a.watchdog_ == b.watchdog_;
    }
    friend bool operator!=(const Handle &a, const Handle &b) noexcept { return !(a == b); }

private:
    milliseconds time(wd_status (*question)(wd_watchdog *, std::uint64_t *)) const
    {
        std::uint64_t ms = 0;
        Status status = detail::settle(question(watchdog_, &ms));
        return milliseconds(is_error(status) ? -1 : static_cast<std::int64_t>(ms));
    }

    friend class Watchdog;
    wd_watchdog *watchdog_;
};

/* ---- Queue: expiries to be taken, instead of callbacks -------------------------------- */

/* What a queue holds: see wd_event. */
struct Event {
    Handle watchdog; /* which may have been freed meanwhile */
    std::uint64_t tag = 0;
    milliseconds unfed{0};
    std::uint64_t lost = 0; /* so many were lost directly before it */
};

/* Owns a queue of events. Moved from, or where it could not be made, it is empty: whatever is
 * called then is Status::invalid_handle. It may be destroyed before watchdogs that have it:
 * their expiries go nowhere then. */
class Queue {
public:
    /* Holds so many events, WD_QUEUE_MAX at most; then new ones are lost, and counted. Without
     * exceptions it is empty, and so false, after an error. */
    explicit Queue(std::uint32_t capacity) : queue_(wd_queue_new(capacity))
    {
#if WD_HPP_THROWS
        if (queue_ == nullptr) {
            bool is_good = capacity > 0 && capacity <= WD_QUEUE_MAX;
            throw Error(is_good ? Status::no_memory : Status::invalid_argument, wd_last_error());
        }
#endif
    }

    ~Queue() { wd_queue_free(queue_); }

    Queue(Queue &&other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}
    Queue &operator=(Queue &&other) noexcept
    {
        Queue taken(std::move(other));
        swap(taken);
        return *this;
    }
    Queue(const Queue &) = delete;
    Queue &operator=(const Queue &) = delete;

    void swap(Queue &other) noexcept { std::swap(queue_, other.queue_); }

    /* For the functions of watchdog.h; null for none. */
    wd_queue *get() const noexcept { return queue_; }
    explicit operator bool() const noexcept { return queue_ != nullptr; }

    /* Takes the oldest event, waiting for one. Returns Status::ok, or Status::empty when
     * wake has ended the wait. */
    [[nodiscard]] Status take(Event &event) const { return take_within(event, -1); }

    /* The same, and waits so long at most; 0 or less: not at all. */
    [[nodiscard]] Status take(Event &event, milliseconds limit) const
    {
        return take_within(event, detail::limit_for_c(limit));
    }

    /* Ends a wait, or the next one. */
    WD_HPP_NODISCARD Status wake() const { return detail::settle(wd_queue_wake(queue_)); }

    /* How many events were lost in all. Without exceptions 0 after an error. */
    std::uint64_t lost() const
    {
        std::uint64_t lost = 0;
        (void)detail::settle(wd_queue_lost(queue_, &lost));
        return lost;
    }

private:
    Status take_within(Event &event, std::int64_t limit) const
    {
        wd_event taken{};
        taken.size = sizeof taken;
        Status status = detail::settle(wd_queue_take(queue_, &taken, limit));
        if (status == Status::ok) {
            event = Event{Handle(taken.watchdog), taken.tag,
                          milliseconds(static_cast<std::int64_t>(taken.unfed_ms)), taken.lost};
        }
        return status;
    }

    wd_queue *queue_;
};

inline void swap(Queue &a, Queue &b) noexcept
{
    a.swap(b);
}

inline Status Handle::set_queue(const Queue &queue, std::uint64_t tag) const
{
    /* In C no queue clears it; here an empty Queue is an error. */
    return detail::settle(queue ? wd_set_queue(watchdog_, queue.get(), tag)
                                : wd_queue_wake(queue.get()));
}

namespace detail {

/* How many exceptions have left a watchdog's callbacks. Outlives whoever is first to go:
 * the watchdog, or the callable that destroys it. */
using Failures = std::shared_ptr<std::atomic<std::uint64_t>>;

inline Failures make_failures()
{
#if WD_HPP_THROWS
    return std::make_shared<std::atomic<std::uint64_t>>(0);
#else
    return nullptr;
#endif
}

#if WD_HPP_THROWS
inline void report(const Failure &failure) noexcept
{
    try {
        internal::failure_handler.load()(failure);
    } catch (...) {
        std::fputs("watchdog: the handler of callbacks' exceptions has thrown\n", stderr);
        print_failure(failure);
    }
}
#endif

/* The user_data of a callable, owned by the library. */
template <class Function> struct Callable {
    Function function;
    wd_watchdog *watchdog;
    Failures failures;

    static void run(void *user_data) noexcept
    {
        auto *self = static_cast<Callable *>(user_data);
#if WD_HPP_THROWS
        try {
            self->call();
        } catch (const std::exception &exception) {
            self->failed(exception.what());
        } catch (...) {
            self->failed("something that is not a std::exception");
        }
#else
        self->call();
#endif
    }

    static void destroy(void *user_data) noexcept { delete static_cast<Callable *>(user_data); }

private:
    void call()
    {
        if constexpr (std::is_invocable_v<Function &, Handle>) {
            function(Handle(watchdog));
        } else {
            function();
        }
    }

#if WD_HPP_THROWS
    void failed(const char *what) noexcept
    {
        report(Failure{watchdog, what, std::current_exception(), ++*failures});
    }
#endif
};

} // namespace detail

/* ---- Watchdog: the owner ---------------------------------------------------------- */

/* Owns a watchdog. Moved from, or where it could not be made, it is empty: whatever is
 * called then is Status::invalid_handle. As with every object, moving or destroying it
 * must not race other uses of it; those of a Handle may. */
class Watchdog : public Handle {
public:
    /* Makes a watchdog, fed and not running. Without exceptions it is empty, and so false,
     * after an error. */
    explicit Watchdog(Times times = presets::standard)
        : Watchdog(Adopted{}, wd_new(detail::time_for_c(times.timeout),
                                     detail::time_for_c(times.interval)))
    {
#if WD_HPP_THROWS
        if (watchdog_ == nullptr) {
            bool times_are_good = times.timeout.count() > 0 && times.interval.count() >= 0;
            throw Error(times_are_good ? Status::no_memory : Status::invalid_argument,
                        wd_last_error());
        }
#endif
        failures_ = detail::make_failures();
    }
    Watchdog(milliseconds timeout, milliseconds interval) : Watchdog(Times{timeout, interval}) {}

    /* Stops, waits for a running callback (not for its own), and releases. The callable is
     * then destroyed, or, if this is inside the callback, when that returns. */
    ~Watchdog() { wd_free(watchdog_); }

    /* The watchdog runs on, the other owner is empty. */
    Watchdog(Watchdog &&other) noexcept
        : Handle(std::exchange(other.watchdog_, nullptr)), failures_(std::move(other.failures_))
    {
    }

    /* Frees what it owned before, as the destructor does. */
    Watchdog &operator=(Watchdog &&other) noexcept
    {
        Watchdog taken(std::move(other));
        swap(taken);
        return *this;
    }

    Watchdog(const Watchdog &) = delete;
    Watchdog &operator=(const Watchdog &) = delete;

    void swap(Watchdog &other) noexcept
    {
        std::swap(watchdog_, other.watchdog_);
        failures_.swap(other.failures_);
    }

    /* Takes over a watchdog made in C. */
    static Watchdog adopt(wd_watchdog *watchdog)
    {
        Watchdog adopted(Adopted{}, watchdog);
        adopted.failures_ = detail::make_failures();
        return adopted;
    }

    /* Gives the watchdog away, to be freed with wd_free. */
    [[nodiscard]] wd_watchdog *release() noexcept { return std::exchange(watchdog_, nullptr); }

    /* Replaces the callback, also while running: any callable, without arguments or with a
     * Handle to this watchdog. When it returns, the old one is not running and will not run
     * again, unless called from inside it: then the running call is the last.
     *
     * The callable is moved or copied, and destroyed exactly once, when it cannot run any
     * more: by whoever replaces it or frees the watchdog, or when its last run ends. One that
     * owns its own watchdog, by a std::shared_ptr for instance, keeps that alive for ever.
     *
     * It runs on a thread of the library, or in check and start on the caller's; never
     * concurrently with itself. What it throws goes to the handler of set_failure_handler. */
    template <class Function> WD_HPP_NODISCARD Status set_callback(Function &&function)
    {
        using Callable = detail::Callable<std::decay_t<Function>>;
        static_assert(std::is_invocable_v<std::decay_t<Function> &> ||
                          std::is_invocable_v<std::decay_t<Function> &, Handle>,
                      "a callback takes nothing, or a wd::Handle");
#if WD_HPP_THROWS
        auto *callable = new Callable{std::forward<Function>(function), watchdog_, failures_};
#else
        auto *callable =
            new (std::nothrow) Callable{std::forward<Function>(function), watchdog_, failures_};
        if (callable == nullptr) {
            return Status::no_memory;
        }
#endif
        return detail::settle(
            wd_set_callback_owned(watchdog_, Callable::run, callable, Callable::destroy));
    }

    /* From here on nothing runs at expiry. */
    WD_HPP_NODISCARD Status set_callback(std::nullptr_t)
    {
        return detail::settle(wd_set_callback(watchdog_, nullptr, nullptr));
    }

    /* So many exceptions have left this watchdog's callbacks. */
    std::uint64_t failures() const noexcept { return failures_ != nullptr ? failures_->load() : 0; }

private:
    struct Adopted {};
    Watchdog(Adopted, wd_watchdog *watchdog) noexcept : Handle(watchdog) {}

    detail::Failures failures_; /* of an owner that is empty: null */
};

inline void swap(Watchdog &a, Watchdog &b) noexcept
{
    a.swap(b);
}

/* ---- Scopes --------------------------------------------------------------------------- */

/* Feeds when the scope is left, in whatever way. */
class FeedOnExit {
public:
    explicit FeedOnExit(Handle watchdog) noexcept : watchdog_(watchdog) {}
    ~FeedOnExit() { watchdog_.feed(); }
    FeedOnExit(const FeedOnExit &) = delete;
    FeedOnExit &operator=(const FeedOnExit &) = delete;

private:
    Handle watchdog_;
};

/* Feeds when the scope is left in any way but by an exception: work that fails is no sign
 * of life. */
class FeedOnSuccess {
public:
    explicit FeedOnSuccess(Handle watchdog) noexcept : watchdog_(watchdog) {}
    ~FeedOnSuccess()
    {
        if (std::uncaught_exceptions() <= exceptions_before_) {
            watchdog_.feed();
        }
    }
    FeedOnSuccess(const FeedOnSuccess &) = delete;
    FeedOnSuccess &operator=(const FeedOnSuccess &) = delete;

private:
    Handle watchdog_;
    int exceptions_before_ = std::uncaught_exceptions();
};

/* Pauses a watchdog while the scope lasts: nothing expires. At its end it resumes, which
 * feeds. */
class PauseScope {
public:
    explicit PauseScope(Handle watchdog) : watchdog_(watchdog), status_(watchdog.pause()) {}
    ~PauseScope()
    {
        if (!is_error(status_)) {
            wd_resume(watchdog_.get()); /* an error can only say that it was freed meanwhile */
        }
    }
    PauseScope(const PauseScope &) = delete;
    PauseScope &operator=(const PauseScope &) = delete;

    /* Whether it could pause; an error only without exceptions. */
    Status status() const noexcept { return status_; }

private:
    Handle watchdog_;
    Status status_;
};

/* ---- The process ------------------------------------------------------------------------ */

/* Stops every watchdog of the process and waits for their callbacks: wd_shutdown. */
WD_HPP_NODISCARD inline Status shutdown()
{
    return detail::settle(wd_shutdown(-1));
}

/* The same, and waits so long at most; Status::timed_out when a callback still runs. */
[[nodiscard]] inline Status shutdown(milliseconds limit)
{
    return detail::settle_wait(wd_shutdown(detail::limit_for_c(limit)));
}

/* Where a last resort leaves a record of why; "": nowhere: wd_set_record_file. */
WD_HPP_NODISCARD inline Status set_record_file(const char *path)
{
    return detail::settle(wd_set_record_file(path));
}
WD_HPP_NODISCARD inline Status set_record_file(const std::string &path)
{
    return set_record_file(path.c_str());
}

} // namespace WD_HPP_KIND
} // namespace wd

#undef WD_HPP_NODISCARD
#undef WD_HPP_KIND

#endif
