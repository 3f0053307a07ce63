use super::{handle, no_panic, wd_status, wd_watchdog, WD_ERR_INVALID_HANDLE, WD_ERR_PANIC, WD_OK};
use crate::engine;

/// ---- Feeding ---------------------------------------------------------------
///
/// Feeds a watchdog: the time since the last feed begins anew. Valid whether it is running
/// or not. Of concurrent feeds none moves the last feed back.
///
/// wd  the watchdog
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_PANIC. It alone leaves wd_last_error as it
/// was, also when it fails.
///
/// Any thread, and any signal handler: it takes no lock, makes no system call that could
/// block, allocates nothing even when it fails, and leaves errno alone.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_feed(wd: *mut wd_watchdog) -> wd_status {
    // What most feeds end with cannot panic: without the guard it keeps no registers.
    let stamp = engine::stamp();
    if engine::is_fresh(handle(wd), stamp) {
        return WD_OK;
    }
    feed(wd, stamp.count)
}

#[inline(never)]
extern "C" fn feed(wd: *mut wd_watchdog, count: u64) -> wd_status {
    match no_panic("wd_feed", || engine::feed(handle(wd), count)) {
        Some(true) => WD_OK,
        Some(false) => WD_ERR_INVALID_HANDLE,
        None => WD_ERR_PANIC,
    }
}
