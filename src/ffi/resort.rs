use super::{bytes_of, done, guard, handle, wd_status, wd_watchdog, WD_RESORT_ABORT, WD_RESORT_KILL};
use crate::core::resort::Limits;
use crate::engine;
use crate::error::Error;
use crate::platform::End;
use std::convert::TryFrom;
use std::os::raw::c_char;

/// ---- The last resort -------------------------------------------------------------
///
/// Has the library itself end the process when a watchdog's callback is of no help: when it
/// is stuck, or when the watchdog is still unfed long after it has expired. Off unless this
/// is called. It counts while the watchdog is running and not paused, and until the library's
/// exit handler has run.
///
/// Before it acts it looks once more: fed in the meantime, the process just resumed, a
/// debugger attached, and it does not. Then it writes one line to standard error, and the
/// record of wd_set_record_file, and ends the process from its monitor thread, for which it
/// needs neither memory nor a thread.
///
/// wd           the watchdog
/// callback_ms  the callback has run for so long, and the watchdog is unfed; 0: no limit
/// unfed_ms     the watchdog has not been fed for so long, which is more than its timeout;
///              0: no limit. Both 0: no last resort any more. A timeout that is set later
///              and is longer counts instead.
/// action       WD_RESORT_ABORT; WD_RESORT_KILL; 1 to 255: exit with that code at once, no
///              exit handler runs
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: a limit is more than 292
/// million years, unfed_ms is not more than the timeout, or action is none; WD_ERR_NO_MEMORY:
/// 64 watchdogs have one already; WD_ERR_PANIC.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_set_last_resort(
    wd: *mut wd_watchdog,
    callback_ms: u64,
    unfed_ms: u64,
    action: i32,
) -> wd_status {
    guard("wd_set_last_resort", || {
        engine::is_live(handle(wd))?;
        let end = match (action, u8::try_from(action)) {
            (WD_RESORT_ABORT, _) => End::Abort,
            (WD_RESORT_KILL, _) => End::Kill,
            (_, Ok(code)) => End::Exit(code),
            _ => return Err(Error::BadAction(action)),
        };
        done(engine::set_resort(handle(wd), Limits { callback_ms, unfed_ms }, end))
    })
}

/// Where a last resort leaves a record of why, for the next start of the program to read:
/// lines "reason=callback" (or "unfed"), "name=", "unfed_ms=", "callback_ms=", "end=", "pid=",
/// "time=" (seconds since 1970), "version=". The file is written anew, readable by its owner,
/// and not through a symbolic link.
///
/// path  a path of at most 1023 bytes, closed by a zero; a relative one counts from the
///       working directory of then. Null or "": no record.
///
/// Returns WD_OK; WD_ERR_INVALID_ARGUMENT: it is too long, and the one before stays;
/// WD_ERR_PANIC.
///
/// The path is copied.
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
///
/// # Safety
/// `path` is null or points to bytes closed by a zero.
#[no_mangle]
pub unsafe extern "C" fn wd_set_record_file(path: *const c_char) -> wd_status {
    guard("wd_set_record_file", || {
        // SAFETY: as this function's caller promises.
        done(engine::set_record(unsafe { bytes_of(path) }))
    })
}
