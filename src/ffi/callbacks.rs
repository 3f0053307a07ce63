use super::{done, guard, handle, wd_callback, wd_destructor, wd_status, wd_watchdog};
use crate::engine::{self, callback::Callback};
use std::os::raw::c_void;

/// ---- The callback ----------------------------------------------------------
///
/// Replaces the callback and its user_data, together, also while running. When it returns,
/// the old callback is not running and will not run again, unless called from inside that
/// callback: then the running call is the last.
///
/// wd         the watchdog
/// callback   what to run at expiry; null: nothing any more
/// user_data  handed to it; null is fine
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_PANIC.
///
/// The caller keeps user_data, which must live until the callback was replaced or cleared
/// or the watchdog freed, and that call has returned.
/// Any thread. Waits for a run of the old callback, without limit. Not in a signal handler.
/// Since 0.1.0.
///
/// # Safety
/// As the manual says of callbacks.
#[no_mangle]
pub unsafe extern "C" fn wd_set_callback(
    wd: *mut wd_watchdog,
    callback: wd_callback,
    user_data: *mut c_void,
) -> wd_status {
    guard("wd_set_callback", || {
        // SAFETY: the header asks of the caller what `new` asks.
        let callback = callback.map(|run| unsafe { Callback::new(run, user_data, None) });
        done(engine::set_callback(handle(wd), callback))
    })
}

/// As wd_set_callback, and the library owns user_data from the call on, also when the call
/// fails.
///
/// wd          the watchdog
/// callback    what to run at expiry; null: nothing any more, and user_data is destroyed
///             at once
/// user_data   handed to callback and destructor; not what the library owns already, nor,
///             inside a callback, what that callback was handed
/// destructor  runs exactly once, when no callback can reach user_data any more: on any
///             thread, never during a run with that user_data, never at the exit of the
///             process. It may call the library. Null is none.
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_PANIC.
///
/// Any thread. Waits for a run of the old callback, without limit. Not in a signal handler.
/// Since 0.1.0.
///
/// # Safety
/// As the manual says of callbacks.
#[no_mangle]
pub unsafe extern "C" fn wd_set_callback_owned(
    wd: *mut wd_watchdog,
    callback: wd_callback,
    user_data: *mut c_void,
    destructor: wd_destructor,
) -> wd_status {
    // A callback that is not set anywhere is destroyed, also by a panic.
    struct Owned(Option<Callback>);
    impl Drop for Owned {
        fn drop(&mut self) {
            if let Some(callback) = self.0.take() {
                callback.destroy();
            }
        }
    }
    // SAFETY: the header asks of the caller what `new` asks. A null callback never runs.
    let mut owned = Owned(Some(unsafe { Callback::new(callback.unwrap_or(never), user_data, destructor) }));
    guard("wd_set_callback_owned", move || {
        let owned = &mut owned; // all of it, so that it is dropped before an error is kept
        let new = owned.0.filter(|_| callback.is_some());
        engine::set_callback(handle(wd), new)?;
        if new.is_some() {
            owned.0 = None;
        }
        done(Ok(()))
    })
}

unsafe extern "C" fn never(_: *mut c_void) {}
