//! The clock: exact for the monitor, cheap for a feed.

use crate::core::ticks::Stamp;
use crate::core::time::Time;

/// The exact time: never goes backwards, and does not count the time in which the
/// machine slept.
#[inline]
pub fn now() -> Time {
    super::os::monotonic()
}

/// Marks the moment, at less than a clock costs, where there is a counter to trust.
#[inline]
pub fn stamp() -> Stamp {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    return super::counter::stamp();
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    return Stamp::NONE;
}

/// The time now, right after a [`stamp`] of this count was taken, as cheaply as this machine
/// tells it, off by at most [`CLOCK_ERROR`](crate::core::feed::CLOCK_ERROR). Async-signal-safe.
#[inline]
pub fn cheap_now(_count: u64) -> Time {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    return super::counter::time_at(_count);
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    return now();
}

/// Chooses the cheap clock, once, when the library is loaded: to find out whether the
/// counter can be trusted takes system calls, which a feed must not make. The environment
/// variable `WATCHDOG_CLOCK` can rule the counter out (`monotonic`), or in although the
/// system does not keep its own clock by it (`counter`).
pub fn choose() {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    super::counter::choose(super::os::environment(b"WATCHDOG_CLOCK\0"));
}

/// Which clock a feed reads, closed by a zero.
pub fn name() -> &'static [u8] {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    if super::counter::is_chosen() {
        return b"counter\0";
    }
    b"monotonic\0"
}

/// Puts the cheap clock back to a sound state in a child process, in which a thread
/// that was just renewing it does not exist.
pub fn after_fork() {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    super::counter::after_fork();
}
