//! What stands for `src/platform`. Time stands still: what a model wants expired has been
//! since before it began.

use crate::core::ticks::Stamp;
use crate::core::time::Time;
use std::alloc::{alloc_zeroed, dealloc, Layout};
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};

pub mod sync {
    pub use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
}

pub mod clock {
    use super::*;

    pub const NOW: Time = Time(10_000_000_000);

    pub fn now() -> Time {
        NOW
    }

    pub fn stamp() -> Stamp {
        Stamp::NONE
    }

    pub fn cheap_now(_count: u64) -> Time {
        now()
    }
}

#[path = "../../../../src/platform/no_last_moment.rs"]
mod last_moment;
pub use last_moment::LastMoment;

pub type ThreadId = usize;

pub fn thread_id() -> ThreadId {
    let mut hasher = DefaultHasher::new();
    loom::thread::current().id().hash(&mut hasher);
    hasher.finish() as ThreadId | 1
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Monitor,
    Listener,
    Starter,
    Worker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Abort,
    Kill,
    Exit(u8),
}

impl fmt::Display for End {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        unreachable!("no model has a last resort")
    }
}

pub fn is_traced() -> bool {
    false
}

pub fn callback_was_left() -> ! {
    unreachable!("callbacks of models return")
}

pub fn end_process(_: End) -> ! {
    unreachable!("no model has a last resort")
}

pub fn write_error(_: &[u8]) {}

pub fn write_file(_: &[u8], _: &[u8]) -> bool {
    false
}

pub fn unix_time() -> u64 {
    0
}

fn pages(size: usize) -> Layout {
    Layout::from_size_align(size, 4096).expect("a chunk has a size")
}

pub fn map(size: usize) -> *mut u8 {
    // SAFETY: the size is not zero.
    unsafe { alloc_zeroed(pages(size)) }
}

/// # Safety
/// As in the library.
pub unsafe fn unmap(memory: *mut u8, size: usize) {
    // SAFETY: `map` has returned it for this size.
    unsafe { dealloc(memory, pages(size)) }
}
