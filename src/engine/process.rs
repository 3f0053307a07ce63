//! The moments of the process that concern the library: load, fork and exit.
//!
//! Fork. All locks are held across it, so that the child finds them free and what they
//! protect whole. In the child no thread of the library exists, and every watchdog is
//! stopped; since there may be a million, each is brought up to date when it is next
//! used: see `State::enter_epoch`.
//!
//! Exit. The handler waits for the watchdogs with `daemon` 0, with the lock free, so that
//! monitoring goes on and whoever stops them gets through.

use super::lock::lock;
use super::monitor::{self, STARTING};
use super::queue::{self, Queues};
use super::state::{State, EXIT};
use super::wait::{wait_in, with};
use crate::core::time::Time;
use crate::error::Error;
use crate::platform::{self, clock, AcrossFork, AtFork};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Registers with the process what has to be, once: when the library is loaded, or, if
/// there was no memory for it then, when it is first used.
pub fn enter() -> Result<(), Error> {
    static ENTERED: AtomicBool = AtomicBool::new(false);
    static STEPS: Mutex<u32> = Mutex::new(0);
    if ENTERED.load(Ordering::Acquire) {
        return Ok(());
    }
    platform::before_any_lock();
    let mut steps = STEPS.lock().unwrap_or_else(PoisonError::into_inner);
    let registrations: [fn() -> bool; 3] = [
        || {
            clock::choose();
            platform::prepare_threads();
            platform::stay_loaded();
            true
        },
        || platform::at_fork(AtFork { before: before_fork, in_parent: after_fork, in_child }),
        || platform::at_exit(at_exit),
    ];
    for register in &registrations[*steps as usize..] {
        if !register() {
            return Err(Error::NoMemory("the handlers of fork and exit"));
        }
        *steps += 1;
    }
    ENTERED.store(true, Ordering::Release);
    Ok(())
}

// ---- Fork ------------------------------------------------------------------------------

type Locks = (MutexGuard<'static, ()>, MutexGuard<'static, State>, MutexGuard<'static, Queues>);
static LOCKS: AcrossFork<Locks> = AcrossFork::new();

extern "C" fn before_fork() {
    let starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    let state = lock();
    let queues = queue::lock();
    // SAFETY: the locks serialise this and are held until the handler after the fork,
    // in the same thread, takes them out.
    #[allow(unsafe_code)]
    unsafe {
        LOCKS.keep((starting, state, queues))
    };
}

extern "C" fn after_fork() {
    drop(take_locks());
}

extern "C" fn in_child() {
    let mut locks = take_locks();
    if let Some((_, state, queues)) = &mut locks {
        state.enter_child(platform::thread_id());
        queues.enter_child();
        monitor::after_fork();
        clock::after_fork();
    }
}

fn take_locks() -> Option<Locks> {
    // SAFETY: this thread kept them before the fork.
    #[allow(unsafe_code)]
    unsafe {
        LOCKS.take()
    }
}

// ---- Exit ------------------------------------------------------------------------------

extern "C" fn at_exit() {
    with(|state| state.begin_exit(platform::thread_id()));
    wait_in(EXIT, Time::NEVER, State::may_exit);
}
