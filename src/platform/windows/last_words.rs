//! What a last resort does: to write, and to end the process.

use crate::error::PATH_MAX;
use crate::platform::End;
use std::ptr;
use windows_sys::Win32::Foundation::{CloseHandle, GENERIC_WRITE, HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Globalization::{MultiByteToWideChar, CP_UTF8};
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, WriteFile, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ,
};
use windows_sys::Win32::System::Console::{GetStdHandle, STD_ERROR_HANDLE};
use windows_sys::Win32::System::Diagnostics::Debug::{CheckRemoteDebuggerPresent, IsDebuggerPresent};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};

/// Writes to standard error.
pub fn write_error(text: &[u8]) {
    // SAFETY: a handle of this kind need not be valid, nor be closed.
    unsafe { write(GetStdHandle(STD_ERROR_HANDLE), text) };
}

/// Writes a file anew whose name, in UTF-8, ends with a zero; false when it cannot.
pub fn write_file(name: &[u8], text: &[u8]) -> bool {
    assert_eq!(name.last(), Some(&0));
    let mut wide = [0; PATH_MAX + 1];
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
