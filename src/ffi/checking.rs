use super::{guard, handle, wd_status, wd_watchdog, WD_EXPIRED, WD_HEALTHY};
use crate::engine;

/// ---- Checking, without a thread of the library ------------------------------
///
/// Checks a watchdog once, on the calling thread and without sleeping, whatever the
/// interval and whether or not monitoring is on. (Where it has just expired, the monitor is
/// asked first whether the process was stopped: that takes 50 ms at most.) If more than the timeout has passed since
/// the last feed, it runs the callback here and now. While the callback is already
/// running, here or elsewhere, it reports expiry (unless fed since, or paused) and does
/// not run it a second time.
///
/// wd  the watchdog
///
/// Returns WD_HEALTHY: fed in time, or paused; WD_EXPIRED: not fed in time;
/// WD_ERR_INVALID_HANDLE; WD_ERR_PANIC.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_check(wd: *mut wd_watchdog) -> wd_status {
    guard("wd_check", || engine::check(handle(wd)).map(verdict))
}

/// wd_check, and then a sleep for the interval. wd_stop, wd_free and wd_shutdown, from
/// another thread or from the callback that it runs, at any moment of it, end the sleep at
/// once. A feed does not.
///
/// wd  the watchdog
///
/// Returns what wd_check has returned; WD_ERR_INVALID_HANDLE, without a sleep;
/// WD_ERR_PANIC.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_start(wd: *mut wd_watchdog) -> wd_status {
    guard("wd_start", || engine::start(handle(wd)).map(verdict))
}

fn verdict(expired: bool) -> wd_status {
    if expired {
        WD_EXPIRED
    } else {
        WD_HEALTHY
    }
}
