//! What callbacks get: data that knows when it is used after its end, and what callbacks
//! and other threads do to the library.

use crate::abi::*;
use arbitrary::Arbitrary;
use std::ffi::CStr;
use std::os::raw::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::thread::JoinHandle;

const ALIVE: u32 = 0xa11_7e57;
const DEAD: u32 = 0xdead;

#[allow(clippy::declare_interior_mutable_const)]
const NONE: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
/// Handles that these may use: those of the input that runs.
pub static SHARED: [AtomicPtr<c_void>; 8] = [NONE; 8];
pub static QUEUES: [AtomicPtr<c_void>; 2] = [NONE; 2];
pub static MADE: AtomicU64 = AtomicU64::new(0);
pub static DESTROYED: AtomicU64 = AtomicU64::new(0);
pub static RUNNING: AtomicU32 = AtomicU32::new(0);
pub static RUNS: AtomicU64 = AtomicU64::new(0);

/// What a callback or another thread does, with its own watchdog or with those in a place.
/// None of these waits for another watchdog's run: two that do wait for each other, as the
/// header says.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Act {
    Feed(u8),
    CheckOwn,
    Check(u8),
    Start(u8),
    StartThread(u8),
    StopOwn,
    Stop(u8),
    Join(u8),
    Pause(u8),
    Resume(u8),
    SetTimes(u8, u8),
    Name(u8),
    Ask(u8),
    LastResort(u8),
    ReplaceOwn,
    Queue(u8, u8),
    Take(u8),
    Retire,
    ClearOwn,
    FreeOwn,
    New,
    Shutdown,
    Sleep,
}

pub struct Data {
    state: AtomicU32,
    own: AtomicPtr<c_void>,
    acts: Vec<Act>,
}

impl Data {
    pub fn make(own: Handle, acts: Vec<Act>) -> *mut c_void {
        Box::into_raw(Box::new(Data::new(own, acts))).cast()
    }

    fn new(own: Handle, acts: Vec<Act>) -> Data {
        Data { state: AtomicU32::new(ALIVE), own: AtomicPtr::new(own), acts }
    }

    /// Data that the library is to destroy.
    pub fn owned(own: Handle, acts: Vec<Act>) -> *mut c_void {
        MADE.fetch_add(1, SeqCst);
        Data::make(own, acts)
    }

    /// Does all of it on another thread.
    pub fn meanwhile(own: Handle, acts: Vec<Act>) -> JoinHandle<()> {
        let data = Data::new(own, acts);
        std::thread::spawn(move || data.act_all())
    }

    fn act_all(&self) {
        self.acts.iter().for_each(|act| self.act(*act));
    }

    fn act(&self, act: Act) {
        let own = self.own.load(SeqCst);
        let shared = |place: u8| SHARED[usize::from(place) % SHARED.len()].load(SeqCst);
        // SAFETY: any handle may be passed, and the data fits its functions.
        unsafe {
            match act {
                Act::Feed(place) => drop_status(wd_feed(shared(place))),
                Act::CheckOwn => drop_status(wd_check(own)),
                Act::Check(place) => drop_status(wd_check(shared(place))),
                Act::Start(place) => drop_status(wd_start(shared(place))),
                Act::StartThread(place) => drop_status(wd_start_thread(shared(place), 1)),
                Act::StopOwn => drop_status(wd_stop(own, -1)),
                Act::Stop(place) => drop_status(wd_stop(shared(place), 1)),
                Act::Join(place) => drop_status(wd_join(shared(place), 1)),
                Act::Pause(place) => drop_status(wd_pause(shared(place))),
                Act::Resume(place) => drop_status(wd_resume(shared(place))),
                Act::SetTimes(place, ms) => {
                    drop_status(wd_set_times(shared(place), u64::from(ms % 4), u64::from(ms % 3)))
                }
                Act::Name(place) => drop_status(wd_set_name(shared(place), c"meanwhile".as_ptr())),
                Act::Ask(place) => {
                    let (mut ms, mut running, mut name) = (0, 0, [0; 256]);
                    drop_status(wd_is_running(shared(place), &mut running));
                    drop_status(wd_since_feed_ms(shared(place), &mut ms));
                    drop_status(wd_monitor_late_ms(&mut ms));
                    drop_status(wd_name(shared(place), name.as_mut_ptr(), name.len()));
                    texts(OK);
                }
                Act::LastResort(place) => drop_status(wd_set_last_resort(shared(place), HOURS, 0, 0)),
                Act::Queue(place, which) => drop_status(wd_set_queue(shared(place), queue(which), TAG)),
                Act::Take(which) => drop_status(take(queue(which), 1)),
                Act::Retire => drop_status(wd_retire_threads()),
                Act::ReplaceOwn => {
                    let data = Data::owned(own, Vec::new());
                    drop_status(wd_set_callback_owned(own, Some(run), data, Some(destroy)))
                }
                Act::ClearOwn => drop_status(wd_set_callback(own, None, ptr::null_mut())),
                Act::FreeOwn => drop_status(wd_free(own)),
                Act::New => drop_status(wd_free(wd_new(1, 1))),
                Act::Shutdown => drop_status(wd_shutdown(0)),
                Act::Sleep => std::thread::sleep(std::time::Duration::from_millis(2)),
            }
        }
    }
}

/// The queue of a number, or null.
pub fn queue(which: u8) -> Handle {
    QUEUES[usize::from(which) % QUEUES.len()].load(SeqCst)
}

/// What all events carry.
pub const TAG: u64 = 0x7a6;

/// Takes an event, which has to be one.
pub fn take(queue: Handle, limit: i64) -> i32 {
    let size = std::mem::size_of::<Event>() as u32;
    let mut event = Event { size, kind: 0, tag: 0, unfed_ms: 0, lost: 0, watchdog: ptr::null_mut() };
    // SAFETY: any handle may be passed, and an event is as in the header.
    let status = unsafe { wd_queue_take(queue, &mut event, limit) };
    let taken = (event.kind, event.tag, event.watchdog.is_null());
    assert_eq!(taken, if status == OK { (1, TAG, false) } else { (0, 0, true) }, "{:?}", event);
    status
}

/// A limit of a last resort that is never reached.
pub const HOURS: u64 = 100 * 3_600_000;

/// All that is told in words.
pub fn texts(status: i32) {
    // SAFETY: these texts are the library's, and this thread makes no other call meanwhile.
    for text in unsafe { [wd_last_error(), wd_status_name(status), wd_clock_name(), wd_version()] } {
        // SAFETY: as above.
        unsafe { CStr::from_ptr(text) }.to_str().expect("texts are UTF-8");
    }
}

/// Here everything may meet everything; only nonsense is an error.
fn drop_status(status: i32) {
    assert!(
        (INVALID_ARGUMENT..=EMPTY).contains(&status) || status == TIMED_OUT,
        "status {} of a callback's or another thread's call",
        status
    );
}

pub unsafe extern "C" fn run(data: *mut c_void) {
    RUNNING.fetch_add(1, SeqCst);
    RUNS.fetch_add(1, SeqCst);
    // SAFETY: it lives as long as the library may call with it, which is examined here.
    let data = unsafe { &*data.cast::<Data>() };
    assert_eq!(data.state.load(SeqCst), ALIVE, "run with data that is gone");
    data.act_all();
    assert_eq!(data.state.load(SeqCst), ALIVE, "data is gone during the run");
    RUNNING.fetch_sub(1, SeqCst);
}

pub unsafe extern "C" fn destroy(data: *mut c_void) {
    // SAFETY: as `forget`, by the library's own promise.
    unsafe { forget(data) };
    DESTROYED.fetch_add(1, SeqCst);
}

/// # Safety
/// No callback can reach it any more.
pub unsafe fn forget(data: *mut c_void) {
    // SAFETY: made by `Data::make`.
    let data = unsafe { Box::from_raw(data.cast::<Data>()) };
    assert_eq!(data.state.swap(DEAD, SeqCst), ALIVE, "destroyed twice");
}
