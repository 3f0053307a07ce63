use super::{done, guard, handle, limit, wd_status, wd_watchdog};
use crate::engine;

/// ---- Monitoring in the background --------------------------------------------
///
/// Starts background monitoring, which counts as a feed. A no-op that succeeds when it is
/// running: neither timer nor daemon change.
///
/// wd      the watchdog
/// daemon  0: a normal exit of the process (return from main, exit) waits until the
///         watchdog is stopped, while monitoring goes on; not 0: it does not. An exit
///         inside such a watchdog's own callback does not wait for it. On Windows, where a
///         DLL cannot hold a process open, 0 is accepted, and the program calls wd_join
///         before it returns from main.
///
/// Returns WD_OK: from now on no refusal of threads or memory keeps the callback from
/// running (as long as fewer than ten callbacks are stuck at once);
/// WD_ERR_INVALID_HANDLE; WD_ERR_THREAD: a thread was refused, and it is not running;
/// WD_ERR_PANIC.
///
/// One monitor thread serves all watchdogs of the process, and a few threads run their
/// callbacks: the first start makes the monitor and its helpers, and each of the first ten
/// starts a worker.
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_start_thread(wd: *mut wd_watchdog, daemon: i32) -> wd_status {
    guard("wd_start_thread", || done(engine::start_thread(handle(wd), daemon != 0)))
}

/// Ends background monitoring and waits for a running callback, wd_check's too. Returns at
/// once when no callback is running, however long the interval, and when the watchdog is
/// not running. From inside the watchdog's own callback it never waits for itself.
///
/// wd          the watchdog
/// timeout_ms  so many milliseconds it waits at most; negative: as long as it takes;
///             0: not at all
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_TIMED_OUT: a callback still runs. Monitoring
/// is off all the same and no new callback starts; it can be called again, and started
/// again, where the first new callback waits for the old one's end; WD_ERR_PANIC.
///
/// A callback that waits for a lock which the caller of wd_stop holds never ends, nor does
/// the wait. Two callbacks that stop each other's watchdog wait for each other for ever.
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_stop(wd: *mut wd_watchdog, timeout_ms: i64) -> wd_status {
    guard("wd_stop", || done(engine::stop(handle(wd), limit(timeout_ms))))
}

/// Waits until background monitoring has been ended by someone else: by wd_stop, wd_free or
/// wd_shutdown. It does not wait for callbacks. At once when the watchdog is not running.
/// A stop ends the wait even if a start follows at once.
///
/// wd          the watchdog
/// timeout_ms  as in wd_stop
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_TIMED_OUT: monitoring goes on; WD_ERR_PANIC.
/// Woken by wd_free it returns WD_OK or WD_ERR_INVALID_HANDLE.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_join(wd: *mut wd_watchdog, timeout_ms: i64) -> wd_status {
    guard("wd_join", || done(engine::join(handle(wd), limit(timeout_ms))))
}

/// Ends the threads of the library that have run callbacks, for runtimes that wait for every
/// thread which was once in their code, before they end or unload it: those that are idle
/// before it returns, the others, with the caller if it is one, when their callback returns.
/// First stop the watchdogs whose callbacks lead there. Others run on: fresh threads are
/// started for them.
///
/// Returns WD_OK; WD_ERR_THREAD: a fresh thread was refused, and the others stay;
/// WD_ERR_PANIC.
///
/// It does not wait for callbacks, nor for what a program has left to be done at the end of
/// each thread (destructors of thread-local objects and keys), which may still run for a moment:
/// a module that has such must wait for its own before it is unloaded.
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_retire_threads() -> wd_status {
    guard("wd_retire_threads", || done(engine::retire_threads()))
}

/// wd_stop for every watchdog of the process, with one limit for all. They can be started
/// again. From inside a callback it does not wait for that one.
///
/// timeout_ms  as in wd_stop
///
/// Returns WD_OK; WD_ERR_TIMED_OUT: monitoring is off, but a callback still runs;
/// WD_ERR_PANIC.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_shutdown(timeout_ms: i64) -> wd_status {
    guard("wd_shutdown", || done(engine::shutdown(limit(timeout_ms))))
}
