//! Queues of events: expiries that a program fetches when it likes, so that no thread of
//! the library ever enters it.
//!
//! # Concurrency
//!
//! One lock of its own, `QUEUES`, protects all queues. Under it nobody allocates, frees,
//! calls anybody or takes another lock; nobody takes it under the engine's lock, but for a
//! fork, which holds all. What puts an event into a queue is a watchdog's callback, though
//! one of the library's own: it runs as any other, on a worker or in a check, one at a time,
//! and whoever replaces it or frees the watchdog has waited for it. So an expiry knows
//! nothing of queues, nor a queue of monitoring.
//!
//! | who | under the lock | after it |
//! | --- | --- | --- |
//! | a run | puts the event in, or counts it as lost | calls one taker, if any waits |
//! | taker | takes an event, else a wake that is left for it; else waits, which lets go of the lock, and looks again | calls one more taker, if it leaves a wake that it was called for |
//! | wake | leaves a wake, for one that waits or the next | calls one taker, if any waits |
//! | free | takes the queue out and lets its handle grow old | calls all takers, gives the memory back |
//!
//! Takers wait on the condition variable of the queue's slot, and look again whenever they
//! are woken: a queue whose handle has grown old is gone. None sleeps while there is an event
//! or a wake for it: both are left under the lock before the call, and a taker that was
//! called and leaves with something else passes the call on.
//!
//! In the child of a fork the queues are as they were, with their events; nobody waits.

use super::callback::{Callback, Native};
use super::{is_live, process, since_feed, Handle, Limit};
use crate::core::queue::{first_handle, next_handle, slot, Event, Found, Queue, MAX_CAPACITY, MOST};
use crate::core::time::Time;
use crate::error::Error;
use crate::platform::clock;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

struct Slot {
    /// Of the queue that is in it, or of the last one that was; 0: there was none yet.
    handle: Handle,
    queue: Option<Queue>,
}

/// All queues of the process.
pub struct Queues {
    slots: [Slot; MOST],
    /// Where to look for a free slot first, so that handles come again as late as can be.
    next: usize,
}

#[allow(clippy::declare_interior_mutable_const)]
const CONDVAR: Condvar = Condvar::new();
static TAKERS: [Condvar; MOST] = [CONDVAR; MOST];

static QUEUES: Mutex<Queues> = Mutex::new(Queues::new());

/// For a fork, which holds it together with the engine's, taken before.
pub fn lock() -> MutexGuard<'static, Queues> {
    QUEUES.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queues {
    const fn new() -> Queues {
        const FREE: Slot = Slot { handle: 0, queue: None };
        Queues { slots: [FREE; MOST], next: 0 }
    }

    /// In a child process.
    pub fn enter_child(&mut self) {
        for queue in self.slots.iter_mut().filter_map(|slot| slot.queue.as_mut()) {
            queue.forget_takers();
        }
    }

    fn add(&mut self, queue: Queue) -> Result<Handle, Queue> {
        let free = (0..MOST).map(|i| (self.next + i) % MOST).find(|&i| self.slots[i].queue.is_none());
        let index = match free {
            Some(index) => index,
            None => return Err(queue),
        };
        self.next = (index + 1) % MOST;
        let slot = &mut self.slots[index];
        slot.handle = if slot.handle == 0 { first_handle(index) } else { next_handle(slot.handle) };
        slot.queue = Some(queue);
        Ok(slot.handle)
    }

    fn find(&mut self, handle: Handle) -> Result<(usize, &mut Queue), Error> {
        let found = slot(handle).and_then(|index| {
            let slot = &mut self.slots[index];
            let queue = slot.queue.as_mut().filter(|_| slot.handle == handle)?;
            Some((index, queue))
        });
        found.ok_or(if handle == 0 { Error::NullQueue } else { Error::InvalidQueue(handle) })
    }
}

/// Makes a queue with room for so many events.
pub fn new(capacity: u32) -> Result<Handle, Error> {
    process::enter()?;
    if capacity == 0 || capacity > MAX_CAPACITY {
        return Err(Error::BadCapacity(capacity));
    }
    let mut memory = Vec::new();
    memory.try_reserve_exact(capacity as usize).map_err(|_| Error::NoMemory("a queue"))?;
    // Whatever is not added is dropped when the lock is free again.
    let added = lock().add(Queue::new(memory, capacity));
    added.map_err(|_| Error::TooManyQueues(MOST))
}

/// Ends a queue. Those that wait for its events find it gone.
pub fn free(handle: Handle) -> Result<(), Error> {
    let mut queues = lock();
    let (index, _) = queues.find(handle)?;
    let queue = queues.slots[index].queue.take();
    drop(queues);
    TAKERS[index].notify_all();
    drop(queue);
    Ok(())
}

/// What a watchdog does at expiry that has a queue.
struct Source {
    queue: Handle,
    watchdog: Handle,
    tag: u64,
}

impl Native for Source {
    fn run(&self) {
        // Freed meanwhile: then there is nobody to tell of.
        if let Ok(unfed) = since_feed(self.watchdog) {
            let event =
                Event { watchdog: self.watchdog, tag: self.tag, unfed_ms: unfed / 1_000_000, lost: 0 };
            // An error says that the queue was freed before its watchdogs were told.
            let _ = change(self.queue, |queue| queue.put(event));
        }
    }
}

/// Has a watchdog put its expiries into a queue, in place of its callback; no queue: nowhere.
pub fn set(watchdog: Handle, queue: Handle, tag: u64) -> Result<(), Error> {
    is_live(watchdog)?;
    if queue == 0 {
        return super::set_callback(watchdog, None);
    }
    lock().find(queue)?;
    let callback = Callback::native(Source { queue, watchdog, tag })?;
    let set = super::set_callback(watchdog, Some(callback));
    if set.is_err() {
        callback.destroy();
    }
    set
}

/// Takes the oldest event, waiting for one if there is none. None: there was none in time,
/// or the wait was ended.
pub fn take(handle: Handle, limit: Limit) -> Result<Option<Event>, Error> {
    let mut queues = lock();
    let (index, queue) = queues.find(handle)?;
    if limit == Limit::Ms(0) {
        return Ok(queue.poll());
    }
    let mut found = queue.arrive();
    if found == Found::Nothing {
        queue.begin_wait();
        let deadline = limit.deadline();
        let mut call_another = false;
        while found == Found::Nothing {
            let left = deadline.since(clock::now());
            if left == 0 {
                break;
            }
            queues = if deadline == Time::NEVER {
                TAKERS[index].wait(queues).unwrap_or_else(PoisonError::into_inner)
            } else {
                let waited = TAKERS[index].wait_timeout(queues, Duration::from_nanos(left));
                waited.unwrap_or_else(PoisonError::into_inner).0
            };
            found = queues.find(handle)?.1.look();
        }
        if let Ok((_, queue)) = queues.find(handle) {
            call_another = queue.end_wait();
        }
        drop(queues);
        if call_another {
            TAKERS[index].notify_one();
        }
    }
    match found {
        Found::Event(event) => Ok(Some(event)),
        Found::Wake | Found::Nothing => Ok(None),
    }
}

/// Ends the wait of one taker, or the next one's.
pub fn wake(handle: Handle) -> Result<(), Error> {
    change(handle, Queue::wake)
}

/// How many events were lost because the queue was full.
pub fn lost(handle: Handle) -> Result<u64, Error> {
    lock().find(handle).map(|(_, queue)| queue.lost())
}

/// An error unless the handle is a live queue's.
pub fn is_queue(handle: Handle) -> Result<(), Error> {
    lock().find(handle).map(drop)
}

/// Changes a queue, and then calls a taker if the change says so.
fn change(handle: Handle, change: impl FnOnce(&mut Queue) -> bool) -> Result<(), Error> {
    let mut queues = lock();
    let (index, queue) = queues.find(handle)?;
    let call = change(queue);
    drop(queues);
    if call {
        TAKERS[index].notify_one();
    }
    Ok(())
}
