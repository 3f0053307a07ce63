//! What the operating system gives: the clock, sleep and wake, threads, and the moments of
//! load, fork and exit. One file or folder an operating system, and one file for what those
//! of the Unix family share; all have the same functions, and only this layer and the C
//! boundary are `unsafe`.

#![allow(unsafe_code)]

#[cfg(any(target_os = "linux", target_os = "android"))]
mod last_moment;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "no_last_moment.rs"]
mod last_moment;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod no_listener;
#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "linux.rs"]
mod os;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod os;
#[cfg(windows)]
#[path = "windows/mod.rs"]
mod os;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod scheduling;
#[cfg(unix)]
mod unix;

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos", windows)))]
compile_error!("libwatchdog runs on Linux, Android, macOS and Windows");

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod anchor;
mod bell;
pub mod clock;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod counter;
mod departure;

/// The atomics of code that `proofs/loom` runs with its own in their place.
pub mod sync {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub use std::sync::atomic::fence;
    pub use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
}

pub use last_moment::LastMoment;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use no_listener::StopListener;
pub use os::*;
use std::cell::UnsafeCell;
use std::fmt;
use std::os::raw::c_void;
#[cfg(unix)]
pub use unix::*;

/// Where the system does not tell that the process was stopped, the monitor rests no longer
/// than this at a time, in nanoseconds, so that a long stop makes one rest much too long.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const LONGEST_REST: u64 = 1_000_000_000;

/// What a thread of the library does, for as long as the process lives or until it
/// returns.
pub type Body = fn();

/// What becomes of a thread's word at its end.
pub type Destructor = unsafe extern "system" fn(*mut c_void);

/// What the library does at a fork, in the forking thread.
#[derive(Clone, Copy)]
#[cfg_attr(windows, allow(dead_code))] // no fork there
pub struct AtFork {
    /// Before, in the parent.
    pub before: extern "C" fn(),
    /// After, in the parent.
    pub in_parent: extern "C" fn(),
    /// After, in the child.
    pub in_child: extern "C" fn(),
}

/// The library's own threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Looks at what is due. Runs no user code; every signal is blocked.
    Monitor,
    /// Hears of stops of the process. Otherwise as the monitor.
    Listener,
    /// Starts workers. Otherwise as the monitor.
    Starter,
    /// Runs callbacks; open for all signals but those that a program takes on threads
    /// of its own choice.
    Worker,
}

/// A way to end the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As `abort` does: with a core, where the system is set up so.
    Abort,
    /// At once: no handler of the program's runs.
    Kill,
    /// With this exit code; no handler of the program's runs.
    Exit(u8),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Abort => f.write_str("abort"),
            End::Kill => f.write_str("kill"),
            End::Exit(code) => write!(f, "exit {}", code),
        }
    }
}

/// An exception, or the end of the thread, has left a callback or a destructor. Its watchdog
/// would be silent for ever, so this is the end of the process.
pub fn callback_was_left() -> ! {
    write_error(b"libwatchdog: a callback has thrown an exception, or ended its thread, and must do neither; aborting\n");
    end_process(End::Abort)
}

/// What a fork handler keeps from before the fork until after it, in the same thread.
/// Threads may fork at once: the cell is used while holding the lock that it keeps.
pub struct AcrossFork<T>(UnsafeCell<Option<T>>);

// SAFETY: `keep` and `take` state what their callers promise.
unsafe impl<T> Sync for AcrossFork<T> {}

impl<T> AcrossFork<T> {
    /// Empty.
    pub const fn new() -> AcrossFork<T> {
        AcrossFork(UnsafeCell::new(None))
    }

    /// Keeps a value.
    ///
    /// # Safety
    /// The caller holds a lock that serialises all uses of this cell, and goes on holding
    /// it until it has taken the value out again.
    pub unsafe fn keep(&self, value: T) {
        // SAFETY: the caller's promise makes this the only access.
        unsafe { *self.0.get() = Some(value) }
    }

    /// Takes the value out.
    ///
    /// # Safety
    /// As for [`AcrossFork::keep`], on the thread that kept it.
    pub unsafe fn take(&self) -> Option<T> {
        // SAFETY: as above.
        unsafe { (*self.0.get()).take() }
    }
}
