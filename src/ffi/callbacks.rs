use super::{done, guard, handle, wd_callback, wd_destructor, wd_status, wd_watchdog};
use crate::engine;
use crate::engine::callback::{Callback, Data};
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
        let callback = callback.map(|run| unsafe { Callback::new(run, user_data) });
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
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_NO_MEMORY; WD_ERR_PANIC.
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
    // SAFETY: the header asks of the caller what `new` asks.
    let data = unsafe { Data::new(user_data, destructor) };
    guard("wd_set_callback_owned", move || {
        let data = data; // all of it, so that a panic destroys it, too
        let run = match callback {
            Some(run) => run,
            None => return done(engine::set_callback(handle(wd), None)),
        };
        engine::is_live(handle(wd))?;
        // SAFETY: the header asks of the caller what `owned` asks.
        let callback = unsafe { Callback::owned(run, data)? };
        done(engine::set_callback(handle(wd), Some(callback)).map_err(|error| {
            callback.destroy();
            error
        }))
    })
}
