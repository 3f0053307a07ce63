//! Notices when a callback ends its worker's thread in a way that unwinds no stack.

use super::{Body, Destructor, ThreadSlot};
use std::os::raw::c_void;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The slot's number and one, or zero.
static SLOT: AtomicUsize = AtomicUsize::new(0);
const NOT_NULL: *mut c_void = 1 as *mut c_void;

/// Prepares, once: `gone` is called on a worker's thread that ends while its body runs.
pub fn prepare(gone: Destructor) {
    if let Some(slot) = ThreadSlot::new(gone) {
        SLOT.store(slot.to_number() + 1, Ordering::Relaxed);
    }
}

/// Runs a worker's body, during which the end of the thread is noticed.
pub fn run(body: Body) {
    let slot = match SLOT.load(Ordering::Relaxed) {
        0 => None,
        number => Some(ThreadSlot::from_number(number - 1)),
    };
    slot.map(|slot| slot.set(NOT_NULL));
    body();
    slot.map(|slot| slot.set(ptr::null_mut()));
}
