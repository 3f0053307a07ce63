#![allow(dead_code)] // some are for C alone

use std::os::raw::c_void;

/// A watchdog. What points to one is a checked handle, a number that is never
/// dereferenced: a freed, foreign or garbage handle is recognised and refused.
pub struct wd_watchdog {
    _private: [u8; 0],
}

/// A queue of events. What points to one is a checked handle, as that of a watchdog is, and
/// never the same value as a watchdog's.
pub struct wd_queue {
    _private: [u8; 0],
}

/// What wd_queue_take takes.
#[repr(C)]
pub struct wd_event {
    /// sizeof(wd_event), set by the caller. It may grow in later versions: what the caller's
    /// has no room for is not written.
    pub size: u32,
    /// WD_EVENT_EXPIRED; others may come in later versions.
    pub kind: i32,
    /// What wd_set_queue was given.
    pub tag: u64,
    /// For how long the watchdog was unfed when the event was put in, in milliseconds.
    pub unfed_ms: u64,
    /// How many events were lost directly before this one because the queue was full.
    pub lost: u64,
    /// Whose event it is. It may have been freed meanwhile: then its handle is refused.
    pub watchdog: *mut wd_watchdog,
}

/// What a function says of itself: 0 or positive, done; negative, an error.
pub type wd_status = i32;

/// Done.
pub const WD_OK: wd_status = 0;

/// wd_check and wd_start: fed in time.
pub const WD_HEALTHY: wd_status = 0;

/// wd_check and wd_start: not fed in time.
pub const WD_EXPIRED: wd_status = 1;

/// wd_queue_take: no event came in time, or the wait was ended.
pub const WD_EMPTY: wd_status = 2;

/// Null where a watchdog or a queue is needed, freed already, or never one.
pub const WD_ERR_INVALID_HANDLE: wd_status = -1;

/// An argument other than the handle is not what it must be.
pub const WD_ERR_INVALID_ARGUMENT: wd_status = -2;

/// No memory, or as many watchdogs are alive as there can be (67108864; 1048576 on 32-bit
/// platforms). Of queues, and of watchdogs with a last resort, there can be 64.
pub const WD_ERR_NO_MEMORY: wd_status = -3;

/// The wait ran out: a callback still runs or, for wd_join, monitoring goes on.
pub const WD_ERR_TIMED_OUT: wd_status = -4;

/// The operating system refused a thread.
pub const WD_ERR_THREAD: wd_status = -5;

/// A panic inside the library was caught. Nothing was changed as far as it is known;
/// please report it.
pub const WD_ERR_PANIC: wd_status = -6;

/// Not on this platform. Reserved: no function returns it yet.
pub const WD_ERR_UNSUPPORTED: wd_status = -7;

/// Bytes of a name, without the closing zero.
pub const WD_NAME_MAX: u32 = 255;

/// A timeout that suits many, in milliseconds.
pub const WD_DEFAULT_TIMEOUT_MS: u32 = 60000;

/// An interval that suits many, in milliseconds.
pub const WD_DEFAULT_INTERVAL_MS: u32 = 20000;

/// Timeout and interval of the preset "realtime", in milliseconds: for loops that must not
/// pause.
pub const WD_PRESET_REALTIME_TIMEOUT_MS: u32 = 10000;
pub const WD_PRESET_REALTIME_INTERVAL_MS: u32 = 2000;

/// The preset "service": for what answers others.
pub const WD_PRESET_SERVICE_TIMEOUT_MS: u32 = 60000;
pub const WD_PRESET_SERVICE_INTERVAL_MS: u32 = 15000;

/// The preset "batch": for work in long steps.
pub const WD_PRESET_BATCH_TIMEOUT_MS: u32 = 300000;
pub const WD_PRESET_BATCH_INTERVAL_MS: u32 = 60000;

/// The preset "background": for what nobody waits for.
pub const WD_PRESET_BACKGROUND_TIMEOUT_MS: u32 = 1800000;
pub const WD_PRESET_BACKGROUND_INTERVAL_MS: u32 = 300000;

/// The most events that a queue can hold.
pub const WD_QUEUE_MAX: u32 = 65536;

/// The kind of an event: its watchdog was not fed in time.
pub const WD_EVENT_EXPIRED: i32 = 1;

/// wd_set_last_resort: end the process as abort does.
pub const WD_RESORT_ABORT: i32 = 0;

/// wd_set_last_resort: end the process at once, as kill -9 does.
pub const WD_RESORT_KILL: i32 = -1;

/// What runs when a watchdog expires: see "Callbacks" above.
pub type wd_callback = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// What destroys the user_data of wd_set_callback_owned.
pub type wd_destructor = Option<unsafe extern "C" fn(user_data: *mut c_void)>;
