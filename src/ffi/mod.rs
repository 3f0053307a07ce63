//! The C boundary: check, convert, guard, call. Nothing is decided here.
//!
//! The comments of what is exported are the manual in `include/watchdog.h`, in the order
//! of the modules below, and written for its readers.

#![allow(unsafe_code)]
#![allow(non_camel_case_types)] // the names are C's

mod types;

mod lives;

mod feeding;

mod callbacks;

mod checking;

mod monitoring;

mod settings;

mod questions;

mod queue;

mod resort;

mod errors;

mod last_error;

pub use types::*;

use crate::engine::{Handle, Limit};
use crate::error::Error;
use std::ffi::CStr;
use std::os::raw::c_char;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;

/// When the module that holds the library is loaded: later there may be no room for what keeps
/// errors.
#[cfg(unix)]
pub fn on_load() {
    last_error::prepare();
}

/// How a function says to C that it was refused.
trait Refusal {
    fn refused(error: Error) -> Self;
}

impl Refusal for wd_status {
    fn refused(error: Error) -> wd_status {
        errors::status_of(error)
    }
}

impl<T> Refusal for *mut T {
    fn refused(_: Error) -> *mut T {
        ptr::null_mut()
    }
}

/// The body of every exported function that can be refused, but `wd_feed`: no panic leaves it, and its error
/// becomes what C understands, and this thread's last one.
fn guard<T: Refusal>(function: &str, body: impl FnOnce() -> Result<T, Error>) -> T {
    no_panic(function, body).unwrap_or(Err(Error::Panic)).unwrap_or_else(|error| {
        last_error::keep(error);
        T::refused(error)
    })
}

/// None when the body has panicked.
#[inline]
fn no_panic<T>(function: &str, body: impl FnOnce() -> T) -> Option<T> {
    let body = AssertUnwindSafe(|| {
        failpoint(function);
        body()
    });
    // Dropping what it panicked with can panic again.
    catch_unwind(body)
        .map_err(|payload| catch_unwind(AssertUnwindSafe(|| drop(payload))).map_err(std::mem::forget))
        .ok()
}

/// For the project's own tests: see the feature in Cargo.toml.
#[cfg(feature = "failpoints")]
fn failpoint(function: &str) {
    if std::env::var_os("WATCHDOG_PANIC_IN").map_or(false, |name| name == function) {
        panic!("as the environment variable WATCHDOG_PANIC_IN demands");
    }
}

#[cfg(not(feature = "failpoints"))]
#[inline]
fn failpoint(_: &str) {}

/// A handle is a number: nothing is ever read through it.
#[inline]
fn handle(wd: *mut wd_watchdog) -> Handle {
    wd as Handle
}

/// The bytes of a text before its closing zero; of null, none.
///
/// # Safety
/// `text` is null or points to bytes closed by a zero, which stay as long as the result.
unsafe fn bytes_of<'a>(text: *const c_char) -> &'a [u8] {
    if text.is_null() {
        &[]
    } else {
        // SAFETY: as the caller promises.
        unsafe { CStr::from_ptr(text) }.to_bytes()
    }
}

fn limit(timeout_ms: i64) -> Limit {
    if timeout_ms < 0 {
        Limit::Forever
    } else {
        Limit::Ms(timeout_ms as u64)
    }
}

fn done<T>(result: Result<T, Error>) -> Result<wd_status, Error> {
    result.map(|_| WD_OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_panic_leaves_the_guard() {
        let status: wd_status = guard("a test", || panic!("a test of panics"));
        assert_eq!(status, WD_ERR_PANIC);
        let null: *mut wd_watchdog = guard("a test", || panic!("a test of panics"));
        assert!(null.is_null());
    }

    #[test]
    fn a_negative_limit_is_none() {
        assert_eq!(limit(-1), Limit::Forever);
        assert_eq!(limit(i64::MIN), Limit::Forever);
        assert_eq!(limit(0), Limit::Ms(0));
        assert_eq!(limit(i64::MAX), Limit::Ms(i64::MAX as u64));
    }
}
