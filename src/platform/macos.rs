//! macOS.

use super::bell::{Bell, ASLEEP, AWAKE};
use super::unix::clock;
use super::LONGEST_REST;
use crate::core::stall::OVERSLEPT;
use crate::core::time::Time;
use std::cell::UnsafeCell;
use std::os::raw::c_int;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

/// The exact clock, which stands still while the machine sleeps.
#[inline]
pub fn monotonic() -> Time {
    clock(libc::CLOCK_UPTIME_RAW)
}

/// How long the machine has slept since it started, in nanoseconds, give or take the
/// time between two clock reads.
pub fn time_suspended() -> u64 {
    loop {
        let before = monotonic();
        let with_sleep = clock(libc::CLOCK_MONOTONIC_RAW);
        let after = monotonic();
        if after.since(before) < 1_000_000 {
            return with_sleep.since(after);
        } // else this thread was held up in between
    }
}

/// Whether a debugger is attached.
pub fn is_traced() -> bool {
    let mut what = [libc::CTL_KERN, libc::KERN_PROC, libc::KERN_PROC_PID, std::process::id() as c_int];
    // `struct kinfo_proc`, which begins with two pointers and then the flags.
    const FLAGS: usize = 32;
    const P_TRACED: u32 = 0x800;
    let mut process = [0_u8; 1024];
    let mut size = process.len();
    // SAFETY: the call reads four numbers and writes at most `size` bytes.
    let result = unsafe {
        libc::sysctl(what.as_mut_ptr(), 4, process.as_mut_ptr().cast(), &mut size, ptr::null_mut(), 0)
    };
    let mut flags = [0; 4];
    flags.copy_from_slice(&process[FLAGS..FLAGS + 4]);
    result == 0 && size > FLAGS + 4 && u32::from_ne_bytes(flags) & P_TRACED != 0
}

// ---- Sleep and wake ------------------------------------------------------------

/// Where the monitor sleeps.
///
/// The system does not tell a thread that its process was stopped. So it rests a moment at
/// a time, and takes a rest that was much too long for a stop.
pub struct Sleeper {
    bell: Bell,
    /// Protects nothing: the condition variable wants one.
    mutex: UnsafeCell<libc::pthread_mutex_t>,
    condition: UnsafeCell<libc::pthread_cond_t>,
}

// SAFETY: the system's own locks are for use by many threads.
unsafe impl Sync for Sleeper {}

impl Sleeper {
    /// Nobody sleeps yet.
    pub const fn new() -> Sleeper {
        Sleeper {
            bell: Bell(AtomicU32::new(AWAKE)),
            mutex: UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER),
            condition: UnsafeCell::new(libc::PTHREAD_COND_INITIALIZER),
        }
    }

    /// Makes the calling thread the one that sleeps here.
    pub fn adopt_this_thread(&self) {}

    /// Sleeps until `until` or a call of [`Sleeper::wake`], also one that came before the
    /// sleep. True when the process was stopped meanwhile.
    pub fn sleep(&self, until: Time) -> bool {
        let stopped = self.bell.sleep(|word| self.wait(word, until));
        stopped == Some(true)
    }

    /// True when it took far longer than it should.
    fn wait(&self, word: &AtomicU32, until: Time) -> bool {
        let mut overslept = false;
        // SAFETY: both are initialised, static, and used by these two functions alone; the
        // mutex is held while waiting.
        unsafe {
            libc::pthread_mutex_lock(self.mutex.get());
            let mut now = monotonic();
            while word.load(Ordering::Relaxed) == ASLEEP && now < until && !overslept {
                let rest = until.min(now.after(LONGEST_REST));
                let nanos = rest.since(now);
                let timeout = libc::timespec {
                    tv_sec: (nanos / 1_000_000_000) as libc::time_t,
                    tv_nsec: (nanos % 1_000_000_000) as _,
                };
                pthread_cond_timedwait_relative_np(self.condition.get(), self.mutex.get(), &timeout);
                now = monotonic();
                overslept |= now.since(rest) > OVERSLEPT;
            }
            libc::pthread_mutex_unlock(self.mutex.get());
        }
        overslept
    }

    /// Ends the sleep, or the next one if the thread is not asleep.
    pub fn wake(&self) {
        self.bell.wake(|_| {
            // SAFETY: as above. The sleeper either has not yet looked at the word or waits.
            unsafe {
                libc::pthread_mutex_lock(self.mutex.get());
                libc::pthread_cond_signal(self.condition.get());
                libc::pthread_mutex_unlock(self.mutex.get());
            }
        });
    }

    /// In a child process, where the thread that slept does not exist.
    pub fn after_fork(&self) {
        self.bell.after_fork();
        // SAFETY: nobody uses them in the child: it has one thread, and this is it.
        unsafe {
            *self.mutex.get() = libc::PTHREAD_MUTEX_INITIALIZER;
            *self.condition.get() = libc::PTHREAD_COND_INITIALIZER;
        }
    }
}

extern "C" {
    fn pthread_cond_timedwait_relative_np(
        condition: *mut libc::pthread_cond_t,
        mutex: *mut libc::pthread_mutex_t,
        timeout: *const libc::timespec,
    ) -> c_int;
}

/// A worker sleeps for a moment.
pub fn doze(until: Time) {
    let nanos = until.since(monotonic());
    let rest = libc::timespec {
        tv_sec: (nanos / 1_000_000_000) as libc::time_t,
        tv_nsec: (nanos % 1_000_000_000) as _,
    };
    // SAFETY: the time is valid.
    unsafe {
        libc::nanosleep(&rest, ptr::null_mut());
    }
}

// ---- Threads -------------------------------------------------------------------

/// How much of a thread's stack the C library uses: it does not say.
pub fn stack_of_the_c_library() -> usize {
    0
}

/// Names the calling thread.
pub fn name_this_thread(name: &[u8]) {
    assert_eq!(name.last(), Some(&0));
    // SAFETY: the name ends with a zero.
    unsafe {
        libc::pthread_setname_np(name.as_ptr().cast());
    }
}

/// Workers need nothing more here.
pub fn prepare_worker() {}

/// Threads are bound to no processor here.
pub fn remember_processors() {}

/// As above.
pub fn on_all_processors<T>(start: impl FnOnce() -> T) -> T {
    start()
}

/// A thread's policy is not its child's here.
pub fn leave_the_background() {}
