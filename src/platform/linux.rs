//! Linux and Android.

use super::bell::{Bell, ASLEEP, AWAKE};
use super::{End, Kind};
use crate::core::time::Time;
use std::convert::TryFrom;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::raw::{c_int, c_long, c_uint, c_ulong, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

/// Names a thread for as long as it lives, without touching thread-local storage.
pub type ThreadId = usize;

/// The calling thread.
#[inline]
pub fn thread_id() -> ThreadId {
    // SAFETY: `pthread_self` has no preconditions.
    unsafe { libc::pthread_self() as ThreadId }
}

fn clock(id: libc::clockid_t) -> Time {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: `clock_gettime` fills the timespec for both clocks used here, which every
    // supported kernel has.
    let time = unsafe {
        libc::clock_gettime(id, time.as_mut_ptr());
        time.assume_init()
    };
    Time(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

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
pub fn environment(name: &[u8]) -> Option<&'static [u8]> {
    assert_eq!(name.last(), Some(&0));
    // SAFETY: the name ends with a zero; so does the value, which stays where it is while
    // the library is being loaded.
    unsafe {
        let value = libc::getenv(name.as_ptr().cast());
        if value.is_null() || libc::getauxval(libc::AT_SECURE) != 0 {
            None
        } else {
            Some(CStr::from_ptr(value).to_bytes())
        }
    }
}

/// Writes to standard error what can be written at once.
pub fn write_error(text: &[u8]) {
    // SAFETY: reads within the text.
    unsafe {
        libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len());
    }
}

/// Writes a file anew whose name ends with a zero; false when it cannot.
pub fn write_file(name: &[u8], text: &[u8]) -> bool {
    assert_eq!(name.last(), Some(&0));
    let how = libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC | libc::O_CLOEXEC | libc::O_NOFOLLOW;
    // SAFETY: the name ends with a zero, and `write` reads within the text.
    unsafe {
        let file = libc::open(name.as_ptr().cast(), how, 0o600 as c_uint);
        if file < 0 {
            return false;
        }
        let written = libc::write(file, text.as_ptr().cast(), text.len());
        libc::close(file);
        usize::try_from(written) == Ok(text.len())
    }
}

/// Seconds since 1970.
pub fn unix_time() -> u64 {
    clock(libc::CLOCK_REALTIME).0 / 1_000_000_000
}

/// Whether a debugger is attached.
pub fn is_traced() -> bool {
    let mut status = [0; 2048];
    let length = read_file(b"/proc/self/status\0", &mut status);
    let field = b"TracerPid:\t";
    let at = status[..length].windows(field.len()).position(|part| part == field);
    at.map_or(false, |at| status[at + field.len()] != b'0')
}

/// Ends the process.
pub fn end_process(end: End) -> ! {
    // SAFETY: none has preconditions. `abort` is for a signal that does not come.
    unsafe {
        match end {
            End::Abort => {}
            End::Kill => {
                libc::kill(libc::getpid(), libc::SIGKILL);
            }
            End::Exit(code) => libc::_exit(c_int::from(code)),
        }
        libc::abort()
    }
}

// ---- Memory ----------------------------------------------------------------------

/// Memory of the system's own, all zero, on a boundary of pages, and not really there
/// before it is used. The program's allocator is not asked. Null when it is refused.
pub fn map(size: usize) -> *mut u8 {
    let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new mapping, where the kernel likes, touches nothing that exists.
    match unsafe { libc::mmap(ptr::null_mut(), size, access, kind, -1, 0) } {
        libc::MAP_FAILED => ptr::null_mut(),
        memory => memory.cast(),
    }
}

/// Gives it back.
///
/// # Safety
/// `map` has returned it for this size, and nobody uses it any more.
pub unsafe fn unmap(memory: *mut u8, size: usize) {
    // SAFETY: as the caller promises.
    unsafe {
        libc::munmap(memory.cast(), size);
    }
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
        // SAFETY: this call has no preconditions. A thread wakes up to 50 µs late unless
        // it asks for less.
        unsafe {
            libc::prctl(libc::PR_SET_TIMERSLACK, 1 as c_ulong);
        }
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
            libc::FUTEX_BITSET_MATCH_ANY,
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
    // SAFETY: the time is valid; the slack is the thread's own.
    unsafe {
        libc::prctl(libc::PR_SET_TIMERSLACK, 1 as c_ulong);
        libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &until, ptr::null_mut());
        libc::prctl(libc::PR_SET_TIMERSLACK, CALLBACKS_SLACK);
    }
}

/// How late a thread of the program may wake, in nanoseconds: what the kernel gives to all.
const CALLBACKS_SLACK: c_ulong = 50_000;

/// How often a thread waits while it rests, by the kernel's count of its voluntary switches
/// of context. An undisturbed rest is one. A stop by SIGSTOP, a debugger or a freezer makes
/// the kernel wake the thread, park it and put it back to rest, which is two or more, also
/// when the time came while the process was stopped. Each page that has to be fetched
/// meanwhile may be one more.
struct Rest(libc::rusage);

impl Rest {
    fn begin() -> Rest {
        let mut usage = MaybeUninit::zeroed();
        // SAFETY: `getrusage` writes within `usage`, which is valid when all zero.
        unsafe {
            libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr());
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

/// The stack of a thread that runs callbacks; 1 MiB is promised to the callback, this
/// library's own use and what the C library puts there comes on top: see [`measure_stack`].
const WORKER_STACK: usize = (1 << 20) + (256 << 10);
const SERVICE_STACK: usize = 256 << 10;

/// Where the C library does not say what it needs: after a refusal for that reason a
/// larger stack is tried, up to this size.
const LARGEST_STACK: usize = 64 << 20;

/// What of a thread's stack the C library uses, the program's thread-local storage above
/// all.
static C_LIBRARYS_STACK: AtomicUsize = AtomicUsize::new(0);

/// Prepares for threads, once, when the library is loaded.
pub fn prepare_threads() {
    if let Some(slot) = ThreadSlot::new(worker_has_gone) {
        WORKERS_SLOT.store(slot.to_number() + 1, Ordering::Relaxed);
    }
    measure_stack();
}

/// Asks the C library how much of a stack it needs; the loader's lock is in the way.
fn measure_stack() {
    type MinStack = unsafe extern "C" fn(*const libc::pthread_attr_t) -> libc::size_t;
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: glibc's function has this type; other C libraries have none of this name.
    // The attributes are initialised before they are used and destroyed after.
    unsafe {
        let function = libc::dlsym(libc::RTLD_DEFAULT, b"__pthread_get_minstack\0".as_ptr().cast());
        if !function.is_null() && libc::pthread_attr_init(attributes.as_mut_ptr()) == 0 {
            let min_stack: MinStack = std::mem::transmute(function);
            C_LIBRARYS_STACK.store(min_stack(attributes.as_ptr()), Ordering::Relaxed);
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
        }
    }
}

/// Blocked in callbacks: the signals that a program takes on threads of its own choice.
const NOT_IN_CALLBACKS: [c_int; 15] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGPIPE,
    libc::SIGALRM,
    libc::SIGCHLD,
    libc::SIGTSTP,
    libc::SIGTTIN,
    libc::SIGTTOU,
    libc::SIGURG,
    libc::SIGWINCH,
    libc::SIGIO,
];

/// What a thread of the library does, for as long as the process lives or until it
/// returns.
pub type Body = fn();

/// Starts a thread. The error is the operating system's number.
pub fn spawn(kind: Kind, body: Body) -> Result<(), i32> {
    let own = if kind == Kind::Worker { WORKER_STACK } else { SERVICE_STACK };
    let mut stack = own + C_LIBRARYS_STACK.load(Ordering::Relaxed);
    loop {
        match spawn_with_stack(kind, body, stack) {
            Err(libc::EINVAL) if stack < LARGEST_STACK => stack *= 4,
            result => return result,
        }
    }
}

fn spawn_with_stack(kind: Kind, body: Body, stack: usize) -> Result<(), i32> {
    let start = match kind {
        Kind::Monitor | Kind::Listener | Kind::Starter => start_service,
        Kind::Worker => start_worker,
    };
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: the attributes are initialised before they are used and destroyed after;
    // `start_*` take a `Body` as their argument. The new thread inherits the signal mask
    // of this one: with everything blocked, no signal of the program's can arrive on it
    // before it has set its own, and none arrives here that was blocked before.
    unsafe {
        match libc::pthread_attr_init(attributes.as_mut_ptr()) {
            0 => {}
            error => return Err(error),
        }
        libc::pthread_attr_setdetachstate(attributes.as_mut_ptr(), libc::PTHREAD_CREATE_DETACHED);
        libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), stack);
        let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
        let mut thread = MaybeUninit::uninit();
        let result =
            libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), start, body as *mut c_void);
        libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut());
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        match result {
            0 => Ok(()),
            error => Err(error),
        }
    }
}

extern "C" fn start_service(body: *mut c_void) -> *mut c_void {
    name_this_thread(b"watchdog\0");
    // SAFETY: `spawn_with_stack` passes a `Body`.
    let body: Body = unsafe { std::mem::transmute(body) };
    body();
    ptr::null_mut()
}

extern "C" fn start_worker(body: *mut c_void) -> *mut c_void {
    name_this_thread(b"watchdog-call\0");
    // SAFETY: the set is initialised; `spawn_with_stack` passes a `Body`. A new thread
    // inherits the timer slack of the monitor, which user code has no use for.
    let body: Body = unsafe {
        let mut set = MaybeUninit::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        for signal in NOT_IN_CALLBACKS {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        libc::prctl(libc::PR_SET_TIMERSLACK, CALLBACKS_SLACK);
        libc::pthread_sigmask(libc::SIG_SETMASK, set.as_ptr(), ptr::null_mut());
        std::mem::transmute(body)
    };
    // Set while the body runs, so that the end of the thread meanwhile is noticed.
    let slot = match WORKERS_SLOT.load(Ordering::Relaxed) {
        0 => None,
        number => Some(ThreadSlot::from_number(number - 1)),
    };
    slot.map(|slot| slot.set(NOT_NULL));
    body();
    slot.map(|slot| slot.set(ptr::null_mut()));
    ptr::null_mut()
}

const NOT_NULL: *mut c_void = 1 as *mut c_void;
static WORKERS_SLOT: AtomicUsize = AtomicUsize::new(0);

/// A callback has called `pthread_exit`, or was cancelled. Its watchdog would be silent for
/// ever, so this is the end of the process.
unsafe extern "C" fn worker_has_gone(_: *mut c_void) {
    write_error(b"libwatchdog: a callback has ended its thread; callbacks must return; aborting\n");
    end_process(End::Abort);
}

fn name_this_thread(name: &[u8]) {
    // SAFETY: the name ends with a zero and is shorter than 16 bytes.
    unsafe {
        libc::prctl(libc::PR_SET_NAME, name.as_ptr());
    }
}

// ---- A word of memory for each thread ---------------------------------------------

/// A pointer that each thread has for itself. The platform's own, not `thread_local!`,
/// whose first touch aborts the process when memory is refused.
#[derive(Clone, Copy, Debug)]
pub struct ThreadSlot(libc::pthread_key_t);

impl ThreadSlot {
    /// `destroy` is called with a thread's pointer, unless null, when the thread ends.
    pub fn new(destroy: unsafe extern "C" fn(*mut c_void)) -> Option<ThreadSlot> {
        let mut key = 0;
        // SAFETY: `key` is written on success.
        match unsafe { libc::pthread_key_create(&mut key, Some(destroy)) } {
            0 => Some(ThreadSlot(key)),
            _ => None,
        }
    }

    /// A number that stands for the slot.
    pub fn to_number(self) -> usize {
        self.0 as usize
    }

    /// The slot that a number stands for.
    pub fn from_number(number: usize) -> ThreadSlot {
        ThreadSlot(number as libc::pthread_key_t)
    }

    /// The calling thread's pointer, null at first.
    pub fn get(self) -> *mut c_void {
        // SAFETY: the key exists for as long as the process.
        unsafe { libc::pthread_getspecific(self.0) }
    }

    /// False when there is no memory for it.
    pub fn set(self, pointer: *mut c_void) -> bool {
        // SAFETY: as above.
        unsafe { libc::pthread_setspecific(self.0, pointer) == 0 }
    }
}

// ---- Load, fork and exit -----------------------------------------------------------

/// What the library does at a fork, in the forking thread.
#[derive(Clone, Copy)]
pub struct AtFork {
    /// Before, in the parent.
    pub before: extern "C" fn(),
    /// After, in the parent.
    pub in_parent: extern "C" fn(),
    /// After, in the child.
    pub in_child: extern "C" fn(),
}

/// Registers the handlers. False when there is no memory for them.
pub fn at_fork(handlers: AtFork) -> bool {
    // SAFETY: the handlers are there for as long as the process: see `stay_loaded`.
    unsafe {
        libc::pthread_atfork(Some(handlers.before), Some(handlers.in_parent), Some(handlers.in_child)) == 0
    }
}

/// Registers what a normal exit of the process calls. False when there is no memory.
pub fn at_exit(handler: extern "C" fn()) -> bool {
    // SAFETY: as above.
    unsafe { libc::atexit(handler) == 0 }
}

/// Keeps the module that holds this code loaded for as long as the process lives: its
/// threads run in it, and the system knows its handlers. The shared library is linked
/// so (`-z nodelete`); this serves a module that the static library is part of.
pub fn stay_loaded() {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: `dladdr` fills `info` when it succeeds; the name that it gives belongs to
    // the loader. The handle is kept for ever.
    unsafe {
        if libc::dladdr(stay_loaded as *const c_void, info.as_mut_ptr()) != 0 {
            let name = info.assume_init().dli_fname;
            libc::dlopen(name, libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE);
        }
    }
}

/// Runs [`crate::on_load`] when the module is loaded.
#[used]
#[link_section = ".init_array"]
static ON_LOAD: extern "C" fn() = {
    extern "C" fn on_load() {
        crate::on_load();
    }
    on_load
};
