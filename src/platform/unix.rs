//! What Linux, Android and macOS have in common.

use super::os;
use super::{departure, AtFork, Body, Destructor, End, Kind};
use crate::core::time::Time;
use std::convert::TryFrom;
use std::mem::{self, MaybeUninit};
use std::os::raw::{c_int, c_uint, c_void};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Names a thread for as long as it lives, without touching thread-local storage.
pub type ThreadId = usize;

/// The calling thread.
#[inline]
pub fn thread_id() -> ThreadId {
    // SAFETY: `pthread_self` has no preconditions.
    unsafe { libc::pthread_self() as ThreadId }
}

/// Reads a clock that every supported system has.
pub fn clock(id: libc::clockid_t) -> Time {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: `clock_gettime` fills the timespec for a clock that exists.
    let time = unsafe {
        libc::clock_gettime(id, time.as_mut_ptr());
        time.assume_init()
    };
    Time(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

/// Writes a line to standard error, if that can be done at once: whoever reads a pipe may be
/// stuck.
pub fn write_error(text: &[u8]) {
    let mut ready = libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 };
    // SAFETY: there is one file to ask about; reads within the text.
    unsafe {
        if libc::poll(&mut ready, 1, 0) == 1 {
            libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len());
        }
    }
}

/// Writes a file anew whose name ends with a zero; false when it cannot.
pub fn write_file(name: &[u8], text: &[u8]) -> bool {
    assert_eq!(name.last(), Some(&0));
    let how = libc::O_WRONLY
        | libc::O_CREAT
        | libc::O_TRUNC
        | libc::O_CLOEXEC
        | libc::O_NOFOLLOW
        | libc::O_NONBLOCK;
    // SAFETY: the name ends with a zero, and `write` reads within the text.
    unsafe {
        let file = libc::open(name.as_ptr().cast(), how, 0o600 as c_uint);
        if file < 0 {
            return false;
        }
        libc::fchmod(file, 0o600); // whatever the umask is, or the file was
        let written = libc::write(file, text.as_ptr().cast(), text.len());
        libc::close(file);
        usize::try_from(written) == Ok(text.len())
    }
}

/// Seconds since 1970.
pub fn unix_time() -> u64 {
    clock(libc::CLOCK_REALTIME).0 / 1_000_000_000
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
        memory => {
            tell_leak_checker(&LEAK_CHECKER[0], memory, size);
            memory.cast()
        }
    }
}

/// Gives it back.
///
/// # Safety
/// `map` has returned it for this size, and nobody uses it any more.
pub unsafe fn unmap(memory: *mut u8, size: usize) {
    tell_leak_checker(&LEAK_CHECKER[1], memory.cast(), size);
    // SAFETY: as the caller promises.
    unsafe {
        libc::munmap(memory.cast(), size);
    }
}

/// LeakSanitizer, in a program that has it, searches no mapping by itself: what is reachable
/// from one, a watchdog's name or the program's own data, is not lost. Its functions by which
/// it learns of a mapping and of its end, or zero.
static LEAK_CHECKER: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// Looks for it, once, when the library is loaded: the loader's lock is in the way.
fn find_leak_checker() {
    let names: [&[u8]; 2] = [b"__lsan_register_root_region\0", b"__lsan_unregister_root_region\0"];
    for (function, name) in LEAK_CHECKER.iter().zip(names) {
        // SAFETY: the names end with a zero. What failed is no error of the program's.
        unsafe {
            function.store(libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr().cast()) as usize, Ordering::Relaxed);
            libc::dlerror();
        }
    }
}

fn tell_leak_checker(what: &AtomicUsize, memory: *mut c_void, size: usize) {
    type Tell = unsafe extern "C" fn(*const c_void, libc::size_t);
    let function = what.load(Ordering::Relaxed);
    if function != 0 {
        // SAFETY: the sanitizer's functions have this type, nobody else's have their names, and
        // the mapping is there.
        unsafe { mem::transmute::<*mut c_void, Tell>(function as *mut c_void)(memory, size) }
    }
}

// ---- Threads -------------------------------------------------------------------

/// The stack of a thread that runs callbacks; 1 MiB is promised to the callback, this
/// library's own use and what the C library puts there comes on top.
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
    departure::prepare(worker_has_gone);
    os::remember_processors();
    C_LIBRARYS_STACK.store(os::stack_of_the_c_library(), Ordering::Relaxed);
    find_leak_checker();
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
        let result = os::on_all_processors(|| {
            libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), start, body as *mut c_void)
        });
        libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut());
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        match result {
            0 => Ok(()),
            error => Err(error),
        }
    }
}

extern "C" fn start_service(body: *mut c_void) -> *mut c_void {
    os::name_this_thread(b"watchdog\0");
    os::leave_the_background();
    // SAFETY: `spawn_with_stack` passes a `Body`.
    let body: Body = unsafe { mem::transmute(body) };
    body();
    ptr::null_mut()
}

extern "C" fn start_worker(body: *mut c_void) -> *mut c_void {
    os::name_this_thread(b"watchdog-call\0");
    os::leave_the_background();
    os::prepare_worker();
    // SAFETY: the set is initialised; `spawn_with_stack` passes a `Body`.
    let body: Body = unsafe {
        let mut set = MaybeUninit::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        for signal in NOT_IN_CALLBACKS {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, set.as_ptr(), ptr::null_mut());
        mem::transmute(body)
    };
    departure::run(body);
    ptr::null_mut()
}

/// A callback has ended its thread in a way that unwinds no stack.
unsafe extern "system" fn worker_has_gone(_: *mut c_void) {
    super::callback_was_left();
}

// ---- A word of memory for each thread ---------------------------------------------

/// A pointer that each thread has for itself. The platform's own, not `thread_local!`,
/// whose first touch aborts the process when memory is refused.
#[derive(Clone, Copy, Debug)]
pub struct ThreadSlot(libc::pthread_key_t);

impl ThreadSlot {
    /// `destroy` is called with a thread's pointer, unless null, when the thread ends.
    pub fn new(destroy: Destructor) -> Option<ThreadSlot> {
        let mut key = 0;
        // SAFETY: "system" is another name for "C" here. `key` is written on success.
        let result = unsafe {
            let destroy: unsafe extern "C" fn(*mut c_void) = mem::transmute(destroy);
            libc::pthread_key_create(&mut key, Some(destroy))
        };
        match result {
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

/// Nothing: all that may wait for the loader's lock is done when the module is loaded.
pub fn before_any_lock() {}

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
#[cfg_attr(target_os = "macos", link_section = "__DATA,__mod_init_func")]
#[cfg_attr(not(target_os = "macos"), link_section = ".init_array")]
static ON_LOAD: extern "C" fn() = {
    extern "C" fn on_load() {
        crate::on_load();
    }
    on_load
};
