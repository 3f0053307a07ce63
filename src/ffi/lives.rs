use super::{done, guard, handle, wd_status, wd_watchdog, WD_OK};
use crate::core::time::Times;
use crate::engine;

/// ---- Making and freeing ----------------------------------------------------
///
/// Makes a watchdog. It is fed and not running.
///
/// timeout_ms   so long, in milliseconds, it may stay unfed; 1 to INT64_MAX
/// interval_ms  while it stays unfed, the callback runs again so many milliseconds after
///              its previous run began, or as soon as that run has ended if it took
///              longer; runs missed are not made up. 0: once per missed feed, and not
///              again until it has been fed. At most INT64_MAX. For wd_start it is the
///              time to sleep.
///
/// Returns the watchdog; null, with wd_last_error set, when a time is out of range
/// (timeout_ms 0, or either over INT64_MAX), when there is no memory, or as many
/// watchdogs are alive as there can be.
///
/// The caller owns it and ends it with wd_free.
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_new(timeout_ms: u64, interval_ms: u64) -> *mut wd_watchdog {
    guard("wd_new", || {
        let times = Times::new(timeout_ms, interval_ms)?;
        Ok(engine::create(times)? as *mut wd_watchdog)
    })
}

/// Stops a watchdog, waits for a running callback, wd_check's too, and releases it. When
/// it returns, the callback will never run again, and owned user_data is destroyed.
///
/// From inside the watchdog's own callback it does not wait: the handle is invalid at
/// once, and the release completes when the callback returns.
///
/// wd  the watchdog; null is a no-op
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_PANIC. Of several frees of one watchdog
/// one succeeds, and the others return WD_ERR_INVALID_HANDLE without waiting.
///
/// The handle is invalid from the call on, and its value is not issued again (on 32-bit
/// platforms as late as can be). Waits in wd_join and wd_start end. There is no limit to
/// the wait: if the callback may be stuck, call wd_stop with one first.
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_free(wd: *mut wd_watchdog) -> wd_status {
    guard("wd_free", || if wd.is_null() { Ok(WD_OK) } else { done(engine::free(handle(wd))) })
}
