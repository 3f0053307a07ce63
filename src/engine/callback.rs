//! What a watchdog calls at expiry: a function of the program's, or of the library's own.

use crate::error::Error;
use crate::platform;
use std::convert::TryFrom;
use std::mem;
use std::os::raw::c_void;
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

/// A callback, its data, and what destroys the data if the library owns it. Plain data:
/// whoever takes one out of a watchdog for good has to [destroy](Callback::destroy) it,
/// once and with no lock held.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Callback {
    run: Function,
    data: *mut c_void,
    destructor: Option<Function>,
}

// SAFETY: `new` has its caller promise that both functions may be called with the data
// on any thread.
unsafe impl Send for Callback {}

impl Callback {
    /// # Safety
    /// `run(data)` may be called on any thread, any number of times, one at a time, and
    /// after them `destructor(data)`, once, on any thread.
    pub unsafe fn new(run: Function, data: *mut c_void, destructor: Option<Function>) -> Callback {
        Callback { run, data, destructor }
    }

    /// What the library itself does, with memory of its own.
    pub fn native<T: Native>(native: T) -> Result<Callback, Error> {
        let mut memory = Vec::new();
        memory.try_reserve_exact(1).map_err(|_| Error::NoMemory("a callback"))?;
        memory.push(native);
        let array = Box::<[T; 1]>::try_from(memory.into_boxed_slice());
        let data = Box::into_raw(array.ok().expect("one was pushed"));
        // SAFETY: both functions take such data, which any thread may have: `T` is `Send`,
        // and of the runs there is one at a time.
        Ok(unsafe { Callback::new(run_native::<T>, data.cast(), Some(drop_native::<T>)) })
    }

    /// Runs it.
    pub fn run(&self) {
        // SAFETY: the promise of `new`; the engine runs a watchdog's callback one at a
        // time and never after it was destroyed.
        unsafe { call(self.run, self.data) }
    }

    /// Forgets its data; a copy of it may go on.
    pub fn forget(&mut self) {
        // SAFETY: the data is this one's own. Volatile: an ordinary store to what is then no
        // callback any more may be left out.
        unsafe { ptr::write_volatile(&mut self.data, ptr::null_mut()) }
    }

    /// Whether there is anything to destroy.
    pub fn is_owned(&self) -> bool {
        self.destructor.is_some()
    }

    /// Destroys the data, if the library owns it.
    pub fn destroy(self) {
        if let Some(destructor) = self.destructor {
            // SAFETY: the promise of `new`; see `Callback` for the once.
            unsafe { call(destructor, self.data) }
        }
    }
}

/// What the library itself does at expiry.
pub trait Native: Send + 'static {
    /// Does it. Must not panic.
    fn run(&self);
}

unsafe extern "C" fn run_native<T: Native>(data: *mut c_void) {
    // SAFETY: `native` made it of a `T`, which lives until it is destroyed.
    unsafe { &*data.cast::<T>() }.run();
}

unsafe extern "C" fn drop_native<T: Native>(data: *mut c_void) {
    // SAFETY: `native` made it by `Box::into_raw`; destroyed once.
    drop(unsafe { Box::from_raw(data.cast::<[T; 1]>()) });
}
