//! A fuzzer of call sequences on the C interface: all functions, on several watchdogs, with
//! handles that are live, freed, null, garbage or nearly right, meanwhile callbacks and other
//! threads that call the library, too.
//!
//! What is examined, besides that nothing crashes, hangs or (under AddressSanitizer) touches
//! what it must not: every status is one that the header lists for this handle and these
//! arguments; user data may go the moment a call that ends its use has returned; owned data
//! is destroyed, once; names and times are what was set, where no callback changes them.

mod abi;
mod calls;
mod data;

use abi::*;
use arbitrary::{Arbitrary, Unstructured};
use calls::{are_valid, times, Call, Which};
use data::{destroy, forget, queue, run as callback, take, texts, Act, Data};
use data::{DESTROYED, HOURS, MADE, QUEUES, RUNNING, RUNS, SHARED, TAG};
use std::ffi::CStr;
use std::os::raw::c_void;
use std::ptr;
use std::sync::atomic::Ordering::SeqCst;
use std::thread::{sleep, JoinHandle};
use std::time::{Duration, Instant};
use watchdog as _; // its C functions

const PLACES: usize = SHARED.len();

/// How many other threads there are at most.
const OTHERS: usize = 3;

/// What is known of a watchdog.
struct Dog {
    handle: Handle,
    /// The data of its callback, where the library does not own it.
    data: *mut c_void,
    pauses: u32,
    /// None: unknown.
    times: Option<(u64, u64)>,
    name: Vec<u8>,
    /// A callback or another thread may have freed it.
    mortal: bool,
}

#[derive(Default)]
struct World {
    dogs: [Option<Dog>; PLACES],
    freed: Vec<Handle>,
    /// Data that a callback may still use.
    later: Vec<*mut c_void>,
    others: Vec<JoinHandle<()>>,
    /// Callbacks or other threads change what is told, too.
    meddled: bool,
}

/// Where a call has to end.
struct Target {
    handle: Handle,
    place: Option<usize>,
    mortal: bool,
}

impl Target {
    /// The status is one of these, or fits the handle.
    fn expect(&self, status: i32, allowed: &[i32]) -> bool {
        let alive = self.place.is_some();
        let fits = if alive && allowed.contains(&status) {
            true
        } else {
            status == INVALID_HANDLE && (!alive || self.mortal)
        };
        assert!(fits, "status {} for {:?}, live: {}; allowed {:?}", status, self.handle, alive, allowed);
        alive && status != INVALID_HANDLE
    }
}

impl World {
    fn target(&self, which: Which) -> Target {
        let live: Vec<(usize, &Dog)> =
            self.dogs.iter().enumerate().filter_map(|(place, dog)| Some((place, dog.as_ref()?))).collect();
        let dead = |handle| Target { handle, place: None, mortal: false };
        match which {
            Which::Live(at) => match live.get(usize::from(at) % live.len().max(1)) {
                Some((place, dog)) => Target { handle: dog.handle, place: Some(*place), mortal: dog.mortal },
                None => dead(ptr::null_mut()),
            },
            Which::Freed(at) => dead(
                self.freed.get(usize::from(at) % self.freed.len().max(1)).copied().unwrap_or(ptr::null_mut()),
            ),
            Which::Null => dead(ptr::null_mut()),
            Which::Garbage(number) => {
                let garbage = number as Handle;
                let is_live = self.dogs.iter().flatten().any(|dog| dog.handle == garbage);
                dead(if is_live { ptr::null_mut() } else { garbage })
            }
            Which::Nearly(at, bit) => match live.get(usize::from(at) % live.len().max(1)) {
                Some((_, dog)) => dead((dog.handle as usize ^ 1 << (bit % usize::BITS as u8)) as Handle),
                None => dead(ptr::null_mut()),
            },
        }
    }

    fn target_at(&self, place: usize) -> Target {
        let dog = self.dogs[place].as_ref().expect("it is there");
        Target { handle: dog.handle, place: Some(place), mortal: dog.mortal }
    }

    fn dog(&mut self, target: &Target) -> Option<&mut Dog> {
        self.dogs[target.place?].as_mut()
    }

    /// The callback of a watchdog was replaced, or not; then somebody else has freed it.
    fn replaced(&mut self, target: &Target, done: bool, data: *mut c_void) {
        match self.dog(target) {
            Some(dog) if done => {
                let old = std::mem::replace(&mut dog.data, data);
                if !old.is_null() {
                    // SAFETY: the library has promised so, by returning.
                    unsafe { forget(old) };
                }
            }
            _ => self.later.extend(Some(data).filter(|data| !data.is_null())),
        }
    }

    fn note(&mut self, target: &Target, acts: &[Act]) {
        self.meddled |= !acts.is_empty();
        if let Some(dog) = self.dog(target) {
            dog.mortal |= acts.iter().any(|act| matches!(act, Act::FreeOwn));
        }
    }

    fn free(&mut self, target: &Target) {
        // SAFETY: any handle may be passed.
        let status = unsafe { wd_free(target.handle) };
        if target.handle.is_null() {
            return assert_eq!(status, OK, "null is a no-op");
        }
        let done = target.expect(status, &[OK]);
        if let Some(place) = target.place {
            SHARED[place].store(ptr::null_mut(), SeqCst);
            self.replaced(target, done, ptr::null_mut());
            let dog = self.dogs[place].take().expect("it was there");
            self.later.extend(Some(dog.data).filter(|data| !data.is_null()));
            self.freed.push(dog.handle);
        }
    }
}

impl World {
    fn call(&mut self, call: Call) {
        // SAFETY (all below): any handle may be passed; pointers are valid or null; data
        // fits its functions and lives until `replaced` says otherwise.
        match call {
            Call::New(timeout, interval) => {
                let wanted = times(timeout, interval);
                let place = match self.dogs.iter().position(Option::is_none) {
                    Some(place) => place,
                    None => return,
                };
                let handle = unsafe { wd_new(wanted.0, wanted.1) };
                assert_eq!(handle.is_null(), !are_valid(wanted), "wd_new{:?}", wanted);
                if !handle.is_null() {
                    assert!(!self.freed.contains(&handle), "{:?} is issued again", handle);
                    let (data, times, name) = (ptr::null_mut(), Some(wanted), Vec::new());
                    self.dogs[place] = Some(Dog { handle, data, pauses: 0, times, name, mortal: false });
                    SHARED[place].store(handle, SeqCst);
                }
            }
            Call::Free(which) => self.free(&self.target(which)),
            Call::Feed(which) => {
                let target = self.target(which);
                target.expect(unsafe { wd_feed(target.handle) }, &[OK]);
            }
            Call::SetCallback(which, acts) => {
                let target = self.target(which);
                self.note(&target, &acts);
                let data = Data::make(target.handle, acts);
                let status = unsafe { wd_set_callback(target.handle, Some(callback), data) };
                let done = self.target_anew(&target).expect(status, &[OK]);
                self.replaced(&target, done, data);
            }
            Call::SetOwned(which, acts) => {
                let target = self.target(which);
                self.note(&target, &acts);
                let data = Data::owned(target.handle, acts);
                let status =
                    unsafe { wd_set_callback_owned(target.handle, Some(callback), data, Some(destroy)) };
                let done = self.target_anew(&target).expect(status, &[OK]);
                self.replaced(&target, done, ptr::null_mut());
            }
            Call::ClearCallback(which) => {
                let target = self.target(which);
                let done =
                    target.expect(unsafe { wd_set_callback(target.handle, None, ptr::null_mut()) }, &[OK]);
                self.replaced(&target, done, ptr::null_mut());
            }
            Call::Check(which) => {
                let target = self.target(which);
                target.expect(unsafe { wd_check(target.handle) }, &[OK, EXPIRED]);
            }
            Call::Start(which) => {
                let target = self.target(which);
                target.expect(unsafe { wd_start(target.handle) }, &[OK, EXPIRED]);
            }
            Call::StartThread(which) => {
                let target = self.target(which);
                target.expect(unsafe { wd_start_thread(target.handle, 1) }, &[OK]);
            }
            Call::Stop(which, limit) => {
                let target = self.target(which);
                let limit = i64::from(limit % 4);
                let allowed: &[i32] = if limit < 0 { &[OK] } else { &[OK, TIMED_OUT] };
                target.expect(unsafe { wd_stop(target.handle, limit) }, allowed);
            }
            Call::Join(which, limit) => {
                let target = self.target(which);
                target.expect(unsafe { wd_join(target.handle, i64::from(limit % 3)) }, &[OK, TIMED_OUT]);
            }
            Call::Shutdown(limit) => {
                let limit = i64::from(limit % 3);
                let status = unsafe { wd_shutdown(limit) };
                assert!(status == OK || (limit >= 0 && status == TIMED_OUT), "shutdown: {}", status);
            }
            Call::Pause(which) => {
                let target = self.target(which);
                if target.expect(unsafe { wd_pause(target.handle) }, &[OK]) {
                    self.dog(&target).expect("it is there").pauses += 1;
                }
            }
            Call::Resume(which) => {
                let (target, meddled) = (self.target(which), self.meddled);
                let pauses = self.dog(&target).map_or(0, |dog| dog.pauses);
                let allowed: &[i32] = match (meddled, pauses) {
                    (true, _) => &[OK, INVALID_ARGUMENT],
                    (_, 0) => &[INVALID_ARGUMENT],
                    _ => &[OK],
                };
                if target.expect(unsafe { wd_resume(target.handle) }, allowed) && pauses > 0 {
                    self.dog(&target).expect("it is there").pauses -= 1;
                }
            }
            Call::SetTimes(which, timeout, interval) => {
                let (target, wanted) = (self.target(which), times(timeout, interval));
                let right = if are_valid(wanted) { OK } else { INVALID_ARGUMENT };
                let done =
                    target.expect(unsafe { wd_set_times(target.handle, wanted.0, wanted.1) }, &[right]);
                if done && right == OK {
                    self.dog(&target).expect("it is there").times = Some(wanted);
                }
            }
            Call::SetName(which, name) => self.set_name(which, name),
            Call::Name(which, size) => self.name(which, usize::from(size % 300)),
            Call::Questions(which, null) => self.questions(which, null),
            Call::LastResort(which, callback, unfed, action) => {
                let target = self.target(which);
                let hours = |wanted: bool| if wanted { HOURS } else { 0 };
                let (callback, unfed, action) = (hours(callback), hours(unfed), i32::from(action));
                // More than most timeouts, and never reached.
                let status = unsafe { wd_set_last_resort(target.handle, callback, unfed, action) };
                target.expect(status, &[OK, INVALID_ARGUMENT, NO_MEMORY]);
            }
            Call::Record(null) => {
                let path: &[u8] = if null { b"\0" } else { b"/nonexistent/record\0" };
                assert_eq!(unsafe { wd_set_record_file(path.as_ptr().cast()) }, OK);
            }
            Call::Texts(status) => texts(status),
            Call::Retire => assert_eq!(unsafe { wd_retire_threads() }, OK),
            Call::NewQueue(capacity) => {
                let place = match QUEUES.iter().find(|place| place.load(SeqCst).is_null()) {
                    Some(place) => place,
                    None => return,
                };
                let capacity = [0, 1, 2, 3, 65536, 65537, u32::MAX][usize::from(capacity % 7)];
                let queue = unsafe { wd_queue_new(capacity) };
                assert_eq!(queue.is_null(), capacity == 0 || capacity > 65536, "wd_queue_new({})", capacity);
                place.store(queue, SeqCst);
            }
            Call::SetQueue(which, number) => {
                let target = self.target(which);
                let done = target.expect(unsafe { wd_set_queue(target.handle, queue(number), TAG) }, &[OK]);
                self.replaced(&target, done, ptr::null_mut());
            }
            Call::Take(number, limit) => {
                let (queue, limit) = (queue(number), i64::from(limit % 3).max(0));
                let status = take(queue, limit);
                assert!(if queue.is_null() {
                    status == INVALID_HANDLE
                } else {
                    status == OK || status == EMPTY
                });
            }
            Call::WakeQueue(number) => {
                let (queue, mut lost) = (queue(number), u64::MAX);
                let right = if queue.is_null() { INVALID_HANDLE } else { OK };
                assert_eq!(unsafe { wd_queue_lost(queue, &mut lost) }, right);
                assert_eq!(lost == u64::MAX, queue.is_null(), "an error leaves out untouched");
                assert_eq!(unsafe { wd_queue_wake(queue) }, right);
            }
            Call::FreeQueue(number) => free_queue(number),
            Call::Hang(which, acts) => {
                self.call(Call::SetTimes(which, 0, 0));
                self.call(Call::SetOwned(which, acts));
                self.call(Call::StartThread(which));
                sleep(Duration::from_millis(2));
            }
            Call::Meanwhile(which, acts) => {
                let target = self.target(which);
                self.note(&target, &acts);
                if self.others.len() == OTHERS {
                    join(self.others.remove(0));
                }
                self.others.push(Data::meanwhile(target.handle, acts));
            }
            Call::Sleep(ms) => sleep(Duration::from_millis(u64::from(ms % 5))),
        }
    }

    /// The same, when what was done may have changed what is to be expected.
    fn target_anew(&self, target: &Target) -> Target {
        let mortal = target.place.and_then(|place| self.dogs[place].as_ref()).is_some_and(|dog| dog.mortal);
        Target { handle: target.handle, place: target.place, mortal }
    }

    fn set_name(&mut self, which: Which, name: Option<Vec<u8>>) {
        let target = self.target(which);
        let text = name.map(|mut text| {
            text.retain(|byte| *byte != 0);
            text
        });
        let closed = text.clone().map(|mut text| {
            text.push(0);
            text
        });
        let pointer = closed.as_ref().map_or(ptr::null(), |text| text.as_ptr().cast());
        let text = text.unwrap_or_default();
        let right =
            if text.len() <= 255 && std::str::from_utf8(&text).is_ok() { OK } else { INVALID_ARGUMENT };
        // SAFETY: a text closed by a zero, or null.
        if target.expect(unsafe { wd_set_name(target.handle, pointer) }, &[right]) && right == OK {
            self.dog(&target).expect("it is there").name = text;
        }
    }

    fn name(&mut self, which: Which, size: usize) {
        let (target, meddled) = (self.target(which), self.meddled);
        let mut buffer = vec![0xee_u8; size];
        // SAFETY: so much room.
        let status = unsafe { wd_name(target.handle, buffer.as_mut_ptr().cast(), size) };
        let known = self.dog(&target).map(|dog| dog.name.clone()).unwrap_or_default();
        let right = if size > known.len() { OK } else { INVALID_ARGUMENT };
        let allowed: &[i32] = if meddled { &[OK, INVALID_ARGUMENT] } else { std::slice::from_ref(&right) };
        if !target.expect(status, allowed) || status != OK {
            return assert!(buffer.iter().all(|byte| *byte == 0xee), "an error leaves the buffer as it was");
        }
        let text = CStr::from_bytes_until_nul(&buffer).expect("closed by a zero").to_bytes();
        assert!(buffer[text.len() + 1..].iter().all(|byte| *byte == 0xee), "written behind the zero");
        assert!(meddled || text == known, "{:?} is not {:?}", text, known);
    }

    fn questions(&mut self, which: Which, null: bool) {
        let (target, meddled) = (self.target(which), self.meddled);
        let times = self.dog(&target).and_then(|dog| dog.times);
        let right = if null { INVALID_ARGUMENT } else { OK };
        let untouched = 0xeeee_eeee_u64;
        let (mut timeout, mut interval, mut since, mut running) = (untouched, untouched, untouched, 0x55);
        let out = |out: &mut u64| if null { ptr::null_mut() } else { out as *mut u64 };
        // SAFETY: room for an answer, or null.
        unsafe {
            let told = target.expect(wd_timeout_ms(target.handle, out(&mut timeout)), &[right])
                & target.expect(wd_interval_ms(target.handle, out(&mut interval)), &[right])
                && right == OK;
            if told && !meddled {
                assert_eq!(Some((timeout, interval)), times);
            } else if !told && !target.mortal {
                assert_eq!((timeout, interval), (untouched, untouched), "an error leaves out untouched");
            }
            target.expect(wd_since_feed_ms(target.handle, out(&mut since)), &[right]);
            let running_out = if null { ptr::null_mut() } else { &mut running };
            let told = target.expect(wd_is_running(target.handle, running_out), &[right]);
            assert_eq!(running == 0 || running == 1, told && right == OK);
            let mut late = 0;
            assert_eq!(wd_monitor_late_ms(&mut late), OK);
        }
    }

    /// All are freed, nothing runs, and all that was the library's is destroyed.
    fn end(mut self) {
        self.others.drain(..).for_each(join);
        (0..QUEUES.len() as u8).for_each(free_queue);
        for place in 0..PLACES {
            if self.dogs[place].is_some() {
                self.free(&self.target_at(place));
            }
        }
        let began = Instant::now();
        while RUNNING.load(SeqCst) > 0 || MADE.load(SeqCst) != DESTROYED.load(SeqCst) {
            assert!(began.elapsed() < Duration::from_secs(30), "a callback or a destructor is missing");
            sleep(Duration::from_micros(100));
        }
        for data in self.later.drain(..) {
            // SAFETY: nothing runs, and nothing can begin.
            unsafe { forget(data) };
        }
    }
}

/// Frees a queue, or null, and tries it once more.
fn free_queue(number: u8) {
    let (queue, mut lost) = (queue(number), 0);
    QUEUES[usize::from(number) % QUEUES.len()].store(ptr::null_mut(), SeqCst);
    // SAFETY: any handle may be passed.
    unsafe {
        assert_eq!(wd_queue_free(queue), OK);
        assert_eq!(wd_queue_free(queue), if queue.is_null() { OK } else { INVALID_HANDLE });
        assert_eq!(wd_queue_wake(queue), INVALID_HANDLE);
        assert_eq!(wd_queue_lost(queue, &mut lost), INVALID_HANDLE);
    }
    assert_eq!(take(queue, -1), INVALID_HANDLE);
}

fn join(other: JoinHandle<()>) {
    other.join().expect("what another thread was told was right");
}

/// Makes the calls that the input stands for, and shows them where WATCHDOG_FUZZ_SHOW is set.
pub fn run(input: &[u8]) {
    let show = std::env::var_os("WATCHDOG_FUZZ_SHOW").is_some();
    let mut world = World::default();
    world.call(Call::New(0, 1));
    world.call(Call::New(1, 0));
    let mut rest = Unstructured::new(input);
    for _ in 0..200 {
        match Call::arbitrary(&mut rest) {
            Ok(call) if !rest.is_empty() => {
                if show {
                    eprintln!("{:?}", call);
                }
                world.call(call);
            }
            _ => break,
        }
    }
    world.end();
}

/// How many callbacks have run.
pub fn runs() -> u64 {
    RUNS.load(SeqCst)
}
