//! Windows.
//!
//! The library registers nothing with the process but a word of memory for each thread: a
//! DLL learns of the process's exit under the loader's lock, when no other thread is left,
//! and nothing that it could do then would end well. Nor does it do anything when it is
//! loaded.

use super::bell::{Bell, ASLEEP, AWAKE};
use super::{departure, AtFork, Body, Destructor, End, Kind, LONGEST_REST};
use crate::core::stall::OVERSLEPT;
use crate::core::time::Time;
use once_cell::race::OnceNonZeroUsize;
use std::convert::TryFrom;
use std::hint;
use std::mem::{self, MaybeUninit};
use std::num::NonZeroUsize;
use std::os::raw::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use windows_sys::Win32::Foundation::{
    CloseHandle, GetLastError, GENERIC_WRITE, HANDLE, INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::Globalization::{MultiByteToWideChar, CP_UTF8};
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, WriteFile, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ,
};
use windows_sys::Win32::System::Console::{GetStdHandle, STD_ERROR_HANDLE};
use windows_sys::Win32::System::Diagnostics::Debug::{CheckRemoteDebuggerPresent, IsDebuggerPresent};
use windows_sys::Win32::System::LibraryLoader::{
    GetModuleHandleExW, GetModuleHandleW, GetProcAddress, GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
    GET_MODULE_HANDLE_EX_FLAG_PIN,
};
use windows_sys::Win32::System::Memory::{
    VirtualAlloc, VirtualFree, MEM_COMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_READWRITE,
};
use windows_sys::Win32::System::Performance::{QueryPerformanceCounter, QueryPerformanceFrequency};
use windows_sys::Win32::System::SystemInformation::GetSystemTimeAsFileTime;
use windows_sys::Win32::System::Threading::{
    CreateEventW, CreateThread, CreateWaitableTimerExW, FlsAlloc, FlsGetValue, FlsSetValue,
    GetCurrentProcess, GetCurrentThread, GetCurrentThreadId, SetEvent, SetWaitableTimer, Sleep,
    SwitchToThread, TerminateProcess, WaitForMultipleObjects, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION,
    FLS_OUT_OF_INDEXES, INFINITE, STACK_SIZE_PARAM_IS_A_RESERVATION, TIMER_ALL_ACCESS,
};

/// Names a thread for as long as it lives.
pub type ThreadId = usize;

/// The calling thread.
#[inline]
pub fn thread_id() -> ThreadId {
    // SAFETY: this call has no preconditions.
    unsafe { GetCurrentThreadId() as ThreadId }
}

// ---- What only newer systems have --------------------------------------------------

/// A function of the system's that is looked up once.
struct Newer {
    name: &'static [u8],
    found: OnceNonZeroUsize,
}

impl Newer {
    const ABSENT: usize = 1;

    const fn new(name: &'static [u8]) -> Newer {
        Newer { name, found: OnceNonZeroUsize::new() }
    }

    /// Its address.
    #[inline]
    fn get(&self) -> Option<usize> {
        let found = self.found.get_or_init(|| self.look_up()).get();
        Some(found).filter(|&address| address != Newer::ABSENT)
    }

    #[cold]
    fn look_up(&self) -> NonZeroUsize {
        assert_eq!(self.name.last(), Some(&0));
        let modules: [&[u8]; 3] = [b"kernelbase.dll\0", b"kernel32.dll\0", b"ntdll.dll\0"];
        for module in modules {
            let mut wide = [0; 16];
            for (to, &from) in wide.iter_mut().zip(module) {
                *to = u16::from(from);
            }
            // SAFETY: both names end with a zero. These modules stay loaded in every process.
            let function = unsafe { GetProcAddress(GetModuleHandleW(wide.as_ptr()), self.name.as_ptr()) };
            if let Some(address) = function.and_then(|function| NonZeroUsize::new(function as usize)) {
                return address;
            }
        }
        NonZeroUsize::new(Newer::ABSENT).expect("1 is not 0")
    }
}

// ---- Clocks -----------------------------------------------------------------------

type ReadsClock = unsafe extern "system" fn(*mut u64);

static UNBIASED: Newer = Newer::new(b"QueryUnbiasedInterruptTimePrecise\0");
static BIASED: Newer = Newer::new(b"QueryInterruptTimePrecise\0");
static IN_PROGRESS: Newer = Newer::new(b"RtlDllShutdownInProgress\0");
static SET_DESCRIPTION: Newer = Newer::new(b"SetThreadDescription\0");

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

// ---- Last words ---------------------------------------------------------------------

/// Writes to standard error.
pub fn write_error(text: &[u8]) {
    // SAFETY: a handle of this kind need not be valid, nor be closed.
    unsafe { write(GetStdHandle(STD_ERROR_HANDLE), text) };
}

/// Writes a file anew whose name, in UTF-8, ends with a zero; false when it cannot.
pub fn write_file(name: &[u8], text: &[u8]) -> bool {
    assert_eq!(name.last(), Some(&0));
    let mut wide = [0; crate::error::PATH_MAX + 1];
    // SAFETY: the name ends with a zero, and so does the wide name when the call succeeds,
    // which writes no more than there is room for; the file is closed once.
    unsafe {
        let room = wide.len() as i32;
        if MultiByteToWideChar(CP_UTF8, 0, name.as_ptr(), -1, wide.as_mut_ptr(), room) == 0 {
            return false;
        }
        let file = CreateFileW(
            wide.as_ptr(),
            GENERIC_WRITE,
            FILE_SHARE_READ,
            ptr::null(),
            CREATE_ALWAYS,
            FILE_ATTRIBUTE_NORMAL,
            ptr::null_mut(),
        );
        if file == INVALID_HANDLE_VALUE {
            return false;
        }
        let written = write(file, text);
        CloseHandle(file);
        written
    }
}

/// # Safety
/// The handle is a file's that stays open, or none.
unsafe fn write(file: HANDLE, text: &[u8]) -> bool {
    let mut written = 0;
    // SAFETY: reads within the text, and the caller's promise.
    unsafe {
        WriteFile(file, text.as_ptr(), text.len() as u32, &mut written, ptr::null_mut()) != 0
            && written as usize == text.len()
    }
}

/// Whether a debugger is attached.
pub fn is_traced() -> bool {
    let mut by_another = 0;
    // SAFETY: the second call writes one number.
    unsafe {
        IsDebuggerPresent() != 0
            || CheckRemoteDebuggerPresent(GetCurrentProcess(), &mut by_another) != 0 && by_another != 0
    }
}

/// Ends the process.
pub fn end_process(end: End) -> ! {
    let code = match end {
        End::Abort => std::process::abort(), // with a report, where the system is set up so
        End::Kill => 1,
        End::Exit(code) => u32::from(code),
    };
    // SAFETY: the handle is this process's own.
    unsafe { TerminateProcess(GetCurrentProcess(), code) };
    std::process::abort()
}

// ---- Memory -------------------------------------------------------------------------

/// Memory of the system's own, all zero, on a boundary of pages, and not really there
/// before it is used. The program's allocator is not asked. Null when it is refused.
pub fn map(size: usize) -> *mut u8 {
    // SAFETY: new memory, where the system likes, touches nothing that exists.
    unsafe { VirtualAlloc(ptr::null(), size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE).cast() }
}

/// Gives it back.
///
/// # Safety
/// `map` has returned it, and nobody uses it any more.
pub unsafe fn unmap(memory: *mut u8, _: usize) {
    // SAFETY: as the caller promises.
    unsafe {
        VirtualFree(memory.cast(), 0, MEM_RELEASE);
    }
}

// ---- Sleep and wake -----------------------------------------------------------------

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

// ---- Threads ------------------------------------------------------------------------

/// The stack of a thread that runs callbacks: 1 MiB is promised to the callback.
const WORKER_STACK: usize = (1 << 20) + (256 << 10);
const SERVICE_STACK: usize = 256 << 10;

/// Prepares for threads, once, before the first watchdog is made.
pub fn prepare_threads() {
    departure::prepare(worker_has_gone);
}

/// Starts a thread. The error is the operating system's number.
pub fn spawn(kind: Kind, body: Body) -> Result<(), i32> {
    let (stack, start) = match kind {
        Kind::Worker => (WORKER_STACK, start_worker as unsafe extern "system" fn(*mut c_void) -> u32),
        Kind::Monitor | Kind::Listener | Kind::Starter => (SERVICE_STACK, start_service as _),
    };
    // SAFETY: `start_*` take a `Body` as their argument; the handle is closed once, and the
    // thread goes on without it.
    unsafe {
        let reserve = STACK_SIZE_PARAM_IS_A_RESERVATION;
        let thread =
            CreateThread(ptr::null(), stack, Some(start), body as *const c_void, reserve, ptr::null_mut());
        if thread.is_null() {
            return Err(GetLastError() as i32);
        }
        CloseHandle(thread);
    }
    Ok(())
}

unsafe extern "system" fn start_service(body: *mut c_void) -> u32 {
    name_this_thread("watchdog");
    // SAFETY: `spawn` passes a `Body`.
    let body: Body = unsafe { mem::transmute(body) };
    body();
    0
}

unsafe extern "system" fn start_worker(body: *mut c_void) -> u32 {
    name_this_thread("watchdog-call");
    // SAFETY: as above.
    let body: Body = unsafe { mem::transmute(body) };
    departure::run(body);
    0
}

/// A callback has called `ExitThread`; or the process ends, when this is called too.
unsafe extern "system" fn worker_has_gone(_: *mut c_void) {
    type InProgress = unsafe extern "system" fn() -> u8;
    // SAFETY: the function has this type.
    let ending = IN_PROGRESS
        .get()
        .map_or(true, |address| unsafe { mem::transmute::<usize, InProgress>(address)() } != 0);
    if !ending {
        super::callback_was_left();
    }
}

fn name_this_thread(name: &str) {
    type SetDescription = unsafe extern "system" fn(HANDLE, *const u16) -> i32;
    let mut wide = [0; 16];
    for (to, from) in wide.iter_mut().take(15).zip(name.encode_utf16()) {
        *to = from;
    }
    if let Some(address) = SET_DESCRIPTION.get() {
        // SAFETY: the function has this type; the name ends with a zero.
        unsafe { mem::transmute::<usize, SetDescription>(address)(GetCurrentThread(), wide.as_ptr()) };
    }
}

// ---- A word of memory for each thread -----------------------------------------------

/// A pointer that each thread has for itself: fiber-local storage, which unlike the
/// thread-local kind tells of a thread's end.
#[derive(Clone, Copy, Debug)]
pub struct ThreadSlot(u32);

impl ThreadSlot {
    /// `destroy` is called with a thread's pointer, unless null, when the thread ends.
    pub fn new(destroy: Destructor) -> Option<ThreadSlot> {
        stay_loaded(); // the function is called when threads end
                       // SAFETY: the function is there for as long as the process: see `stay_loaded`.
        match unsafe { FlsAlloc(Some(mem::transmute(destroy))) } {
            FLS_OUT_OF_INDEXES => None,
            index => Some(ThreadSlot(index)),
        }
    }

    /// A number that stands for the slot.
    pub fn to_number(self) -> usize {
        self.0 as usize
    }

    /// The slot that a number stands for.
    pub fn from_number(number: usize) -> ThreadSlot {
        ThreadSlot(number as u32)
    }

    /// The calling thread's pointer, null at first.
    pub fn get(self) -> *mut c_void {
        // SAFETY: the slot exists for as long as the process.
        unsafe { FlsGetValue(self.0).cast() }
    }

    /// False when there is no memory for it.
    pub fn set(self, pointer: *mut c_void) -> bool {
        // SAFETY: as above.
        unsafe { FlsSetValue(self.0, pointer) != 0 }
    }
}

// ---- Load and exit ------------------------------------------------------------------

/// There is no fork here.
pub fn at_fork(_: AtFork) -> bool {
    true
}

/// Not registered: see the module. Who wants to wait calls `wd_join`.
pub fn at_exit(_: extern "C" fn()) -> bool {
    true
}

/// Does whatever may wait for the loader's lock. Called before a lock of the library's is
/// taken: a DLL's `DllMain`, which holds the loader's, may wait for that one.
pub fn before_any_lock() {
    stay_loaded();
    for newer in [&UNBIASED, &BIASED, &IN_PROGRESS, &SET_DESCRIPTION] {
        newer.get();
    }
}

/// Keeps the module that holds this code loaded for as long as the process lives: its
/// threads run in it.
pub fn stay_loaded() {
    let mut module = ptr::null_mut();
    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
    // SAFETY: with the first flag the name is an address, of this module's code.
    unsafe {
        GetModuleHandleExW(flags, stay_loaded as *const u16, &mut module);
    }
}
