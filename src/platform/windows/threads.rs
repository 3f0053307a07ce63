//! The library's own threads, and a word of memory for each thread of the program.

use super::newer::{IN_PROGRESS, SET_DESCRIPTION};
use super::stay_loaded;
use crate::platform::{self, departure, Body, Destructor, Kind};
use std::mem;
use std::os::raw::c_void;
use std::ptr;
use windows_sys::Win32::Foundation::{CloseHandle, GetLastError, HANDLE};
use windows_sys::Win32::System::Threading::{
    CreateThread, FlsAlloc, FlsGetValue, FlsSetValue, GetCurrentThread, GetCurrentThreadId,
    FLS_OUT_OF_INDEXES, STACK_SIZE_PARAM_IS_A_RESERVATION,
};

/// Names a thread for as long as it lives.
pub type ThreadId = usize;

/// The calling thread.
#[inline]
pub fn thread_id() -> ThreadId {
    // SAFETY: this call has no preconditions.
    unsafe { GetCurrentThreadId() as ThreadId }
}

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
        platform::callback_was_left();
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

/// A pointer that each thread has for itself: fiber-local storage, which unlike the
/// thread-local kind tells of a thread's end.
#[derive(Clone, Copy, Debug)]
pub struct ThreadSlot(u32);

impl ThreadSlot {
    /// `destroy` is called with a thread's pointer, unless null, when the thread ends.
    pub fn new(destroy: Destructor) -> Option<ThreadSlot> {
        stay_loaded();
        // SAFETY: the function, which is called when threads end, now stays for as long as the
        // process does.
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
