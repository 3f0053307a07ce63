//! The [`Anchor`] of the process, which everybody reads and anybody renews.
//!
//! Concurrency: `version` is even while the anchor is whole. A writer makes it odd by
//! compare-exchange (who fails does not write), stores the four values and makes it
//! even again. A reader that sees an odd version, or another one after than before,
//! takes the exact clock: nobody ever waits, so a feed in a signal handler that
//! interrupts a writer is safe. In a forked child an odd version belongs to a thread
//! that is gone, and is made even with no anchor. `proofs/loom` runs this file in every
//! order of events.

use super::sync::{fence, AtomicU32, AtomicU64, Ordering};
use crate::core::ticks::Anchor;
use crate::core::time::Time;

/// See the module. All zero is [`Anchor::NONE`].
#[repr(align(64))]
pub struct Shared {
    pub version: AtomicU32,
    pub ticks: AtomicU64,
    pub time: AtomicU64,
    pub rate: AtomicU64,
    pub trusted: AtomicU64,
}

impl Shared {
    /// The anchor, unless it was being renewed.
    #[inline]
    pub fn get(&self) -> Option<Anchor> {
        let version = self.version.load(Ordering::Acquire);
        let anchor = self.read();
        fence(Ordering::Acquire);
        let whole = version & 1 == 0 && self.version.load(Ordering::Relaxed) == version;
        Some(anchor).filter(|_| whole)
    }

    #[inline]
    fn read(&self) -> Anchor {
        Anchor {
            ticks: self.ticks.load(Ordering::Relaxed),
            time: Time(self.time.load(Ordering::Relaxed)),
            rate: self.rate.load(Ordering::Relaxed),
            trusted: self.trusted.load(Ordering::Relaxed),
        }
    }

    /// Renews it, if nobody else does or has.
    pub fn renew(&self, ticks: u64, time: Time) {
        let is_good =
            |anchor: Anchor| anchor.time_at(ticks).is_some() || anchor.renewed(ticks, time) == anchor;
        if self.get().map_or(false, is_good) {
            return; // to write it again would only take its cache line from the others
        }
        let version = self.version.load(Ordering::Relaxed);
        let mine = version & 1 == 0
            && self
                .version
                .compare_exchange(version, version + 1, Ordering::Acquire, Ordering::Relaxed)
                .is_ok();
        if mine {
            fence(Ordering::Release);
            self.store(self.read().renewed(ticks, time));
            self.version.store(version.wrapping_add(2), Ordering::Release);
        }
    }

    fn store(&self, anchor: Anchor) {
        self.ticks.store(anchor.ticks, Ordering::Relaxed);
        self.time.store(anchor.time.0, Ordering::Relaxed);
        self.rate.store(anchor.rate, Ordering::Relaxed);
        self.trusted.store(anchor.trusted, Ordering::Relaxed);
    }

    /// In a child process.
    pub fn after_fork(&self) {
        self.store(Anchor::NONE);
        self.version.store(0, Ordering::Release);
    }
}
