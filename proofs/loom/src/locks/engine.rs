//! The engine as it is, but for what `src/engine/mod.rs` has of its own, for the statics,
//! which are loom's, and for the threads: whoever works for the models is one of theirs.

#[path = "../../../../src/engine/callback.rs"]
pub mod callback;
#[path = "../../../../src/engine/fed.rs"]
mod fed;
mod lock;
#[path = "../../../../src/engine/memory.rs"]
mod memory;
#[path = "../../../../src/engine/name.rs"]
mod name;
#[path = "../../../../src/engine/quiet.rs"]
mod quiet;
#[path = "../../../../src/engine/resort.rs"]
mod resort;
#[path = "../../../../src/engine/runs.rs"]
mod runs;
#[path = "../../../../src/engine/state.rs"]
mod state;
#[path = "../../../../src/engine/table.rs"]
mod table;
#[path = "../../../../src/engine/wait.rs"]
mod wait;

use crate::core::crew::Past;
use crate::core::handle;
use crate::core::stall::Sleep;
use crate::core::time::{Time, Times};
use crate::platform::{clock, thread_id, Kind};
use callback::Callback;
pub use quiet::{check, free, set_callback, stop};
use runs::{Ending, Run, Work};
use table::{FreshChunk, Table};
use wait::with;
pub use wait::Limit;

pub type Handle = usize;

/// Too large to be made anew for each order of events; its slots are.
static TABLE: Table = Table::new();

/// There is none to be woken.
mod monitor {
    pub fn wake_monitor() {}
    pub fn wake_workers(_: u32) {}
    pub fn wake_all_workers() {}
    pub fn wake_starter() {}
}

const LONG_AGO: Time = Time(clock::NOW.0 / 2);

/// A watchdog that has expired. Monitored, its callback is ready to be run.
pub fn create(callback: Callback, monitored: bool) -> Handle {
    drop(with(|state| state.slots.add(FreshChunk::allocate().expect("memory"))));
    let handle = with(|state| state.create(Times::new(1, 0).expect("times"), LONG_AGO)).expect("a slot");
    set_callback(handle, Some(callback)).expect("it is there");
    if monitored {
        with(|state| {
            for kind in [Kind::Monitor, Kind::Listener, Kind::Starter, Kind::Worker] {
                state.started(kind);
            }
            assert_eq!(state.start(handle, true, LONG_AGO), Ok(None));
            let (from, now) = (LONG_AGO, clock::now());
            let _ = state.turn(Sleep { from, until: now, woke: now, disturbed: false, suspended: false });
            assert!(state.has_work());
        });
    }
    handle
}

/// Whether the slot of a watchdog can be used anew, and by another handle.
pub fn is_released(handle: Handle) -> bool {
    // The next model finds the slot with this feed.
    let next = with(|state| state.create(Times::new(1, 0).expect("times"), LONG_AGO)).expect("a slot");
    handle::index(next) == handle::index(handle) && next != handle
}

/// As a worker of the engine does, until there is no more work.
pub fn work() {
    enum Next {
        Work(Work),
        Destroy(Callback),
    }
    let me = thread_id();
    let mut run: Option<Run> = None;
    loop {
        let next = with(|state| {
            let now = clock::now();
            if let Some(Ending::Destroy(callback)) = run.as_mut().map(|run| state.end(run, me, now)) {
                Next::Destroy(callback)
            } else {
                Next::Work(state.take(me, &mut Past::default(), now))
            }
        });
        match next {
            Next::Destroy(callback) => callback.destroy(),
            Next::Work(Work::Run(next)) => {
                next.callback.run();
                run = Some(next);
            }
            Next::Work(Work::Wait(_)) => unreachable!("time stands still"),
            Next::Work(Work::None) => return,
        }
    }
}
