//! The engine's lock, and where threads wait for what it protects. The models of
//! `proofs/loom` have locks of loom's in place of this file, and all else as it is.

use super::state::{State, GROUPS};
use super::table::Slots;
use super::TABLE;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

// SAFETY: these are the only `Slots` of this table.
#[allow(unsafe_code)]
static ENGINE: Mutex<State> = Mutex::new(State::new(unsafe { Slots::new(&TABLE) }));

/// Takes the lock.
pub fn lock() -> MutexGuard<'static, State> {
    ENGINE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[allow(clippy::declare_interior_mutable_const)]
const CONDVAR: Condvar = Condvar::new();
static CONDVARS: [Condvar; GROUPS] = [CONDVAR; GROUPS];

/// Where the threads of a group wait.
pub fn condvar(group: usize) -> &'static Condvar {
    &CONDVARS[group]
}
