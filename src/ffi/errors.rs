use super::types::*;
use super::{last_error, no_panic};
use crate::engine;
use crate::error::Error;
use std::os::raw::c_char;

/// The status of an error, in one place.
pub fn status_of(error: Error) -> wd_status {
    match error {
        Error::NullHandle | Error::InvalidHandle(_) | Error::NullQueue | Error::InvalidQueue(_) => {
            WD_ERR_INVALID_HANDLE
        }
        Error::NullArgument(_)
        | Error::ZeroTimeout
        | Error::LongTime(..)
        | Error::NotPaused
        | Error::TooManyPauses
        | Error::LongName(_)
        | Error::NameNotUtf8(_)
        | Error::SmallBuffer { .. }
        | Error::ShortResort { .. }
        | Error::BadAction(_)
        | Error::BadCapacity(_)
        | Error::SmallEvent { .. }
        | Error::LongPath(_) => WD_ERR_INVALID_ARGUMENT,
        Error::NoMemory(_)
        | Error::TooManyWatchdogs(_)
        | Error::TooManyQueues(_)
        | Error::TooManyResorts(_) => WD_ERR_NO_MEMORY,
        Error::CallbackRuns(_) | Error::StillMonitored(_) => WD_ERR_TIMED_OUT,
        Error::NoThread(_) => WD_ERR_THREAD,
        Error::Panic => WD_ERR_PANIC,
    }
}

/// The name of a status, closed by a zero.
pub fn name_of(status: wd_status) -> &'static [u8] {
    match status {
        WD_OK => b"WD_OK\0",
        WD_EXPIRED => b"WD_EXPIRED\0",
        WD_EMPTY => b"WD_EMPTY\0",
        WD_ERR_INVALID_HANDLE => b"WD_ERR_INVALID_HANDLE\0",
        WD_ERR_INVALID_ARGUMENT => b"WD_ERR_INVALID_ARGUMENT\0",
        WD_ERR_NO_MEMORY => b"WD_ERR_NO_MEMORY\0",
        WD_ERR_TIMED_OUT => b"WD_ERR_TIMED_OUT\0",
        WD_ERR_THREAD => b"WD_ERR_THREAD\0",
        WD_ERR_PANIC => b"WD_ERR_PANIC\0",
        WD_ERR_UNSUPPORTED => b"WD_ERR_UNSUPPORTED\0",
        _ => b"WD_UNKNOWN\0",
    }
}

/// ---- Errors and versions ---------------------------------------------------------
///
/// This thread's last error in words, which name the value that was wrong and what would
/// have been right. A success leaves it as it was; so does wd_feed.
///
/// Returns a text, "" when there was no error; never null. Where there is no memory for
/// the words, they are the name of the status.
///
/// The library owns the text. It is valid until this thread's next failing call, and no
/// longer than the thread.
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_last_error() -> *const c_char {
    no_panic("wd_last_error", last_error::text).unwrap_or_else(|| b"\0".as_ptr().cast())
}

/// The name of a status.
///
/// status  what a function has returned
///
/// Returns "WD_ERR_INVALID_HANDLE" and the like; "WD_OK" for 0; "WD_UNKNOWN" for what is no
/// status; never null. Static.
///
/// Any thread, and any signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_status_name(status: wd_status) -> *const c_char {
    no_panic("wd_status_name", || name_of(status)).unwrap_or(b"WD_UNKNOWN\0").as_ptr().cast()
}

/// The clock that a feed reads: "counter", the processor's time-stamp counter tied to the
/// exact clock ten times a millisecond, where the processor and the system vouch for it, or
/// "monotonic", the exact clock itself. Expiry is always decided by the exact clock.
///
/// The choice is made when the library is loaded. The environment variable WATCHDOG_CLOCK,
/// with one of these names, can rule the counter out, or in where only the system does not
/// vouch for it.
///
/// Returns the name; never null. Static.
///
/// Any thread, and any signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_clock_name() -> *const c_char {
    no_panic("wd_clock_name", engine::clock_name).unwrap_or(b"monotonic\0").as_ptr().cast()
}

/// The version of the library in use, which need not be that of the header.
///
/// Returns "0.1.0" and the like: WD_VERSION_MAJOR, _MINOR and _PATCH with dots between;
/// never null. Static.
///
/// Any thread, and any signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    no_panic("wd_version", || VERSION).unwrap_or(VERSION).as_ptr().cast()
}
