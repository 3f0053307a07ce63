//! What a watchdog calls at expiry: a function of the program's, or of the library's own.

#![allow(unsafe_code)]

use super::memory::{boxed, Boxed};
use crate::error::Error;
use crate::platform;
use std::mem;
use std::os::raw::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;

/// A function of the program's, called with its data.
pub type Function = unsafe extern "C" fn(*mut c_void);

/// The same, where the compiler knows of functions that may be left by an exception, so
/// that what happens then is defined: see [`MustReturn`].
#[cfg(c_unwind)]
type Leaving = unsafe extern "C-unwind" fn(*mut c_void);
#[cfg(not(c_unwind))]
type Leaving = Function;

/// While it exists, a function of the program's runs. To be dropped means that it was left by
/// an exception, or that it ends its thread: its watchdog would be silent for ever.
struct MustReturn;

impl Drop for MustReturn {
    fn drop(&mut self) {
        platform::callback_was_left();
    }
}

/// Calls a function of the program's.
///
/// # Safety
/// `function(data)` may be called.
unsafe fn call(function: Function, data: *mut c_void) {
    let must_return = MustReturn;
    // SAFETY: both types have one shape, and the caller's promise.
    unsafe { mem::transmute::<Function, Leaving>(function)(data) };
    mem::forget(must_return);
}

/// Data that the library owns, and what destroys it when it is dropped, which must happen with
/// no lock held.
#[derive(Debug)]
pub struct Data {
    data: *mut c_void,
    destructor: Option<Function>,
}

impl Data {
    /// # Safety
    /// `destructor(data)` may be called, once, on any thread.
    pub unsafe fn new(data: *mut c_void, destructor: Option<Function>) -> Data {
        Data { data, destructor }
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        if let Some(destructor) = self.destructor {
            // SAFETY: the promise of `new`.
            unsafe { call(destructor, self.data) }
        }
    }
}

/// A function and the data that it owns.
#[derive(Debug)]
struct Owned {
    run: Function,
    data: Data,
}

/// What to call, and with what. Plain data: whoever takes one out of a watchdog for good has
/// to [destroy](Callback::destroy) it, once and with no lock held.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Callback {
    /// The program's function; None: the library owns the data, which is an [`Owned`], made
    /// by `Box::into_raw`.
    run: Option<Function>,
    data: *mut c_void,
}

// SAFETY: `new` and `owned` have their callers promise that the functions may be called with
// the data on any thread.
unsafe impl Send for Callback {}

impl Callback {
    /// # Safety
    /// `run(data)` may be called on any thread, any number of times, one at a time, until the
    /// callback is replaced.
    pub unsafe fn new(run: Function, data: *mut c_void) -> Callback {
        Callback { run: Some(run), data }
    }

    /// A callback that owns its data. If there is no memory for that, the data is destroyed.
    ///
    /// # Safety
    /// `run(data)` may be called on any thread, any number of times, one at a time, until the
    /// data is destroyed.
    pub unsafe fn owned(run: Function, data: Data) -> Result<Callback, Error> {
        Ok(Callback { run: None, data: into_raw(Owned { run, data })?.cast() })
    }

    /// What the library itself does, with memory of its own.
    pub fn native<T: Native>(native: T) -> Result<Callback, Error> {
        let data = into_raw(native)?.cast();
        // SAFETY: both functions take such data, which any thread may have: `T` is `Send`,
        // and of the runs there is one at a time.
        unsafe { Callback::owned(run_native::<T>, Data::new(data, Some(drop_native::<T>))) }
    }

    /// Runs it.
    pub fn run(&self) {
        let (run, data) = match self.run {
            Some(run) => (run, self.data),
            // SAFETY: `owned` made it, and it lives until `destroy`.
            None => unsafe { &*self.data.cast::<Owned>() }.parts(),
        };
        // SAFETY: the promises of `new` and `owned`; the engine runs a watchdog's callback one
        // at a time and never after it was destroyed.
        unsafe { call(run, data) }
    }

    /// Whether there is anything to destroy.
    pub fn is_owned(&self) -> bool {
        self.run.is_none()
    }

    /// Destroys the data, if the library owns it.
    pub fn destroy(self) {
        if self.is_owned() {
            // SAFETY: `owned` made it; see `Callback` for the once.
            drop(unsafe { from_raw(self.data.cast::<Owned>()) });
        }
    }
}

impl Owned {
    fn parts(&self) -> (Function, *mut c_void) {
        (self.run, self.data.data)
    }
}

/// A callback, or none, in two words: what a watchdog keeps.
#[derive(Debug)]
pub struct Place {
    run: Option<Function>,
    data: *mut c_void,
}

impl Place {
    /// With none.
    pub const EMPTY: Place = Place { run: None, data: ptr::null_mut() };

    /// What is there.
    pub fn get(&self) -> Option<Callback> {
        if self.run.is_none() && self.data.is_null() {
            None
        } else {
            Some(Callback { run: self.run, data: self.data })
        }
    }

    /// Puts another one there, or none.
    pub fn put(&mut self, callback: Option<Callback>) {
        self.run = callback.and_then(|callback| callback.run);
        self.data = callback.map_or(ptr::null_mut(), |callback| callback.data);
    }
}

/// A value in memory of its own, for [`from_raw`].
fn into_raw<T>(value: T) -> Result<*mut T, Error> {
    Ok(Box::into_raw(boxed(value, "a callback")?).cast())
}

/// # Safety
/// `into_raw` made it, and it is given back once.
unsafe fn from_raw<T>(value: *mut T) -> Boxed<T> {
    // SAFETY: as the caller promises.
    unsafe { Box::from_raw(value.cast()) }
}

/// What the library itself does at expiry.
pub trait Native: Send + 'static {
    /// Does it. A panic in it, or in its drop, goes no further.
    fn run(&self);
}

unsafe extern "C" fn run_native<T: Native>(data: *mut c_void) {
    // SAFETY: `native` made it of a `T`, which lives until it is destroyed.
    let native = unsafe { &*data.cast::<T>() };
    contain(|| native.run());
}

unsafe extern "C" fn drop_native<T: Native>(data: *mut c_void) {
    // SAFETY: `native` made it of a `T`; destroyed once.
    let native = unsafe { from_raw(data.cast::<T>()) };
    contain(|| drop(native));
}

/// Ends a panic. Its message was printed by the panic hook, and there is nobody else to tell;
/// what it panicked with is not dropped, for that could panic too.
fn contain(body: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(body)).map_err(mem::forget);
}
