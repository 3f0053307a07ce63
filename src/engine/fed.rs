//! What a feed touches of a slot: the handle that lives there and its feed word.
//!
//! Concurrency. Everybody may feed, at any time, with any handle. Only the engine's lock
//! holder changes the owner. A feed that has lost its watchdog must not feed the next owner
//! of the slot:
//!
//! - the owner changes in this order: `handle` is withdrawn, `word` gets a value that it
//!   never had (release), the new `handle` is published (release);
//! - a feed reads `word` (acquire), then `handle`, and stores only if `word` is unchanged.
//!
//! A feed that read the new word sees that the old handle was withdrawn; one that read
//! the old word fails to store.
//!
//! Most feeds of a busy watchdog come so soon after another that there is nothing to write.
//! For them the feeder that has stored a word leaves its *stamp*: the count of the processor's
//! counter from before it read the time that it stored. The word does not go back, not even
//! from owner to owner (what [`feed::step_exactly`] sets back was later than every feed), so
//! it is never earlier than any stamp that somebody reads, however late that was written; and
//! while the count has not gone on for [`feed::FRESH`] since, it says enough. That spares them
//! the conversion of the count to a time.
//!
//! `proofs/loom` runs this file in every order of events.

use super::Handle;
use crate::core::feed::{self, Step};
use crate::core::handle;
use crate::core::ticks::Stamp;
use crate::core::time::Time;
use crate::platform::clock;
use crate::platform::sync::{AtomicU64, AtomicUsize, Ordering};

/// See the module. All zero is a slot that never had an owner.
#[repr(C)]
pub struct Fed {
    /// The handle of the watchdog that lives here. Else even: what it was, or zero.
    pub handle: AtomicUsize,
    /// The feed word: see [`feed`].
    pub word: AtomicU64,
    /// See the module.
    pub stamp: AtomicU64,
}

impl Fed {
    /// Whether the handle is the owner's, who needs no feed at `stamp`: another was a moment ago.
    #[inline]
    pub fn is_fresh(&self, handle: Handle, stamp: Stamp) -> bool {
        self.handle.load(Ordering::Relaxed) == handle
            && stamp.is_fresh_after(self.stamp.load(Ordering::Acquire))
    }

    /// Feeds, right after a stamp of this count was taken; false when the handle is not the
    /// owner's. Lock-free, without system calls, and async-signal-safe.
    pub fn feed(&self, handle: Handle, mut count: u64) -> bool {
        loop {
            let word = self.word.load(Ordering::Acquire);
            if self.handle.load(Ordering::Relaxed) != handle {
                return false;
            }
            let step = match feed::step(word, clock::cheap_now(count)) {
                Step::Ask => feed::step_exactly(word, clock::now()),
                step => step,
            };
            match step {
                Step::Store(new) => {
                    let stored =
                        self.word.compare_exchange_weak(word, new, Ordering::Release, Ordering::Relaxed);
                    if stored.is_ok() {
                        self.stamp.store(count, Ordering::Release);
                        return true;
                    }
                    // Another feed came between, maybe an older one.
                    count = clock::stamp().count;
                }
                _ => return true,
            }
        }
    }

    /// The time of the last feed; None when the handle is not the owner's.
    pub fn last_feed(&self, handle: Handle) -> Option<Time> {
        let word = self.word.load(Ordering::Acquire);
        if self.handle.load(Ordering::Relaxed) == handle {
            Some(Time(word))
        } else {
            None
        }
    }

    /// A new owner, fed at `now`.
    pub fn begin(&self, handle: Handle, now: Time) {
        restart(&self.word, now);
        self.handle.store(handle, Ordering::Release);
    }

    /// Makes the owner's handle an invalid one, at once and for ever.
    pub fn withdraw(&self) {
        self.handle.store(self.handle.load(Ordering::Relaxed) & !1, Ordering::Relaxed);
    }

    /// Prepares the next handle, after the last was withdrawn; false when all are used up.
    pub fn prepare(&self) -> bool {
        let next = handle::next(self.handle.load(Ordering::Relaxed) | 1);
        self.handle.store(next.unwrap_or(0) & !1, Ordering::Relaxed);
        next.is_some()
    }

    /// The next handle, once it was prepared.
    pub fn prepared(&self) -> Handle {
        self.handle.load(Ordering::Relaxed) | 1
    }
}

/// Feeds at `now`, and so that no word is the same as one before: see [`feed::restart`].
pub fn restart(word: &AtomicU64, now: Time) {
    let mut old = word.load(Ordering::Relaxed);
    while let Err(newer) =
        word.compare_exchange_weak(old, feed::restart(old, now), Ordering::Release, Ordering::Relaxed)
    {
        old = newer;
    }
}
