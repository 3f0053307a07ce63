//! Changes of the state, and waiting for them with a limit.

use super::lock::{condvar, lock};
use super::monitor;
use super::state::{Calls, State, GROUPS};
use crate::core::time::{nanos, Time};
use crate::platform::clock;
use std::sync::PoisonError;
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

/// Changes the state, and then wakes whom the change concerns.
pub fn with<T>(change: impl FnOnce(&mut State) -> T) -> T {
    let mut state = lock();
    let result = change(&mut state);
    let Calls { monitor, workers, workers_again, all_workers, starter, groups } =
        std::mem::take(&mut state.calls);
    drop(state);
    if monitor {
        monitor::wake_monitor();
    }
    if all_workers {
        monitor::wake_all_workers();
    } else if workers + workers_again > 0 {
        monitor::wake_workers(workers + workers_again);
    }
    if starter {
        monitor::wake_starter();
    }
    if groups != 0 {
        wake(groups);
    }
    result
}

/// Waits, in a group, until something is so; false when the deadline has passed. To find
/// out must not call anybody.
pub fn wait_in(group: usize, deadline: Time, mut is_so: impl FnMut(&mut State) -> bool) -> bool {
    let mut state = lock();
    while !is_so(&mut state) {
        let left = deadline.since(clock::now());
        if left == 0 {
            return false;
        }
        state.waiting[group] += 1;
        state = if deadline == Time::NEVER {
            condvar(group).wait(state).unwrap_or_else(PoisonError::into_inner)
        } else {
            let waited = condvar(group).wait_timeout(state, Duration::from_nanos(left));
            waited.unwrap_or_else(PoisonError::into_inner).0
        };
        state.waiting[group] -= 1;
    }
    true
}

/// Waits for something about the watchdog in a slot; false when the deadline has passed.
pub fn wait_until(index: u32, deadline: Time, is_so: impl FnMut(&mut State) -> bool) -> bool {
    wait_in(State::group(index), deadline, is_so)
}

/// Wakes all who wait in these groups, a bit each.
fn wake(groups: u64) {
    for group in 0..GROUPS {
        if groups & 1 << group != 0 {
            condvar(group).notify_all();
        }
    }
}
