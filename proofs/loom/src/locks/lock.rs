//! What stands for `src/engine/lock.rs`: loom's lock and condition variables, which are new
//! for each order of events.

use super::state::{State, GROUPS};
use super::table::Slots;
use super::TABLE;
use loom::sync::{Condvar, Mutex, MutexGuard};
use std::sync::PoisonError;

loom::lazy_static! {
    // A thread of a model has too small a stack for it.
    static ref ENGINE: Mutex<Box<State>> = Mutex::new(std::thread::spawn(state).join().unwrap());
    static ref CONDVARS: Vec<Condvar> = (0..GROUPS).map(|_| Condvar::new()).collect();
}

fn state() -> Box<State> {
    // SAFETY: models run one after the other, each with a state of its own.
    Box::new(State::new(unsafe { Slots::new(&TABLE) }))
}

pub fn lock() -> MutexGuard<'static, Box<State>> {
    ENGINE.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn condvar(group: usize) -> &'static Condvar {
    &CONDVARS[group]
}
