use super::{
    done, guard, handle, limit, wd_event, wd_queue, wd_status, wd_watchdog, WD_EMPTY, WD_EVENT_EXPIRED, WD_OK,
};
use crate::core::queue::Event;
use crate::engine::{queue, Handle};
use crate::error::Error;
use std::mem::size_of;
use std::ptr::addr_of_mut;

/// ---- Queues of events: to fetch expiries instead of being called -------------------
///
/// Makes a queue. A watchdog that is given one by wd_set_queue puts an event into it at
/// every expiry, where else its callback would run, and the program takes the events when
/// and where it likes. So no thread of the library ever enters the program.
///
/// capacity  so many events it holds; 1 to WD_QUEUE_MAX. When it is full, new events are
///           lost, and counted.
///
/// Returns the queue; null, with wd_last_error set, when capacity is out of range, when
/// there is no memory, or 64 queues are alive already.
///
/// The caller owns it and ends it with wd_queue_free. One queue serves any number of
/// watchdogs.
/// Any thread. Not in a signal handler. In the child of a fork it exists with its events.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_queue_new(capacity: u32) -> *mut wd_queue {
    guard("wd_queue_new", || Ok(queue::new(capacity)? as *mut wd_queue))
}

/// Has a watchdog put an event into a queue at expiry. That takes the place of its callback,
/// as if set by wd_set_callback: what was set before is not running when this returns and
/// will not run again, wd_set_callback takes the place of the queue, and the events repeat
/// as the callback would.
///
/// wd     the watchdog
/// queue  the queue; null: nothing happens at expiry any more
/// tag    what the events are to carry, for the program to tell its watchdogs apart
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE: wd or queue; WD_ERR_NO_MEMORY, and the callback
/// stays as it was; WD_ERR_PANIC.
///
/// The queue remains the caller's. Once it is freed, the expiries go nowhere.
/// Any thread. Waits for a run of the old callback, without limit. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_set_queue(wd: *mut wd_watchdog, queue: *mut wd_queue, tag: u64) -> wd_status {
    guard("wd_set_queue", || done(queue::set(handle(wd), queue as Handle, tag)))
}

/// Takes the oldest event out of a queue, and waits for one if there is none.
///
/// queue       the queue
/// out         receives the event. The caller sets out->size to sizeof(wd_event).
/// timeout_ms  so many milliseconds it waits at most; negative: as long as it takes;
///             0: not at all, which is cheap enough to be done all the time
///
/// Returns WD_OK; WD_EMPTY: no event came in time, or wd_queue_wake has ended the wait;
/// WD_ERR_INVALID_HANDLE, also when the queue is freed meanwhile; WD_ERR_INVALID_ARGUMENT:
/// out is null, or its size less than that of a wd_event; WD_ERR_PANIC. Whatever is not WD_OK
/// leaves out untouched.
///
/// Of several threads that take from one queue, one gets an event.
/// Any thread. Allocates nothing. Not in a signal handler.
/// Since 0.1.0.
///
/// # Safety
/// `out` is null or points to a `wd_event` of the size that it states.
#[no_mangle]
pub unsafe extern "C" fn wd_queue_take(
    queue: *mut wd_queue,
    out: *mut wd_event,
    timeout_ms: i64,
) -> wd_status {
    guard("wd_queue_take", || {
        // SAFETY: as this function's caller promises.
        if let Err(error) = unsafe { check_size(out) } {
            queue::is_queue(queue as Handle)?;
            return Err(error);
        }
        match queue::take(queue as Handle, limit(timeout_ms))? {
            Some(event) => {
                // SAFETY: the caller's promise; it states at least the size of a `wd_event`.
                unsafe { write(event, out) };
                Ok(WD_OK)
            }
            None => Ok(WD_EMPTY),
        }
    })
}

/// Ends a wait of wd_queue_take, which returns WD_EMPTY: of several that wait, one; when
/// nobody waits, the next that would. Events come first: who finds one takes it.
///
/// queue  the queue
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_PANIC.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_queue_wake(queue: *mut wd_queue) -> wd_status {
    guard("wd_queue_wake", || done(queue::wake(queue as Handle)))
}

/// How many events were lost in all because the queue was full. What was lost directly
/// before an event stands in the event too.
///
/// queue  the queue
/// out    receives the number
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_INVALID_ARGUMENT: out is null; WD_ERR_PANIC.
/// Errors leave out untouched.
///
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
///
/// # Safety
/// `out` is null or may be written to.
#[no_mangle]
pub unsafe extern "C" fn wd_queue_lost(queue: *mut wd_queue, out: *mut u64) -> wd_status {
    guard("wd_queue_lost", || {
        let lost = queue::lost(queue as Handle)?;
        if out.is_null() {
            return Err(Error::NullArgument("out"));
        }
        // SAFETY: not null, and the caller promises the rest.
        unsafe { out.write(lost) };
        done(Ok(()))
    })
}

/// Ends a queue, and the waits of all who want to take from it: they return
/// WD_ERR_INVALID_HANDLE. Events that are in it are gone. The expiries of watchdogs that
/// still have it go nowhere.
///
/// queue  the queue; null is a no-op
///
/// Returns WD_OK; WD_ERR_INVALID_HANDLE; WD_ERR_PANIC. Of several frees of one queue one
/// succeeds.
///
/// The handle is invalid from the call on, and its value is not issued again (on 32-bit
/// platforms as late as can be). It waits for nobody.
/// Any thread. Not in a signal handler.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn wd_queue_free(queue: *mut wd_queue) -> wd_status {
    guard("wd_queue_free", || if queue.is_null() { Ok(WD_OK) } else { done(queue::free(queue as Handle)) })
}

/// The bytes of an event as far as its last field. Its order makes every field's place the
/// same on all platforms.
const EVENT_SIZE: u32 = 32 + size_of::<*mut wd_watchdog>() as u32;

/// # Safety
/// As for `wd_queue_take`.
unsafe fn check_size(out: *mut wd_event) -> Result<(), Error> {
    if out.is_null() {
        return Err(Error::NullArgument("out"));
    }
    // SAFETY: not null, and the caller promises the rest.
    let size = unsafe { addr_of_mut!((*out).size).read() };
    if size < EVENT_SIZE {
        return Err(Error::SmallEvent { size, needed: EVENT_SIZE });
    }
    Ok(())
}

/// # Safety
/// All fields of `out` may be written.
unsafe fn write(event: Event, out: *mut wd_event) {
    let Event { watchdog, tag, unfed_ms, lost } = event;
    // SAFETY: as the caller promises. Its size, and what it may have behind, stay as they are.
    unsafe {
        addr_of_mut!((*out).kind).write(WD_EVENT_EXPIRED);
        addr_of_mut!((*out).tag).write(tag);
        addr_of_mut!((*out).unfed_ms).write(unfed_ms);
        addr_of_mut!((*out).lost).write(lost);
        addr_of_mut!((*out).watchdog).write(watchdog as *mut wd_watchdog);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::MaybeUninit;

    #[test]
    fn the_watchdog_is_the_last_field_and_at_the_same_place_everywhere() {
        let mut event = MaybeUninit::<wd_event>::uninit();
        let base = event.as_mut_ptr();
        // SAFETY: within the event; nothing is read.
        let last = unsafe { addr_of_mut!((*base).watchdog) } as usize - base as usize;
        assert_eq!(last + size_of::<*mut wd_watchdog>(), EVENT_SIZE as usize);
        assert_eq!(last, 32);
    }
}
