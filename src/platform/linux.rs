//! Linux and Android.

use super::bell::{Bell, ASLEEP, AWAKE};
pub use super::scheduling::{leave_the_background, on_all_processors, remember_processors};
use super::unix::clock;
use crate::core::time::Time;
use std::convert::TryFrom;
use std::mem::MaybeUninit;
use std::os::raw::{c_int, c_long, c_uint, c_ulong};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// The exact clock.
#[inline]
pub fn monotonic() -> Time {
    clock(libc::CLOCK_MONOTONIC)
}

/// How long the machine has slept since it started, in nanoseconds, give or take the
/// time between two clock reads.
pub fn time_suspended() -> u64 {
    loop {
        let before = monotonic();
        let boot = clock(libc::CLOCK_BOOTTIME);
        let after = monotonic();
        if after.since(before) < 1_000_000 {
            return boot.since(after);
        } // else this thread was held up in between
    }
}

/// Reads the beginning of a file whose name ends with a zero; 0 bytes when it cannot.
pub fn read_file(name: &[u8], buffer: &mut [u8]) -> usize {
    assert_eq!(name.last(), Some(&0));
    // SAFETY: the name ends with a zero, and `read` writes within the buffer.
    unsafe {
        let file = libc::open(name.as_ptr().cast(), libc::O_RDONLY | libc::O_CLOEXEC);
        if file < 0 {
            return 0;
        }
        let length = libc::read(file, buffer.as_mut_ptr().cast(), buffer.len());
        libc::close(file);
        usize::try_from(length).unwrap_or(0)
    }
}

/// A variable of the environment whose name ends with a zero; nothing in a program with
/// more rights than its user.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))] // for the choice of the counter
pub fn environment(name: &[u8]) -> Option<&'static [u8]> {
    assert_eq!(name.last(), Some(&0));
    // SAFETY: the name ends with a zero; so does the value, which stays where it is while
    // the library is being loaded.
    unsafe {
        let value = libc::getenv(name.as_ptr().cast());
        if value.is_null() || libc::getauxval(libc::AT_SECURE) != 0 {
            None
        } else {
            Some(std::ffi::CStr::from_ptr(value).to_bytes())
        }
    }
}

/// Whether a debugger is attached.
pub fn is_traced() -> bool {
    let mut status = [0; 2048];
    let length = read_file(b"/proc/self/status\0", &mut status);
    let field = b"TracerPid:\t";
    let at = status[..length].windows(field.len()).position(|part| part == field);
    at.map_or(false, |at| status[at + field.len()] != b'0')
}

// ---- Sleep and wake ------------------------------------------------------------

/// Where the monitor sleeps: a futex, which needs no file descriptor and no signal.
///
/// A sleep also tells whether the process was stopped meanwhile: see [`Rest`].
#[derive(Debug)]
pub struct Sleeper {
    bell: Bell,
    /// Whether the count of switches can be believed on this system.
    counts: AtomicBool,
}

impl Sleeper {
    /// Nobody sleeps yet.
    pub const fn new() -> Sleeper {
        Sleeper { bell: Bell(AtomicU32::new(AWAKE)), counts: AtomicBool::new(false) }
    }

    /// Makes the calling thread, of [`Kind::Monitor`], the one that sleeps here.
    pub fn adopt_this_thread(&self) {
        // A thread wakes up to 50 µs late unless it asks for less.
        set_slack(1);
        // On a busy machine an undisturbed rest, too, can be more than one wait.
        let counts = (0..8).any(|_| {
            let rest = Rest::begin();
            futex_wait(&AtomicU32::new(AWAKE), AWAKE, monotonic().after(50_000));
            rest.waits() == 1
        });
        self.counts.store(counts, Ordering::Relaxed);
    }

    /// Sleeps until `until` or a call of [`Sleeper::wake`], also one that came before the
    /// sleep. True when the process was stopped meanwhile.
    pub fn sleep(&self, until: Time) -> bool {
        let stopped = self.bell.sleep(|word| loop {
            let rest = Rest::begin();
            let handled = futex_wait(word, ASLEEP, until);
            if !handled {
                break rest.waits() > 1;
            }
        });
        stopped == Some(true) && self.counts.load(Ordering::Relaxed)
    }

    /// Ends the sleep, or the next one if the thread is not asleep.
    pub fn wake(&self) {
        self.bell.wake(|word| {
            // SAFETY: the word is static; waking needs nothing else.
            unsafe {
                libc::syscall(
                    libc::SYS_futex,
                    word as *const AtomicU32,
                    libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
                    1,
                );
            }
        });
    }

    /// In a child process, where the thread that slept does not exist.
    pub fn after_fork(&self) {
        self.bell.after_fork();
    }
}

/// Waits while the word has this value, until the time comes. True when a signal handler
/// has run instead: the C library's own, by which `setuid` and its like reach all threads.
fn futex_wait(word: &AtomicU32, value: u32, until: Time) -> bool {
    // The form that this system call takes everywhere, unlike `libc::timespec`.
    #[repr(C)]
    struct Timespec {
        seconds: c_long,
        nanos: c_long,
    }
    let timeout = Timespec {
        seconds: (until.0 / 1_000_000_000).min(i32::MAX as u64) as c_long,
        nanos: (until.0 % 1_000_000_000) as c_long,
    };
    // SAFETY: the word and the timeout outlive the call; the timeout is absolute, on the
    // monotonic clock, with this operation.
    let result = unsafe {
        libc::syscall(
            libc::SYS_futex,
            word as *const AtomicU32,
            libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG,
            value,
            &timeout,
            ptr::null::<u32>(),
            u32::MAX, // whoever wakes
        )
    };
    result != 0 && errno() == libc::EINTR
}

/// A worker sleeps for a moment, and exactly.
pub fn doze(until: Time) {
    let until = libc::timespec {
        tv_sec: (until.0 / 1_000_000_000) as libc::time_t,
        tv_nsec: (until.0 % 1_000_000_000) as _,
    };
    set_slack(1);
    // SAFETY: the time is valid.
    unsafe {
        libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &until, ptr::null_mut());
    }
    set_slack(CALLBACKS_SLACK);
}

/// How late the calling thread may wake, in nanoseconds.
fn set_slack(nanos: c_ulong) {
    // SAFETY: the slack is the thread's own. All arguments are given, for the C library passes
    // them on.
    unsafe {
        libc::prctl(libc::PR_SET_TIMERSLACK, nanos, NOTHING, NOTHING, NOTHING);
    }
}

const NOTHING: c_ulong = 0;

/// How late a thread of the program may wake, in nanoseconds: what the kernel gives to all.
const CALLBACKS_SLACK: c_ulong = 50_000;

/// How often a thread waits while it rests, by the kernel's count of its voluntary switches
/// of context. An undisturbed rest is one. A stop by SIGSTOP, a debugger or a freezer makes
/// the kernel wake the thread, park it and put it back to rest, which is two or more, also
/// when the time came while the process was stopped. Each page that has to be fetched
/// meanwhile may be one more.
struct Rest(libc::rusage);

/// Of this thread alone. Android's C library has it, its Rust crate not.
const RUSAGE_THREAD: c_int = 1;

impl Rest {
    fn begin() -> Rest {
        let mut usage = MaybeUninit::zeroed();
        // SAFETY: `getrusage` writes within `usage`, which is valid when all zero.
        unsafe {
            libc::getrusage(RUSAGE_THREAD, usage.as_mut_ptr());
            Rest(usage.assume_init())
        }
    }

    fn switches(&self) -> c_long {
        Rest::begin().0.ru_nvcsw - self.0.ru_nvcsw
    }

    fn waits(self) -> c_long {
        let (before, after) = (self.0, Rest::begin().0);
        let faults = |usage: libc::rusage| usage.ru_minflt + usage.ru_majflt;
        (after.ru_nvcsw - before.ru_nvcsw) - (faults(after) - faults(before))
    }
}

/// An empty epoll set in a file table of its own: waiting on it ends only when the
/// process was stopped, and after a cgroup v1 thaw too, of which a futex shows nothing.
/// The table is not the program's, which may run out of file descriptors, or close all
/// that it finds.
#[derive(Debug)]
pub struct StopListener(c_int);

impl StopListener {
    /// Must be made and used on one thread that does nothing else. None where the
    /// kernel (before 5.9) or a sandbox refuses.
    pub fn on_this_thread() -> Option<StopListener> {
        const CLOSE_RANGE_UNSHARE: c_uint = 1 << 1;
        if cfg!(target_os = "android") {
            return None; // its sandbox ends a process for this call
        }
        let last = last_file();
        // SAFETY: `close_range` with this flag first gives the calling thread a file
        // table of its own, so that it closes nothing of anybody else's.
        unsafe {
            if libc::syscall(libc::SYS_close_range, 0, last, CLOSE_RANGE_UNSHARE) != 0 {
                return None;
            }
            let set = libc::epoll_create1(libc::EPOLL_CLOEXEC);
            if set < 0 {
                None
            } else {
                Some(StopListener(set))
            }
        }
    }

    /// Returns when a stop of the process has ended; false when it cannot tell.
    pub fn wait(&self) -> bool {
        let mut event = libc::epoll_event { events: 0, u64: 0 };
        loop {
            let rest = Rest::begin();
            // SAFETY: there is room for the one event that is asked for.
            let result = unsafe { libc::epoll_wait(self.0, &mut event, 1, -1) };
            if result >= 0 || errno() != libc::EINTR {
                return false;
            }
            if rest.switches() > 1 {
                return true; // else a signal handler has run
            }
        }
    }
}

/// The highest file descriptor that a program can have. Valgrind keeps its own, which
/// each of its threads needs, above.
fn last_file() -> c_uint {
    let mut limit = MaybeUninit::<libc::rlimit>::zeroed();
    // SAFETY: `getrlimit` writes within `limit`, which is valid when all zero.
    let limit = unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, limit.as_mut_ptr());
        limit.assume_init().rlim_cur
    };
    c_uint::try_from(limit).unwrap_or(c_uint::MAX).saturating_sub(1)
}

fn errno() -> c_int {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

// ---- Threads -------------------------------------------------------------------

/// How much of a thread's stack the C library uses, the program's thread-local storage
/// above all; 0 where it does not say. The loader's lock is in the way.
pub fn stack_of_the_c_library() -> usize {
    type MinStack = unsafe extern "C" fn(*const libc::pthread_attr_t) -> libc::size_t;
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: glibc's function has this type; other C libraries have none of this name.
    // The attributes are initialised before they are used and destroyed after.
    unsafe {
        let function = libc::dlsym(libc::RTLD_DEFAULT, b"__pthread_get_minstack\0".as_ptr().cast());
        if !function.is_null() && libc::pthread_attr_init(attributes.as_mut_ptr()) == 0 {
            let min_stack: MinStack = std::mem::transmute(function);
            let stack = min_stack(attributes.as_ptr());
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
            return stack;
        }
    }
    0
}

/// Names the calling thread; at most 15 bytes and a zero.
pub fn name_this_thread(name: &[u8]) {
    assert!(name.len() <= 16 && name.last() == Some(&0));
    // SAFETY: the name ends with a zero and is not longer than the call takes.
    unsafe {
        libc::prctl(libc::PR_SET_NAME, name.as_ptr(), NOTHING, NOTHING, NOTHING);
    }
}

/// A new thread inherits the timer slack of whoever starts it, which may be anything.
pub fn prepare_worker() {
    set_slack(CALLBACKS_SLACK);
}
