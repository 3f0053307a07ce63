//! An end of the process that needs nobody: on Linux the kernel has it on a timer.

use std::mem;
use std::os::raw::{c_int, c_long};
use std::ptr;

/// While it exists, and longer than it was given, the process is killed.
#[derive(Debug)]
pub struct LastMoment(Option<c_int>);

impl LastMoment {
    /// In so many nanoseconds. Without it goes on where the system refuses.
    pub fn within(nanos: u64) -> LastMoment {
        // The forms that these system calls take everywhere, unlike `libc::timespec`.
        #[repr(C)]
        struct Timespec {
            seconds: c_long,
            nanos: c_long,
        }
        let time = |nanos: u64| Timespec {
            seconds: (nanos / 1_000_000_000) as c_long,
            nanos: (nanos % 1_000_000_000) as c_long,
        };
        let times = [time(0), time(nanos)]; // the first: only once
        let mut timer: c_int = 0;
        // SAFETY: an event is valid when all zero; the calls read and write what they are given,
        // which outlives them. A signal that cannot be caught interrupts nobody.
        unsafe {
            let mut event: libc::sigevent = mem::zeroed();
            event.sigev_notify = libc::SIGEV_SIGNAL;
            event.sigev_signo = libc::SIGKILL;
            if libc::syscall(libc::SYS_timer_create, libc::CLOCK_MONOTONIC, &mut event, &mut timer) != 0 {
                return LastMoment(None);
            }
            libc::syscall(libc::SYS_timer_settime, timer, 0, times.as_ptr(), ptr::null_mut::<Timespec>());
        }
        LastMoment(Some(timer))
    }
}

impl Drop for LastMoment {
    fn drop(&mut self) {
        if let Some(timer) = self.0 {
            // SAFETY: `within` made it, and it is deleted once.
            unsafe {
                libc::syscall(libc::SYS_timer_delete, timer);
            }
        }
    }
}
