use super::{done, guard, handle, wd_status, wd_watchdog};
use crate::core::time::Times;
use crate::engine::{self, Handle};
use crate::error::Error;

/// ---- Questions -----------------------------------------------------------------
///
/// How long a watchdog may stay unfed.
///
/// wd   the watchdog
/// out  receives milliseconds
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: out is null; WD_ERR_PANIC.
/// Errors leave out untouched.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
///
/// # Safety
/// `out` is null or may be written to.
#[no_mangle]
pub unsafe extern "C" fn wd_timeout_ms(wd: *mut wd_watchdog, out: *mut u64) -> wd_status {
    // SAFETY: as this function's caller promises.
    guard("wd_timeout_ms", || unsafe {
        answer(handle(wd), out, |wd| engine::times(wd).map(Times::timeout_ms))
    })
}

/// How soon the callback is repeated: see wd_new.
///
/// wd   the watchdog
/// out  receives milliseconds
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: out is null; WD_ERR_PANIC.
/// Errors leave out untouched.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
///
/// # Safety
/// `out` is null or may be written to.
#[no_mangle]
pub unsafe extern "C" fn wd_interval_ms(wd: *mut wd_watchdog, out: *mut u64) -> wd_status {
    // SAFETY: as this function's caller promises.
    guard("wd_interval_ms", || unsafe {
        answer(handle(wd), out, |wd| engine::times(wd).map(Times::interval_ms))
    })
}

/// The time since the last feed: by wd_feed, wd_new, wd_start_thread or the last wd_resume.
/// It goes on while the watchdog is paused, and while the process is stopped.
///
/// wd   the watchdog
/// out  receives milliseconds
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: out is null; WD_ERR_PANIC.
/// Errors leave out untouched.
///
/// Any thread. Takes no lock. Not in a signal handler.
/// Since 0.1.0.
///
/// # Safety
/// `out` is null or may be written to.
#[no_mangle]
pub unsafe extern "C" fn wd_since_feed_ms(wd: *mut wd_watchdog, out: *mut u64) -> wd_status {
    // SAFETY: as this function's caller promises.
    guard("wd_since_feed_ms", || unsafe {
        answer(handle(wd), out, |wd| engine::since_feed(wd).map(|nanos| nanos / 1_000_000))
    })
}

/// Whether background monitoring is on.
///
/// wd   the watchdog
/// out  receives 1 or 0
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: out is null; WD_ERR_PANIC.
/// Errors leave out untouched.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
///
/// # Safety
/// `out` is null or may be written to.
#[no_mangle]
pub unsafe extern "C" fn wd_is_running(wd: *mut wd_watchdog, out: *mut i32) -> wd_status {
    // SAFETY: as this function's caller promises.
    guard("wd_is_running", || unsafe { answer(handle(wd), out, |wd| engine::is_running(wd).map(i32::from)) })
}

/// By how much the monitor is late for its next look: usually 0, a few milliseconds on a busy
/// machine. More than that says that nobody would notice a hang now: something keeps the
/// monitor thread from running, such as a debugger that has stopped it alone.
///
/// out  receives milliseconds
///
/// Returns WD_OK; WD_ERR_INVALID_ARGUMENT: out is null; WD_ERR_PANIC.
///
/// Any thread. Takes no lock. Not in a signal handler.
/// Since 0.1.0.
///
/// # Safety
/// `out` is null or may be written to.
#[no_mangle]
pub unsafe extern "C" fn wd_monitor_late_ms(out: *mut u64) -> wd_status {
    // SAFETY: as this function's caller promises.
    guard("wd_monitor_late_ms", || unsafe { answer(0, out, |_| Ok(engine::monitor_late() / 1_000_000)) })
}

/// # Safety
/// `out` is null or may be written to.
unsafe fn answer<T>(
    wd: Handle,
    out: *mut T,
    ask: impl FnOnce(Handle) -> Result<T, Error>,
) -> Result<wd_status, Error> {
    let answer = ask(wd)?;
    if out.is_null() {
        return Err(Error::NullArgument("out"));
    }
    // SAFETY: not null, and the caller promises the rest.
    unsafe { out.write(answer) };
    done(Ok(()))
}
