//! The calls that wait until a callback has ended, and those that run one: what they promise
//! about user data is proven by the models of `proofs/loom`, which run this file.

use super::callback::Callback;
use super::runs::{Checked, Ending, Run};
use super::state::LOOKED;
use super::wait::{wait_in, wait_until, with, Limit};
use super::Handle;
use crate::core::time::Time;
use crate::error::Error;
use crate::platform::{self, clock};

/// Stops a watchdog, waits for its callback unless called from inside it, and releases it.
pub fn free(handle: Handle) -> Result<(), Error> {
    let (remains, run) = with(|state| state.free(handle, platform::thread_id()))?;
    if let Some(run) = run {
        wait_until(run.index, Time::NEVER, |state| state.is_released(run));
    }
    drop(remains.name);
    if let Some(callback) = remains.callback {
        callback.destroy();
    }
    Ok(())
}

/// Replaces the callback. When this returns, the old one is not running and will not run
/// again, unless called from inside it. On an error the new one is still the caller's.
pub fn set_callback(handle: Handle, callback: Option<Callback>) -> Result<(), Error> {
    let me = platform::thread_id();
    let (old, run) = with(|state| state.set_callback(handle, callback, me, clock::now()))?;
    if let Some(run) = run {
        wait_until(run.index, Time::NEVER, |state| state.is_over(run));
    }
    if let Some(old) = old {
        old.destroy();
    }
    Ok(())
}

/// Ends background monitoring and waits for a running callback, unless called from inside
/// it.
pub fn stop(handle: Handle, limit: Limit) -> Result<(), Error> {
    match with(|state| state.stop(handle, platform::thread_id()))? {
        Some(run) if !wait_until(run.index, limit.deadline(), |state| state.is_over(run)) => {
            Err(runs_still(limit))
        }
        _ => Ok(()),
    }
}

/// A callback still runs at the end of a wait.
pub fn runs_still(limit: Limit) -> Error {
    match limit {
        Limit::Ms(ms) => Error::CallbackRuns(ms),
        Limit::Forever => unreachable!("a wait without limit has an end of its own"),
    }
}

/// Checks once, and runs the callback here if the watchdog has expired, which is the
/// answer.
pub fn check(handle: Handle) -> Result<bool, Error> {
    let me = platform::thread_id();
    let mut asked = false;
    loop {
        let mut now = Time::ZERO;
        let checked = with(|state| {
            now = clock::now();
            state.check(handle, me, now, asked)
        })?;
        match checked {
            Checked::Healthy => return Ok(false),
            Checked::Expired => return Ok(true),
            Checked::Run(run) => {
                carry_out(run, me);
                return Ok(true);
            }
            Checked::AskMonitor => {
                wait_in(LOOKED, now.after(ASKED), |state| state.looked >= now);
                asked = true;
            }
        }
    }
}

/// A check waits for the monitor's word no longer than this, in nanoseconds.
const ASKED: u64 = 50_000_000;

fn carry_out(mut run: Run, me: platform::ThreadId) {
    run.callback.run();
    while let Ending::Destroy(callback) = with(|state| state.end(&mut run, me, clock::now())) {
        callback.destroy();
    }
}
