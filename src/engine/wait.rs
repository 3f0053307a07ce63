//! Waiting with a limit.

use super::state::{State, GROUPS};
use crate::core::time::{nanos, Time};
use crate::platform::clock;
use std::sync::{Condvar, PoisonError};
use std::time::Duration;

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// As long as it takes.
    Forever,
    /// At most so many milliseconds; 0: not at all.
    Ms(u64),
}

impl Limit {
    /// When to give up.
    pub fn deadline(self) -> Time {
        match self {
            Limit::Forever => Time::NEVER,
            Limit::Ms(ms) => clock::now().after(nanos(ms)),
        }
    }
}

#[allow(clippy::declare_interior_mutable_const)]
const CONDVAR: Condvar = Condvar::new();
static CONDVARS: [Condvar; GROUPS] = [CONDVAR; GROUPS];

/// Waits, in a group, until something is so; false when the deadline has passed. To find
/// out must not call anybody.
pub fn wait_in(group: usize, deadline: Time, mut is_so: impl FnMut(&mut State) -> bool) -> bool {
    let mut state = super::lock();
    while !is_so(&mut state) {
        let left = deadline.since(clock::now());
        if left == 0 {
            return false;
        }
        state.waiting[group] += 1;
        state = if deadline == Time::NEVER {
            CONDVARS[group].wait(state).unwrap_or_else(PoisonError::into_inner)
        } else {
            let waited = CONDVARS[group].wait_timeout(state, Duration::from_nanos(left));
            waited.unwrap_or_else(PoisonError::into_inner).0
        };
        state.waiting[group] -= 1;
    }
    true
}

/// Wakes all who wait in these groups, a bit each.
pub fn wake(groups: u64) {
    for (group, condvar) in CONDVARS.iter().enumerate() {
        if groups & 1 << group != 0 {
            condvar.notify_all();
        }
    }
}
