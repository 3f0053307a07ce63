//! Where and how the library's threads are scheduled on Linux: a thread inherits both from the
//! one that starts it, which may be bound to a processor that it then keeps busy, or be one that
//! runs only when nobody else wants to. Neither is for the program's watchdog.
//!
//! Real-time policies are inherited: who starts the first watchdog on such a thread wants that.

use std::mem;
use std::os::raw::c_int;
use std::sync::atomic::{AtomicUsize, Ordering};

/// For so many processors; on a machine with more, threads stay where they are started.
const WORDS: usize = 1024 / usize::BITS as usize;

/// A set of processors, a bit each.
type Set = [usize; WORDS];

/// Those of the thread that has loaded the library. All zero: not known.
static PROCESSORS: [AtomicUsize; WORDS] = {
    #[allow(clippy::declare_interior_mutable_const)]
    const NONE: AtomicUsize = AtomicUsize::new(0);
    [NONE; WORDS]
};

/// When the library is loaded.
pub fn remember_processors() {
    for (to, from) in PROCESSORS.iter().zip(processors()) {
        to.store(from, Ordering::Relaxed);
    }
}

/// Starts a thread, which may run on the processors on which the library was loaded.
pub fn on_all_processors<T>(start: impl FnOnce() -> T) -> T {
    let mut all: Set = [0; WORDS];
    for (to, from) in all.iter_mut().zip(&PROCESSORS) {
        *to = from.load(Ordering::Relaxed);
    }
    let own = processors();
    let differ = own != all && own != [0; WORDS] && all != [0; WORDS];
    // The new thread cannot do this: it may never get the processor that it inherits.
    let moved = differ && set_processors(&all);
    let result = start();
    if moved {
        set_processors(&own);
    }
    result
}

/// On a new thread: it does not wait until nobody else wants to run.
pub fn leave_the_background() {
    // The kernel's numbers: the C libraries do not all have names for them.
    const SCHED_OTHER: c_int = 0;
    const SCHED_BATCH: c_int = 3;
    const SCHED_IDLE: c_int = 5;
    // SAFETY: 0 is the calling thread; the priority, an `int`, outlives the call.
    unsafe {
        let policy = libc::syscall(libc::SYS_sched_getscheduler, 0) as c_int;
        if policy == SCHED_BATCH || policy == SCHED_IDLE {
            let priority: c_int = 0;
            libc::syscall(libc::SYS_sched_setscheduler, 0, SCHED_OTHER, &priority);
        }
    }
}

/// The calling thread's; all zero when the system does not tell.
fn processors() -> Set {
    let mut set: Set = [0; WORDS];
    // SAFETY: 0 is the calling thread; the call writes at most so many bytes.
    let written =
        unsafe { libc::syscall(libc::SYS_sched_getaffinity, 0, mem::size_of::<Set>(), set.as_mut_ptr()) };
    if written > 0 {
        set
    } else {
        [0; WORDS]
    }
}

fn set_processors(set: &Set) -> bool {
    // SAFETY: as above; the call reads so many bytes.
    unsafe { libc::syscall(libc::SYS_sched_setaffinity, 0, mem::size_of::<Set>(), set.as_ptr()) == 0 }
}
