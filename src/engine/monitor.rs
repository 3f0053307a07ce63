//! The threads that make watchdogs run. They start when the first watchdog is started,
//! and of them only the workers ever run user code.

use super::callback::Callback;
use super::lock::lock;
use super::resort;
use super::runs::{Ending, Run, Work};
use super::wait::with;
use crate::core::crew::Past;
use crate::core::stall::Sleep;
use crate::platform::{self, clock, Kind, Sleeper, StopListener};
use std::sync::{Condvar, Mutex, PoisonError};

static SLEEPER: Sleeper = Sleeper::new();
static WORK: Condvar = Condvar::new();
static ORDERS: Condvar = Condvar::new();

/// Held while threads are started, so that nobody counts on one that is then refused.
/// Taken before the engine's lock.
pub static STARTING: Mutex<()> = Mutex::new(());

/// In a child process, where the monitor does not exist.
pub fn after_fork() {
    SLEEPER.after_fork();
}

/// Ends the monitor's sleep.
pub fn wake_monitor() {
    SLEEPER.wake();
}

/// Wakes so many workers that are idle.
pub fn wake_workers(count: u32) {
    for _ in 0..count {
        WORK.notify_one();
    }
}

/// Wakes all workers that are idle.
pub fn wake_all_workers() {
    WORK.notify_all();
}

/// Wakes the starter.
pub fn wake_starter() {
    ORDERS.notify_one();
}

/// Starts a thread. The error is the operating system's number.
pub fn start(kind: Kind) -> Result<(), i32> {
    let body = match kind {
        Kind::Monitor => monitor,
        Kind::Listener => listener,
        Kind::Starter => starter,
        Kind::Worker => worker,
    };
    platform::spawn(kind, body)?;
    with(|state| state.started(kind));
    Ok(())
}

// ---- The monitor ---------------------------------------------------------------------

/// The machine slept if its time asleep has grown by this much, in nanoseconds.
const SUSPENDED: u64 = 10_000_000;

fn monitor() {
    SLEEPER.adopt_this_thread();
    let mut asleep = platform::time_suspended();
    let now = clock::now();
    let mut sleep = Sleep { from: now, until: now, woke: now, disturbed: false, suspended: false };
    loop {
        let (until, verdict) = with(|state| state.turn(sleep));
        if let Some(verdict) = verdict {
            resort::carry_out(verdict);
        }
        let disturbed = until > sleep.woke && SLEEPER.sleep(until);
        let asleep_before = asleep;
        asleep = platform::time_suspended();
        let suspended = asleep > asleep_before.saturating_add(SUSPENDED);
        sleep = Sleep { from: sleep.woke, until, woke: clock::now(), disturbed, suspended };
    }
}

// ---- The starter ---------------------------------------------------------------------

/// Starts the workers that the monitor orders. To start a thread asks the program's
/// allocator and takes locks of the C library's, which a stuck thread may hold: the monitor
/// must not wait for them.
fn starter() {
    loop {
        let mut state = lock();
        while state.threads.crew.ordered() == 0 {
            state = ORDERS.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        if start(Kind::Worker).is_err() {
            with(|state| {
                state.threads.crew.refused(clock::now());
                state.calls.monitor = true;
            });
        }
    }
}

// ---- The listener --------------------------------------------------------------------

fn listener() {
    if let Some(listener) = StopListener::on_this_thread() {
        with(|state| state.threads.hears = true);
        while listener.wait() {
            with(|state| state.resumed(clock::now()));
        }
        with(|state| state.threads.hears = false);
    }
}

// ---- Workers -------------------------------------------------------------------------

enum Next {
    Work(Work),
    Destroy(Callback),
    Leave,
}

fn worker() {
    let me = platform::thread_id();
    let epoch = with(|state| state.epoch);
    let mut run: Option<Run> = None;
    let mut past = Past::default();
    loop {
        let next = with(|state| {
            let now = clock::now();
            if let Some(Ending::Destroy(callback)) = run.as_mut().map(|run| state.end(run, me, now)) {
                Next::Destroy(callback)
            } else if state.epoch != epoch {
                Next::Leave // it forked in a callback: this is the child
            } else if state.threads.crew.is_retired(past) {
                state.left();
                Next::Leave
            } else {
                Next::Work(state.take(me, &mut past, now))
            }
        });
        match next {
            Next::Destroy(callback) => callback.destroy(),
            Next::Work(Work::Run(next)) => {
                next.callback.run();
                run = Some(next);
            }
            Next::Work(Work::Wait(until)) => {
                run = None;
                platform::doze(until);
            }
            Next::Work(Work::None) => {
                run = None;
                if !rest(past) {
                    return;
                }
            }
            Next::Leave => return,
        }
    }
}

/// Waits until there may be work. False: this worker is not needed any more.
fn rest(past: Past) -> bool {
    let mut state = lock();
    // Work, or a retirement, since it has looked.
    if state.has_work() || state.threads.crew.is_retired(past) {
        return true;
    }
    if !state.threads.crew.rest(past) {
        return false;
    }
    let retirements = state.threads.crew.retirements();
    while state.threads.crew.retirements() == retirements && !state.threads.crew.answer() {
        state = WORK.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    true
}
