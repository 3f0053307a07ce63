//! How the monitor is woken, whatever it sleeps on.
//!
//! Concurrency: one thread sleeps, anybody wakes it. Whoever wakes leaves word that the
//! sleeper finds when it next goes to sleep, so a wake is never lost that came before the
//! sleep; only one that finds it asleep pays for a system call. `proofs/loom` runs this
//! file in every order of events.

use super::sync::{AtomicU32, Ordering};

pub const AWAKE: u32 = 0;
pub const ASLEEP: u32 = 1;
const CALLED: u32 = 2;

/// See the module. Zero is [`AWAKE`].
#[derive(Debug)]
pub struct Bell(pub AtomicU32);

impl Bell {
    /// Calls `wait`, which returns at the latest soon after the word is not [`ASLEEP`] any
    /// more and `rouse` was called; or returns None, for it was woken already.
    pub fn sleep<T>(&self, wait: impl FnOnce(&AtomicU32) -> T) -> Option<T> {
        if self.0.swap(ASLEEP, Ordering::Acquire) == CALLED {
            self.0.store(AWAKE, Ordering::Relaxed);
            return None;
        }
        let waited = wait(&self.0);
        self.0.swap(AWAKE, Ordering::Acquire);
        Some(waited)
    }

    /// Ends the sleep, or the next one if the thread is not asleep.
    pub fn wake(&self, rouse: impl FnOnce(&AtomicU32)) {
        if self.0.swap(CALLED, Ordering::Release) == ASLEEP {
            rouse(&self.0);
        }
    }

    /// In a child process, where the thread that slept does not exist.
    pub fn after_fork(&self) {
        self.0.store(AWAKE, Ordering::Relaxed);
    }
}
