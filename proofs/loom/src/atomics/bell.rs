//! The monitor's sleep: `src/platform/bell.rs`, on a futex that is played.
//!
//! Notices: ASLEEP not written before the wait; a wake that leaves no word where nobody
//! sleeps; a sleeper that forgets it was called (a lost wake-up ends as a deadlock). The
//! state that a wake tells of is under a lock, which orders it; that the orderings of
//! the word alone would do, too, is the second model.

use crate::platform::bell::{Bell, ASLEEP, AWAKE};
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

/// Waits while the word is ASLEEP. The kernel compares and queues under one lock.
#[derive(Default)]
struct Futex {
    lock: Mutex<()>,
    queue: Condvar,
}

impl Futex {
    fn wait(&self, word: &AtomicU32) {
        let guard = self.lock.lock().unwrap();
        if word.load(Ordering::Relaxed) == ASLEEP {
            drop(self.queue.wait(guard).unwrap());
        }
    }

    fn rouse(&self) {
        let _guard = self.lock.lock().unwrap();
        self.queue.notify_one();
    }
}

struct Bed {
    bell: Bell,
    futex: Futex,
    /// What the monitor is to see: under the engine's lock, and without one.
    work: Mutex<u32>,
    bare: AtomicU32,
}

fn bed() -> Arc<Bed> {
    Arc::new(Bed {
        bell: Bell(AtomicU32::new(AWAKE)),
        futex: Futex::default(),
        work: Mutex::new(0),
        bare: AtomicU32::new(0),
    })
}

impl Bed {
    fn sleep(&self) {
        self.bell.sleep(|word| self.futex.wait(word));
    }

    fn wake(&self) {
        self.bell.wake(|_| self.futex.rouse());
    }
}

/// Two change the state, as `engine::with` does; the monitor gets to see both, for it
/// sleeps without a limit until it does.
pub fn no_wake_up_is_lost() {
    let bed = bed();
    let wakers: Vec<_> = (0..2)
        .map(|_| {
            let bed = bed.clone();
            thread::spawn(move || {
                *bed.work.lock().unwrap() += 1;
                bed.wake();
            })
        })
        .collect();
    while *bed.work.lock().unwrap() < 2 {
        bed.sleep();
    }
    wakers.into_iter().for_each(|waker| waker.join().unwrap());
}

pub fn a_wake_carries_what_came_before() {
    let bed = bed();
    let waker = {
        let bed = bed.clone();
        thread::spawn(move || {
            bed.bare.store(1, Ordering::Relaxed);
            bed.wake();
        })
    };
    bed.sleep();
    assert_eq!(bed.bare.load(Ordering::Relaxed), 1);
    waker.join().unwrap();
}
