//! Callback replacement and quiescence. `Data` stands for a program's user_data: loom
//! fails when it is used by two at once, or by one after another with nothing that orders
//! them; so "has ended when the call returns" is proven by touching it then.
//!
//! Notices, among others: `free` or `set_callback` that does not wait for a foreign run;
//! a callback that is lent and destroyed by whoever replaced it; the runner cleared before
//! the destructor has run; `notify` left out at the end of a run (a deadlock); a worker's
//! run begun without LENT.

use crate::engine::callback::{self, Callback};
use crate::engine::{self, Handle, Limit};
use crate::explore::Model;
use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::sync::Arc;
use loom::thread::{self, JoinHandle};
use std::os::raw::c_void;
use std::sync::OnceLock;

pub const ALL: &[Model] = &[
    ("a replacement waits for the run", a_replacement_waits_for_the_run),
    ("a free waits for the run", a_free_waits_for_the_run),
    ("a stop waits for the run", a_stop_waits_for_the_run),
    ("a free and a replacement at once", a_free_and_a_replacement_at_once),
    ("a worker, a check and a free at once", a_worker_a_check_and_a_free_at_once),
    ("replaced from inside", replaced_from_inside),
    ("freed from inside, replaced from outside", freed_from_inside),
];

/// What the callback does besides using its data.
type Inside = fn(Handle);

struct Data {
    uses: UnsafeCell<u32>,
    destroyed: UnsafeCell<u32>,
    /// Somewhere for others to come between.
    pause: AtomicU32,
    inside: Option<Inside>,
    handle: OnceLock<Handle>,
}

impl Data {
    fn new(inside: Option<Inside>) -> Arc<Data> {
        Arc::new(Data {
            uses: UnsafeCell::new(0),
            destroyed: UnsafeCell::new(0),
            pause: AtomicU32::new(0),
            inside,
            handle: OnceLock::new(),
        })
    }

    fn callback(&self) -> Callback {
        // SAFETY: both functions take a `Data`, which outlives the model's threads.
        let callback = unsafe {
            let data = callback::Data::new(self as *const Data as *mut c_void, Some(destroy));
            Callback::owned(run, data)
        };
        callback.expect("there is memory")
    }

    fn touch(&self) {
        // SAFETY: loom watches.
        self.uses.with_mut(|uses| unsafe { *uses += 1 });
    }

    /// As whoever has the word of the library that all is over.
    fn destroyed(&self) -> u32 {
        self.touch();
        // SAFETY: loom watches.
        self.destroyed.with(|destroyed| unsafe { *destroyed })
    }
}

unsafe extern "C" fn run(data: *mut c_void) {
    // SAFETY: `Data::callback`.
    let data = unsafe { &*data.cast::<Data>() };
    data.touch();
    // SAFETY: loom watches.
    assert_eq!(data.destroyed.with(|destroyed| unsafe { *destroyed }), 0, "run after it was destroyed");
    data.pause.fetch_add(1, Ordering::Relaxed);
    if let (Some(inside), Some(handle)) = (data.inside, data.handle.get()) {
        inside(*handle);
    }
    data.touch();
}

unsafe extern "C" fn destroy(data: *mut c_void) {
    // SAFETY: `Data::callback`.
    let data = unsafe { &*data.cast::<Data>() };
    data.touch();
    data.pause.fetch_add(1, Ordering::Relaxed);
    // SAFETY: loom watches.
    data.destroyed.with_mut(|destroyed| unsafe { *destroyed += 1 });
}

/// With an expired watchdog: see `engine::create`.
fn create(data: &Data, monitored: bool) -> Handle {
    let handle = engine::create(data.callback(), monitored);
    data.handle.set(handle).expect("it has no other");
    handle
}

fn stop(handle: Handle) {
    engine::stop(handle, Limit::Forever).unwrap();
}

fn check(handle: Handle) -> JoinHandle<()> {
    thread::spawn(move || {
        let _ = engine::check(handle);
    })
}

fn work() -> JoinHandle<()> {
    thread::spawn(engine::work)
}

/// Replaces it, or destroys what was not taken, as `ffi` does.
fn replace(handle: Handle, new: &Data) -> bool {
    let taken = engine::set_callback(handle, Some(new.callback())).is_ok();
    if !taken {
        new.callback().destroy();
    }
    taken
}

fn a_replacement_waits_for_the_run() {
    let (old, new) = (Data::new(None), Data::new(None));
    let handle = create(&old, false);
    let runner = check(handle);
    assert!(replace(handle, &new));
    assert_eq!(old.destroyed(), 1);
    engine::free(handle).unwrap();
    assert_eq!(new.destroyed(), 1);
    runner.join().unwrap();
    assert_eq!((old.destroyed(), new.destroyed()), (1, 1));
}

fn a_free_waits_for_the_run() {
    let data = Data::new(None);
    let handle = create(&data, true);
    let runner = work();
    engine::free(handle).unwrap();
    assert_eq!(data.destroyed(), 1);
    runner.join().unwrap();
    assert_eq!(data.destroyed(), 1);
}

fn a_stop_waits_for_the_run() {
    let data = Data::new(None);
    let handle = create(&data, true);
    let runner = work();
    stop(handle);
    assert_eq!(data.destroyed(), 0);
    runner.join().unwrap();
    engine::free(handle).unwrap();
    assert_eq!(data.destroyed(), 1);
}

fn a_free_and_a_replacement_at_once() {
    let (old, new) = (Data::new(None), Data::new(None));
    let handle = create(&old, false);
    let runner = check(handle);
    let (replaced, by) = (old.clone(), new.clone());
    let replacer = thread::spawn(move || {
        if replace(handle, &by) {
            assert_eq!(replaced.destroyed(), 1);
        }
    });
    engine::free(handle).unwrap();
    assert!(engine::free(handle).is_err());
    replacer.join().unwrap();
    runner.join().unwrap();
    assert_eq!((old.destroyed(), new.destroyed()), (1, 1));
    assert!(engine::is_released(handle));
}

fn a_worker_a_check_and_a_free_at_once() {
    let data = Data::new(None);
    let handle = create(&data, true);
    let (worker, checker) = (work(), check(handle));
    engine::free(handle).unwrap();
    assert_eq!(data.destroyed(), 1);
    worker.join().unwrap();
    checker.join().unwrap();
    assert_eq!(data.destroyed(), 1);
}

fn replaced_from_inside() {
    let data = Data::new(Some(|handle| engine::set_callback(handle, None).unwrap()));
    let handle = create(&data, false);
    let runner = check(handle);
    // Not the callback that runs: whoever replaces nothing waits for the run, too.
    engine::set_callback(handle, None).unwrap();
    assert_eq!(data.destroyed(), 1);
    runner.join().unwrap();
    engine::free(handle).unwrap();
    assert_eq!(data.destroyed(), 1);
}

fn freed_from_inside() {
    let (old, new) = (Data::new(Some(|handle| assert!(engine::free(handle).is_ok()))), Data::new(None));
    let handle = create(&old, true);
    let runner = work();
    let taken = replace(handle, &new);
    runner.join().unwrap();
    if engine::free(handle).is_ok() {
        assert!(taken, "the new callback was taken, and the watchdog is still there");
    }
    assert_eq!((old.destroyed(), new.destroyed()), (1, 1));
    assert!(engine::is_released(handle));
}
