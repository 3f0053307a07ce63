//! `watchdog.h`, as its users declare it. The status of a call is part of what is examined.

use std::os::raw::{c_char, c_void};

pub type Handle = *mut c_void;
pub type Function = Option<unsafe extern "C" fn(*mut c_void)>;

pub const OK: i32 = 0;
pub const EXPIRED: i32 = 1;
pub const EMPTY: i32 = 2;
pub const INVALID_HANDLE: i32 = -1;
pub const INVALID_ARGUMENT: i32 = -2;
pub const NO_MEMORY: i32 = -3;
pub const TIMED_OUT: i32 = -4;

#[repr(C)]
#[derive(Debug)]
pub struct Event {
    pub size: u32,
    pub kind: i32,
    pub tag: u64,
    pub unfed_ms: u64,
    pub lost: u64,
    pub watchdog: Handle,
}

extern "C" {
    pub fn wd_new(timeout_ms: u64, interval_ms: u64) -> Handle;
    pub fn wd_free(wd: Handle) -> i32;
    pub fn wd_feed(wd: Handle) -> i32;
    pub fn wd_set_callback(wd: Handle, callback: Function, data: *mut c_void) -> i32;
    pub fn wd_set_callback_owned(
        wd: Handle,
        callback: Function,
        data: *mut c_void,
        destructor: Function,
    ) -> i32;
    pub fn wd_check(wd: Handle) -> i32;
    pub fn wd_start(wd: Handle) -> i32;
    pub fn wd_start_thread(wd: Handle, daemon: i32) -> i32;
    pub fn wd_stop(wd: Handle, timeout_ms: i64) -> i32;
    pub fn wd_join(wd: Handle, timeout_ms: i64) -> i32;
    pub fn wd_shutdown(timeout_ms: i64) -> i32;
    pub fn wd_pause(wd: Handle) -> i32;
    pub fn wd_resume(wd: Handle) -> i32;
    pub fn wd_set_times(wd: Handle, timeout_ms: u64, interval_ms: u64) -> i32;
    pub fn wd_set_name(wd: Handle, utf8: *const c_char) -> i32;
    pub fn wd_name(wd: Handle, buffer: *mut c_char, size: usize) -> i32;
    pub fn wd_timeout_ms(wd: Handle, out: *mut u64) -> i32;
    pub fn wd_interval_ms(wd: Handle, out: *mut u64) -> i32;
    pub fn wd_since_feed_ms(wd: Handle, out: *mut u64) -> i32;
    pub fn wd_is_running(wd: Handle, out: *mut i32) -> i32;
    pub fn wd_monitor_late_ms(out: *mut u64) -> i32;
    pub fn wd_set_last_resort(wd: Handle, callback_ms: u64, unfed_ms: u64, action: i32) -> i32;
    pub fn wd_set_record_file(path: *const c_char) -> i32;
    pub fn wd_retire_threads() -> i32;
    pub fn wd_queue_new(capacity: u32) -> Handle;
    pub fn wd_set_queue(wd: Handle, queue: Handle, tag: u64) -> i32;
    pub fn wd_queue_take(queue: Handle, out: *mut Event, timeout_ms: i64) -> i32;
    pub fn wd_queue_wake(queue: Handle) -> i32;
    pub fn wd_queue_lost(queue: Handle, out: *mut u64) -> i32;
    pub fn wd_queue_free(queue: Handle) -> i32;
    pub fn wd_last_error() -> *const c_char;
    pub fn wd_status_name(status: i32) -> *const c_char;
    pub fn wd_clock_name() -> *const c_char;
    pub fn wd_version() -> *const c_char;
}
