//! Sleep and wake.

use super::clocks::monotonic;
use crate::core::stall::OVERSLEPT;
use crate::core::time::Time;
use crate::platform::bell::{Bell, ASLEEP, AWAKE};
use crate::platform::LONGEST_REST;
use std::convert::TryFrom;
use std::hint;
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::Threading::{
    CreateEventW, CreateWaitableTimerExW, SetEvent, SetWaitableTimer, Sleep, SwitchToThread,
    WaitForMultipleObjects, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, INFINITE, TIMER_ALL_ACCESS,
};

/// Where the monitor sleeps: on a timer of the highest resolution, and on an event for who
/// wakes it. Both are made by the monitor, before it first sleeps, and stay.
///
/// The system does not tell a thread that its process was stopped. So it rests a moment at
/// a time, and takes a rest that was much too long for a stop.
#[derive(Debug)]
pub struct Sleeper {
    bell: Bell,
    /// Handles; 0 for one that could not be made.
    timer: AtomicUsize,
    event: AtomicUsize,
}

impl Sleeper {
    /// Nobody sleeps yet.
    pub const fn new() -> Sleeper {
        Sleeper { bell: Bell(AtomicU32::new(AWAKE)), timer: AtomicUsize::new(0), event: AtomicUsize::new(0) }
    }

    /// Makes the calling thread the one that sleeps here.
    pub fn adopt_this_thread(&self) {
        // SAFETY: neither has a name or attributes; the event resets itself.
        unsafe {
            let timer = match timer(CREATE_WAITABLE_TIMER_HIGH_RESOLUTION) {
                0 => timer(0), // before Windows 10, version 1803
                timer => timer,
            };
            self.timer.store(timer, Ordering::Relaxed);
            self.event.store(CreateEventW(ptr::null(), 0, 0, ptr::null()) as usize, Ordering::SeqCst);
        }
    }

    /// Sleeps until `until` or a call of [`Sleeper::wake`], also one that came before the
    /// sleep. True when the process was stopped meanwhile.
    pub fn sleep(&self, until: Time) -> bool {
        let stopped = self.bell.sleep(|word| self.wait(word, until));
        stopped == Some(true)
    }

    /// True when it took far longer than it should.
    fn wait(&self, word: &AtomicU32, until: Time) -> bool {
        let mut overslept = false;
        let mut now = monotonic();
        while word.load(Ordering::Acquire) == ASLEEP && now < until && !overslept {
            // Where nothing is ever due, no stop can wrong anybody.
            let rest = if until == Time::NEVER { until } else { until.min(now.after(LONGEST_REST)) };
            self.rest(rest.since(now));
            now = monotonic();
            overslept |= now.since(rest) > OVERSLEPT;
        }
        overslept
    }

    /// Waits so many nanoseconds, or for the event.
    fn rest(&self, nanos: u64) {
        let handles =
            [self.event.load(Ordering::Relaxed) as HANDLE, self.timer.load(Ordering::Relaxed) as HANDLE];
        let due = -((nanos.min(LONGEST_REST) / 100 + 1) as i64); // negative: from now on
        let any = 0;
        // SAFETY: the handles are this thread's own and never closed; the time outlives the
        // call, which takes no function.
        unsafe {
            let timed = nanos <= LONGEST_REST
                && !handles[1].is_null()
                && SetWaitableTimer(handles[1], &due, 0, None, ptr::null(), 0) != 0;
            match (handles[0].is_null(), timed) {
                (false, true) => WaitForMultipleObjects(2, handles.as_ptr(), any, INFINITE),
                (false, false) => WaitForMultipleObjects(1, handles.as_ptr(), any, millis(nanos)),
                // Without an event nobody can wake it: it looks often.
                (true, _) => {
                    Sleep(millis(nanos).min(10));
                    0
                }
            };
        }
    }

    /// Ends the sleep, or the next one if the thread is not asleep.
    pub fn wake(&self) {
        self.bell.wake(|_| {
            // SAFETY: the event is never closed.
            unsafe { SetEvent(self.event.load(Ordering::SeqCst) as HANDLE) };
        });
    }

    /// There is no fork here.
    pub fn after_fork(&self) {
        self.bell.after_fork();
    }
}

/// A handle, or 0.
unsafe fn timer(flags: u32) -> usize {
    // SAFETY: neither name nor attributes.
    unsafe { CreateWaitableTimerExW(ptr::null(), ptr::null(), flags, TIMER_ALL_ACCESS) as usize }
}

fn millis(nanos: u64) -> u32 {
    u32::try_from(nanos / 1_000_000 + 1).unwrap_or(INFINITE - 1)
}

/// A worker waits for a moment, exactly: a timer of the system's would be late by more than
/// the whole moment.
pub fn doze(until: Time) {
    loop {
        let left = until.since(monotonic());
        // SAFETY: these calls have no preconditions.
        match left {
            0 => return,
            1..=20_000 => hint::spin_loop(),
            20_001..=2_000_000 => unsafe {
                SwitchToThread();
            },
            _ => unsafe { Sleep(1) },
        }
    }
}
