//! The cheap clock of x86-64 Linux: the time-stamp counter, where the kernel itself
//! keeps its clock by it.
//!
//! One [anchor](super::anchor) for the process. Whoever finds it too old reads the exact
//! clock, and renews the anchor unless somebody else is about to.

use super::anchor::Shared;
use super::os;
use crate::core::ticks::{Anchor, Stamp};
use crate::core::time::Time;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

static ANCHOR: Shared = Shared {
    version: AtomicU32::new(0),
    ticks: AtomicU64::new(0),
    time: AtomicU64::new(0),
    rate: AtomicU64::new(0),
    trusted: AtomicU64::new(0),
};

/// What is read by every feed and hardly ever written: on a cache line of its own.
#[repr(align(64))]
struct Quiet(AtomicU64);

/// [`Anchor::fresh`] of the latest anchor.
static FRESH: Quiet = Quiet(AtomicU64::new(0));

static CHOSEN: AtomicBool = AtomicBool::new(false);

pub fn choose(wish: Option<&[u8]>) {
    let chosen = match wish {
        Some(b"monotonic") => false,
        Some(b"counter") => is_invariant(),
        _ => is_invariant() && is_the_kernels(),
    };
    CHOSEN.store(chosen, Ordering::Relaxed);
}

pub fn is_chosen() -> bool {
    CHOSEN.load(Ordering::Relaxed)
}

/// What the counter says. One that is not to be trusted is not read: that can be slow.
#[inline]
pub fn stamp() -> Stamp {
    let fresh = FRESH.0.load(Ordering::Relaxed);
    if fresh > 0 {
        Stamp { count: count(), fresh }
    } else {
        Stamp::NONE
    }
}

/// The time now, given a count of just before.
#[inline]
pub fn time_at(count: u64) -> Time {
    match ANCHOR.get().and_then(|anchor| anchor.time_at(count)) {
        Some(time) => time,
        None => exact(),
    }
}

/// Reads the exact clock, and renews the anchor if nobody else does.
#[cold]
fn exact() -> Time {
    if !is_chosen() {
        return os::monotonic();
    }
    let before = count();
    let time = os::monotonic();
    let after = count();
    // A thread that was interrupted between the two has no pair to offer. No counter is
    // so slow that this is more than a microsecond.
    let width = after.wrapping_sub(before);
    if width < 1_000 && ANCHOR.get().map_or(false, |anchor| anchor.can_be_renewed(before, width)) {
        ANCHOR.renew(before + width / 2, time);
        if let Some(fresh) = ANCHOR.get().map(Anchor::fresh) {
            if FRESH.0.load(Ordering::Relaxed) != fresh {
                FRESH.0.store(fresh, Ordering::Relaxed);
            }
        }
    }
    time
}

pub fn after_fork() {
    ANCHOR.after_fork();
}

#[inline]
fn count() -> u64 {
    // SAFETY: `rdtsc` exists on every x86-64 processor and has no preconditions; where a
    // process has forbidden it to itself (prctl PR_SET_TSC), the kernel's own clock
    // traps as well.
    unsafe { std::arch::x86_64::_rdtsc() }
}

/// Whether the counter runs at one rate in every state of the processor.
fn is_invariant() -> bool {
    // SAFETY: `cpuid` exists on every x86-64 processor; leaf 0x8000_0007 is read only
    // where the processor says it has it.
    #[allow(unused_unsafe)] // newer toolchains know that
    let power = unsafe {
        use std::arch::x86_64::__cpuid;
        if __cpuid(0x8000_0000).eax >= 0x8000_0007 {
            __cpuid(0x8000_0007).edx
        } else {
            0
        }
    };
    power & (1 << 8) != 0
}

/// Whether the kernel, which watches it for disagreement between processors, keeps its
/// clock by it.
fn is_the_kernels() -> bool {
    let mut source = [0; 8];
    let file = b"/sys/devices/system/clocksource/clocksource0/current_clocksource\0";
    let length = os::read_file(file, &mut source);
    source[..length].starts_with(b"tsc\n")
}
