//! What stands for `src/platform`: loom's atomics, a clock that each thread sets for
//! itself, and the library's own files of this layer that are to be examined.

pub mod sync {
    pub use loom::sync::atomic::{fence, AtomicU32, AtomicU64, AtomicUsize, Ordering};
}

#[path = "../../../../src/platform/anchor.rs"]
pub mod anchor;
#[path = "../../../../src/platform/bell.rs"]
pub mod bell;

pub mod clock {
    use crate::core::feed::FRESH;
    use crate::core::ticks::Stamp;
    use crate::core::time::Time;
    use std::cell::Cell;

    loom::thread_local! {
        static NOW: Cell<u64> = Cell::new(0);
    }

    /// What this thread's counter and cheap clock say from now on.
    pub fn set(now: u64) {
        NOW.with(|cell| cell.set(now));
    }

    /// The counters of two threads may disagree, as when one is held up.
    pub fn stamp() -> Stamp {
        Stamp { count: NOW.with(Cell::get), fresh: FRESH }
    }

    pub fn cheap_now(count: u64) -> Time {
        Time(count)
    }

    /// When the latest feed of every model is.
    pub const LATEST: u64 = 100 * FRESH;

    /// The exact clock, which is read after the word: no earlier than any feed in it.
    pub fn now() -> Time {
        Time(LATEST)
    }
}
