//! The last error of each thread: a buffer that is made at the thread's first error and
//! freed at its end. Nothing here aborts or fails when memory is refused.

use super::errors::{name_of, status_of};
use crate::error::Error;
use crate::platform::ThreadSlot;
use crate::text::Cursor;
use once_cell::race::OnceNonZeroUsize;
use std::alloc::{alloc, dealloc, Layout};
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::os::raw::{c_char, c_void};

const SIZE: usize = 256;
const LAYOUT: Layout = Layout::new::<[u8; SIZE]>();

/// Two threads may make a slot at once; then one slot is lost.
fn slot() -> Option<ThreadSlot> {
    static SLOT: OnceNonZeroUsize = OnceNonZeroUsize::new();
    let make =
        || ThreadSlot::new(end_of_thread).and_then(|slot| NonZeroUsize::new(slot.to_number() + 1)).ok_or(());
    let number = SLOT.get_or_try_init(make).ok()?;
    Some(ThreadSlot::from_number(number.get() - 1))
}

/// Makes the slot.
#[cfg(unix)]
pub fn prepare() {
    let _ = slot(); // refused, it is tried again by `keep`
}

/// What the slot holds may be a status's name instead of a buffer.
fn is_static(text: *mut u8) -> bool {
    (-8..=1).any(|status| name_of(status).as_ptr() == text)
}

unsafe extern "system" fn end_of_thread(text: *mut c_void) {
    let text: *mut u8 = text.cast();
    if !is_static(text) {
        // SAFETY: all else that a slot holds was allocated so, in `keep`, and this is the
        // end of the one thread that knew it.
        unsafe { dealloc(text, LAYOUT) }
    }
}

/// Makes an error this thread's last one.
pub fn keep(error: Error) {
    let slot = match slot() {
        Some(slot) => slot,
        None => return, // no memory even for that: the status has to do
    };
    let mut text: *mut u8 = slot.get().cast();
    if text.is_null() || is_static(text) {
        // SAFETY: the layout's size is not zero.
        text = unsafe { alloc(LAYOUT) };
        if text.is_null() || !slot.set(text.cast()) {
            if !text.is_null() {
                // SAFETY: allocated above, and known to nobody.
                unsafe { dealloc(text, LAYOUT) };
            }
            slot.set(name_of(status_of(error)).as_ptr() as *mut c_void);
            return;
        }
        // SAFETY: a buffer has this many bytes.
        unsafe { text.write_bytes(0, SIZE) };
    }
    // SAFETY: the slot's buffer is this thread's alone, all initialised.
    let buffer = unsafe { &mut *text.cast::<[u8; SIZE]>() };
    let _ = write!(Cursor::new(buffer), "{}", error); // cut off, it is still better than none
}

/// This thread's last error, closed by a zero.
pub fn text() -> *const c_char {
    let text = slot().map_or(std::ptr::null_mut(), ThreadSlot::get);
    if text.is_null() {
        b"\0".as_ptr().cast()
    } else {
        text as *const c_char
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    fn last() -> String {
        // SAFETY: `text` is closed by a zero and this thread's.
        unsafe { CStr::from_ptr(text()) }.to_str().unwrap().to_owned()
    }

    #[test]
    fn each_thread_has_its_own_in_one_place() {
        keep(Error::ZeroTimeout);
        let place = text();
        std::thread::spawn(|| {
            assert_eq!(last(), "");
            keep(Error::NotPaused);
            assert_eq!(last(), Error::NotPaused.to_string());
        })
        .join()
        .unwrap();
        assert_eq!(last(), Error::ZeroTimeout.to_string());
        keep(Error::NullHandle);
        assert_eq!(text(), place);
    }

    #[test]
    fn every_error_fits() {
        let errors = [
            Error::NullHandle,
            Error::InvalidHandle(usize::MAX),
            Error::NullArgument("buffer"),
            Error::ZeroTimeout,
            Error::LongTime("interval_ms", u64::MAX),
            Error::NotPaused,
            Error::TooManyPauses,
            Error::LongName(usize::MAX),
            Error::NameNotUtf8(usize::MAX),
            Error::SmallBuffer { size: usize::MAX, needed: usize::MAX },
            Error::NoMemory("the handlers of fork and exit"),
            Error::TooManyWatchdogs(u32::MAX),
            Error::CallbackRuns(u64::MAX),
            Error::StillMonitored(u64::MAX),
            Error::NoThread(i32::MIN),
            Error::Panic,
            Error::ShortResort { unfed_ms: u64::MAX, timeout_ms: u64::MAX },
            Error::BadAction(i32::MIN),
            Error::TooManyResorts(usize::MAX),
            Error::LongPath(usize::MAX),
            Error::NullQueue,
            Error::InvalidQueue(usize::MAX),
            Error::BadCapacity(u32::MAX),
            Error::TooManyQueues(usize::MAX),
            Error::SmallEvent { size: u32::MAX, needed: u32::MAX },
        ];
        for error in errors {
            assert!(error.to_string().len() < SIZE, "{}", error);
        }
    }
}
