//! The clocks.

use super::newer::{Newer, BIASED, UNBIASED};
use crate::core::time::Time;
use std::convert::TryFrom;
use std::mem::{self, MaybeUninit};
use windows_sys::Win32::System::Performance::{QueryPerformanceCounter, QueryPerformanceFrequency};
use windows_sys::Win32::System::SystemInformation::GetSystemTimeAsFileTime;

type ReadsClock = unsafe extern "system" fn(*mut u64);

/// Reads one of the two, in nanoseconds.
#[inline]
fn read(clock: &Newer) -> Option<u64> {
    let address = clock.get()?;
    let mut time = 0;
    // SAFETY: both functions have this type and write one number, of 100 ns each.
    unsafe { mem::transmute::<usize, ReadsClock>(address)(&mut time) };
    Some(time * 100)
}

/// The exact clock: unbiased interrupt time, which stands still while the machine sleeps.
/// Before Windows 10 there is none that is exact, and the performance counter, which does
/// count sleep, has to do.
#[inline]
pub fn monotonic() -> Time {
    Time(read(&UNBIASED).unwrap_or_else(performance_counter))
}

#[cold]
fn performance_counter() -> u64 {
    let (mut count, mut per_second) = (0, 0);
    // SAFETY: both write one number; on systems since Windows XP they cannot fail.
    unsafe {
        QueryPerformanceCounter(&mut count);
        QueryPerformanceFrequency(&mut per_second);
    }
    let nanos = i128::from(count) * 1_000_000_000 / i128::from(per_second.max(1));
    u64::try_from(nanos).unwrap_or(0)
}

/// How long the machine has slept since it started, in nanoseconds, give or take the
/// time between two clock reads.
pub fn time_suspended() -> u64 {
    loop {
        let before = monotonic();
        let with_sleep = match read(&BIASED) {
            Some(time) => Time(time),
            None => return 0,
        };
        let after = monotonic();
        if after.since(before) < 1_000_000 {
            return with_sleep.since(after);
        } // else this thread was held up in between
    }
}

/// Seconds since 1970.
pub fn unix_time() -> u64 {
    const SECONDS_BEFORE_1970: u64 = 11_644_473_600;
    let mut time = MaybeUninit::uninit();
    // SAFETY: the call fills the time.
    let time = unsafe {
        GetSystemTimeAsFileTime(time.as_mut_ptr());
        time.assume_init()
    };
    let ticks = u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    (ticks / 10_000_000).saturating_sub(SECONDS_BEFORE_1970)
}
