use super::{bytes_of, done, guard, handle, wd_status, wd_watchdog};
use crate::core::time::Times;
use crate::engine;
use crate::error::{Error, NAME_MAX};
use std::mem::MaybeUninit;
use std::os::raw::c_char;
use std::slice;
use std::str;

/// ---- Settings ----------------------------------------------------------------
///
/// While a watchdog is paused nothing expires, and wd_check is healthy. Pauses count: it
/// takes as many resumes. A pause outlives wd_stop and wd_start_thread. A callback that was
/// being started when the pause began may still run.
///
/// wd  the watchdog
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: paused 4294967295 times
/// already; WD_ERR_PANIC.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_pause(wd: *mut wd_watchdog) -> wd_status {
    guard("wd_pause", || done(engine::pause(handle(wd))))
}

/// Ends a pause. Ending the last one feeds.
///
/// wd  the watchdog
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: it is not paused;
/// WD_ERR_PANIC.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_resume(wd: *mut wd_watchdog) -> wd_status {
    guard("wd_resume", || done(engine::resume(handle(wd))))
}

/// Changes the times, at once: a new timeout is measured from the last feed, a new interval
/// from the begin of the previous run. What a longer timeout makes not yet due stops
/// repeating.
///
/// wd                       the watchdog
/// timeout_ms, interval_ms  as in wd_new
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: a time is out of range,
/// and both stay as they were; WD_ERR_PANIC.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_set_times(wd: *mut wd_watchdog, timeout_ms: u64, interval_ms: u64) -> wd_status {
    guard("wd_set_times", || {
        engine::is_live(handle(wd))?;
        let times = Times::new(timeout_ms, interval_ms)?;
        done(engine::set_times(handle(wd), times))
    })
}

/// Gives a watchdog a name, for people to read.
///
/// wd    the watchdog
/// utf8  UTF-8, closed by a zero, of at most WD_NAME_MAX bytes without it; null or "" clears
///       the name
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: too long or not UTF-8, and
/// the name stays as it was; WD_ERR_NO_MEMORY; WD_ERR_PANIC.
///
/// The name is copied.
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
///
/// # Safety
/// `utf8` is null or points to bytes closed by a zero.
#[no_mangle]
pub unsafe extern "C" fn wd_set_name(wd: *mut wd_watchdog, utf8: *const c_char) -> wd_status {
    guard("wd_set_name", || {
        engine::is_live(handle(wd))?;
        // SAFETY: as this function's caller promises.
        let name = unsafe { bytes_of(utf8) };
        if name.len() > NAME_MAX {
            return Err(Error::LongName(name.len()));
        }
        let name = str::from_utf8(name).map_err(|error| Error::NameNotUtf8(error.valid_up_to()))?;
        done(engine::set_name(handle(wd), name))
    })
}

/// Copies a watchdog's name, and a closing zero, into a buffer.
///
/// wd      the watchdog
/// buffer  where to; nothing is written behind the zero
/// size    the buffer's bytes; WD_NAME_MAX + 1 are always enough
///
/// Returns WD_OK, also for the empty name of one that has none; WD_ERR_INVALID_HANDLE;
/// WD_ERR_INVALID_ARGUMENT: buffer is null or too small, and untouched; WD_ERR_PANIC.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
///
/// # Safety
/// `buffer` is null or has room for `size` bytes.
#[no_mangle]
pub unsafe extern "C" fn wd_name(wd: *mut wd_watchdog, buffer: *mut c_char, size: usize) -> wd_status {
    guard("wd_name", || {
        engine::is_live(handle(wd))?;
        if buffer.is_null() {
            return Err(Error::NullArgument("buffer"));
        }
        let buffer: *mut MaybeUninit<u8> = buffer.cast();
        // SAFETY: the caller promises `size` bytes, which need not be initialised; more of
        // them than a name can take are not looked at.
        let buffer = unsafe { slice::from_raw_parts_mut(buffer, size.min(NAME_MAX + 1)) };
        let length = engine::name(handle(wd), buffer)?;
        buffer[length] = MaybeUninit::new(0);
        done(Ok(()))
    })
}
