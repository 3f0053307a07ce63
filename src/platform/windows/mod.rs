//! Windows.
//!
//! The library registers nothing with the process but a word of memory for each thread: a
//! DLL learns of the process's exit under the loader's lock, when no other thread is left,
//! and nothing that it could do then would end well. Nor does it do anything when it is
//! loaded.

mod clocks;
mod last_words;
mod newer;
mod sleep;
mod threads;

pub use clocks::{monotonic, time_suspended, unix_time};
pub use last_words::{end_process, is_traced, write_error, write_file};
pub use sleep::{doze, Sleeper};
pub use threads::{prepare_threads, spawn, thread_id, ThreadId, ThreadSlot};

use super::AtFork;
use std::ptr;
use windows_sys::Win32::System::LibraryLoader::{
    GetModuleHandleExW, GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN,
};
use windows_sys::Win32::System::Memory::{
    VirtualAlloc, VirtualFree, MEM_COMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_READWRITE,
};

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
    newer::find_all();
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
