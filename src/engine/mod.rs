//! What makes watchdogs run.
//!
//! # Concurrency
//!
//! One lock, that of [`lock`], protects [`State`]: all watchdogs but their feed words, the order
//! of deadlines, the queue of callbacks to run, and the counts of threads. Under it nobody
//! allocates, frees, starts a thread or runs foreign code: a program that is stuck in its
//! allocator must not take its watchdog along. Feeding takes no lock: see [`table`]. Queues
//! of events have a lock of their own: see [`queue`].
//!
//! | thread | how many | does |
//! | --- | --- | --- |
//! | monitor | one | sleeps until the earliest deadline; looks at what is due; decides, and nobody else does, that a callback is to run |
//! | listener | one | hears of stops of the process of which the monitor would see nothing |
//! | starter | one | starts workers when the monitor orders some, so that the monitor never waits for a lock that is not its own |
//! | worker | one to ten, more while callbacks overstay | takes a callback that is to run, looks once more, runs it; can be retired, when another one is there to take its place |
//!
//! A watchdog is, to the engine, in one of these states:
//!
//! | state | it is | leaves it by |
//! | --- | --- | --- |
//! | stopped | in no list | start |
//! | filed | in the wheel, under the time of its next look | the monitor's look, into the wheel again or to *ready*; stop, pause, a callback set to null |
//! | ready | in the list `READY` | a worker that takes it: to *running*, or back to *filed* when it was fed meanwhile; stop, pause, a callback set to null |
//! | running | in no list, with a runner | the runner alone, at the end of the callback: to *filed*, or *stopped* |
//! | held | in no list, without a runner: monitored but paused, or without a callback | resume, a callback set |
//!
//! A check runs the callback too: to *running*, from any other state. A stop during a
//! run, and also a start, changes only what the runner finds at its end.
//!
//! Whom a change concerns is noted under the lock and woken after it, by [`wait::with`]. Threads
//! that wait for the end of a run or of monitoring wait on one of several condition variables,
//! chosen by slot, and look again when woken.

pub mod callback;
#[cfg(test)]
mod exactly;
mod fed;
mod lock;
mod memory;
mod monitor;
mod name;
mod process;
pub mod queue;
mod quiet;
mod resort;
mod runs;
#[cfg(test)]
mod simulation;
mod state;
mod table;
mod wait;

use crate::core::handle::MAX_SLOTS;
use crate::core::resort::Limits;
use crate::core::ticks::Stamp;
use crate::core::time::Times;
use crate::error::{Error, PATH_MAX};
pub use crate::platform::clock::stamp;
use crate::platform::{self, clock, End, Kind};
use name::Name;
use quiet::runs_still;
pub use quiet::{check, free, set_callback, stop};
use state::{State, LEFT};
use std::mem::MaybeUninit;
use std::sync::PoisonError;
use table::{FreshChunk, NoSlot, Table};
pub use wait::Limit;
use wait::{wait_in, wait_until, with};

/// A number in the shape of a pointer; any value may be passed.
pub type Handle = usize;

static TABLE: Table = Table::new();

/// When the module that holds the library is loaded.
#[cfg(unix)]
pub fn on_load() {
    // Refused for lack of memory, it is tried again by `create`.
    let _ = process::enter();
}

// ---- Watchdogs come and go ---------------------------------------------------------------

/// Makes a watchdog, fed and not running.
pub fn create(times: Times) -> Result<Handle, Error> {
    process::enter()?;
    loop {
        match with(|state| state.create(times, clock::now())) {
            Ok(handle) => return Ok(handle),
            Err(NoSlot::Full) => return Err(Error::TooManyWatchdogs(MAX_SLOTS)),
            Err(NoSlot::NeedsChunk) => {
                let chunk = FreshChunk::allocate()?;
                drop(with(|state| state.slots.add(chunk)));
            }
        }
    }
}

// ---- What a watchdog is told ---------------------------------------------------------------

/// Whether a watchdog needs no feed at a stamp that was just taken, for it was fed a moment
/// ago. Most feeds of a busy watchdog end here: cheaper than [`feed`], and as safe.
#[inline]
pub fn is_fresh(handle: Handle, stamp: Stamp) -> bool {
    TABLE.is_fresh(handle, stamp)
}

/// Feeds a watchdog, right after a stamp of this count was taken; false when the handle is not
/// a live one's. Lock-free, allocates nothing, async-signal-safe.
#[inline]
pub fn feed(handle: Handle, count: u64) -> bool {
    TABLE.feed(handle, count)
}

/// Changes the times, from now on and measured from the last feed.
pub fn set_times(handle: Handle, times: Times) -> Result<(), Error> {
    with(|state| state.set_times(handle, times, clock::now()))
}

/// The times.
pub fn times(handle: Handle) -> Result<Times, Error> {
    with(|state| state.times(handle))
}

/// Copies the name; an empty one clears it.
pub fn set_name(handle: Handle, name: &str) -> Result<(), Error> {
    is_live(handle)?;
    let mut name = Name::new(name)?;
    with(|state| state.swap_name(handle, &mut name))
}

/// Copies the name to the beginning of a buffer that must have room for one byte more, and
/// tells its length.
pub fn name(handle: Handle, buffer: &mut [MaybeUninit<u8>]) -> Result<usize, Error> {
    with(|state| name::copy(state.name(handle)?, buffer))
}

/// While paused nothing expires. Pauses count.
pub fn pause(handle: Handle) -> Result<(), Error> {
    with(|state| state.pause(handle, clock::now()))
}

/// Ends a pause; ending the last one feeds.
pub fn resume(handle: Handle) -> Result<(), Error> {
    with(|state| state.resume(handle, clock::now()))
}

/// An error unless the handle is a live watchdog's.
pub fn is_live(handle: Handle) -> Result<(), Error> {
    since_feed(handle).map(drop)
}

/// Nanoseconds since the last feed.
pub fn since_feed(handle: Handle) -> Result<u64, Error> {
    match TABLE.last_feed(handle) {
        Some(fed) => Ok(clock::now().since(fed)),
        None if handle == 0 => Err(Error::NullHandle),
        None => Err(Error::InvalidHandle(handle)),
    }
}

/// Gives a watchdog a last resort; without limits, takes it away.
pub fn set_resort(handle: Handle, limits: Limits, end: End) -> Result<(), Error> {
    with(|state| state.set_resort(handle, limits, end, clock::now()))
}

/// Where the record of a last resort goes; empty: nowhere.
pub fn set_record(path: &[u8]) -> Result<(), Error> {
    if path.len() > PATH_MAX {
        return Err(Error::LongPath(path.len()));
    }
    let mut record = [0; PATH_MAX + 1];
    record[..path.len()].copy_from_slice(path);
    with(|state| state.set_record(record));
    Ok(())
}

/// Which clock feeds read, closed by a zero.
pub fn clock_name() -> &'static [u8] {
    clock::name()
}

// ---- Checks --------------------------------------------------------------------------------

/// Checks once and then sleeps for the interval, unless monitoring is ended meanwhile.
pub fn start(handle: Handle) -> Result<bool, Error> {
    let stops = with(|state| state.stops(handle));
    let expired = check(handle)?;
    let index = match with(|state| state.find(handle)) {
        Ok(index) => index,
        Err(_) => return Ok(expired), // freed by its callback, or meanwhile
    };
    let interval = times(handle).map_or(0, Times::interval);
    wait_until(index, clock::now().after(interval), |state| state.stops(handle) != stops);
    Ok(expired)
}

// ---- Monitoring ----------------------------------------------------------------------------

/// Starts background monitoring.
pub fn start_thread(handle: Handle, daemon: bool) -> Result<(), Error> {
    let begin = || with(|state| state.start(handle, daemon, clock::now()));
    if begin()?.is_none() {
        return Ok(());
    }
    let _starting = monitor::STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some(kind) = begin()? {
        monitor::start(kind).map_err(Error::NoThread)?;
    }
    Ok(())
}

/// By how many nanoseconds the monitor is late for its next look. Takes no lock.
pub fn monitor_late() -> u64 {
    let planned = TABLE.planned();
    clock::now().since(planned)
}

/// Whether background monitoring is on.
pub fn is_running(handle: Handle) -> Result<bool, Error> {
    with(|state| state.is_monitored(handle))
}

/// Waits until background monitoring has been ended.
pub fn join(handle: Handle, limit: Limit) -> Result<(), Error> {
    let (index, stops) = with(|state| {
        let index = state.find(handle)?;
        let stops = if state.is_monitored(handle)? { state.stops(handle) } else { None };
        Ok::<_, Error>((index, stops))
    })?;
    let ended = stops.is_none() || wait_until(index, limit.deadline(), |state| state.stops(handle) != stops);
    match limit {
        Limit::Ms(ms) if !ended => Err(Error::StillMonitored(ms)),
        _ => Ok(()),
    }
}

/// Stops every watchdog, with one limit for all.
pub fn shutdown(limit: Limit) -> Result<(), Error> {
    let me = platform::thread_id();
    let deadline = limit.deadline();
    let latest = with(State::stop_all);
    let mut first = 0;
    while let Some(index) = with(|state| state.running_since(first, latest, me)) {
        if !wait_until(index, deadline, |state| state.running_since(index, latest, me) != Some(index)) {
            return Err(runs_still(limit));
        }
        first = index;
    }
    Ok(())
}

/// Ends the workers that have run callbacks, those that still do when they have, and waits
/// for the others.
pub fn retire_threads() -> Result<(), Error> {
    {
        let _starting = monitor::STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        with(|state| state.threads.crew.begin_retirement());
        while !with(State::retire) {
            monitor::start(Kind::Worker).map_err(Error::NoThread)?;
        }
    }
    while !wait_in(LEFT, clock::now().after(CALLED_AGAIN), |state| state.threads.crew.all_left()) {
        monitor::wake_all_workers(); // Wine has lost a wake-up
    }
    Ok(())
}

/// Workers that are to leave are called again after so long, in nanoseconds.
const CALLED_AGAIN: u64 = 50_000_000;
