//! The cheap clock of x86-64 Linux: the time-stamp counter, where the kernel itself
//! keeps its clock by it.
//!
//! One [`Anchor`] for the process. Whoever finds it too old reads the exact clock, and
//! renews the anchor unless somebody else is about to.
//!
//! Concurrency: `version` is even while the anchor is whole. A writer makes it odd by
//! compare-exchange (who fails does not write), stores the four values and makes it
//! even again. A reader that sees an odd version, or another one after than before,
//! takes the exact clock: nobody ever waits, so a feed in a signal handler that
//! interrupts a writer is safe. In a forked child an odd version belongs to a thread
//! that is gone, and is made even with no anchor.

use super::os;
use crate::core::ticks::Anchor;
use crate::core::time::Time;
use std::sync::atomic::{fence, AtomicBool, AtomicU32, AtomicU64, Ordering};

#[repr(align(64))]
struct Shared {
    version: AtomicU32,
    ticks: AtomicU64,
    time: AtomicU64,
    rate: AtomicU64,
    trusted: AtomicU64,
}

static ANCHOR: Shared = Shared {
    version: AtomicU32::new(0),
    ticks: AtomicU64::new(0),
    time: AtomicU64::new(0),
    rate: AtomicU64::new(0),
    trusted: AtomicU64::new(0),
};

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

#[inline]
pub fn now() -> Time {
    let version = ANCHOR.version.load(Ordering::Acquire);
    let anchor = read();
    fence(Ordering::Acquire);
    let whole = version & 1 == 0 && ANCHOR.version.load(Ordering::Relaxed) == version;
    match anchor.time_at(ticks()) {
        Some(time) if whole => time,
        _ => exact(),
    }
}

#[inline]
fn read() -> Anchor {
    Anchor {
        ticks: ANCHOR.ticks.load(Ordering::Relaxed),
        time: Time(ANCHOR.time.load(Ordering::Relaxed)),
        rate: ANCHOR.rate.load(Ordering::Relaxed),
        trusted: ANCHOR.trusted.load(Ordering::Relaxed),
    }
}

/// Reads the exact clock, and renews the anchor if nobody else does.
#[cold]
fn exact() -> Time {
    if !is_chosen() {
        return os::monotonic();
    }
    let before = ticks();
    let time = os::monotonic();
    let after = ticks();
    // A thread that was interrupted between the two has no pair to offer. No counter is
    // so slow that this is more than a microsecond.
    if after.wrapping_sub(before) < 1_000 {
        renew(before, time);
    }
    time
}

fn renew(ticks: u64, time: Time) {
    let version = ANCHOR.version.load(Ordering::Relaxed);
    let mine = version & 1 == 0
        && ANCHOR
            .version
            .compare_exchange(version, version + 1, Ordering::Acquire, Ordering::Relaxed)
            .is_ok();
    if mine {
        fence(Ordering::Release);
        store(read().renewed(ticks, time));
        ANCHOR.version.store(version.wrapping_add(2), Ordering::Release);
    }
}

fn store(anchor: Anchor) {
    ANCHOR.ticks.store(anchor.ticks, Ordering::Relaxed);
    ANCHOR.time.store(anchor.time.0, Ordering::Relaxed);
    ANCHOR.rate.store(anchor.rate, Ordering::Relaxed);
    ANCHOR.trusted.store(anchor.trusted, Ordering::Relaxed);
}

pub fn after_fork() {
    store(Anchor::NONE);
    ANCHOR.version.store(0, Ordering::Release);
}

#[inline]
fn ticks() -> u64 {
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
