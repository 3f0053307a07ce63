//! The feed word against the change of a slot's owner: `src/engine/fed.rs`.
//!
//! Notices, among others: the load of the word in `Fed::feed` made relaxed (the feed sees
//! the next owner's word with the last owner's handle, and stores); the compare-exchange
//! of `restart` made relaxed (the same from the other side); the handle withdrawn after
//! the restart; a store in the place of the feed's compare-exchange.

use crate::core::feed::FRESH;
use crate::core::handle;
use crate::core::time::Time;
use crate::engine::fed::{restart, Fed};
use crate::platform::clock::{self, LATEST};
use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use loom::sync::Arc;
use loom::thread::{self, JoinHandle};

/// A step that every feed has to store.
const STEP: u64 = 10 * FRESH;

/// A slot whose owner was fed one step after the origin.
fn slot() -> (Arc<Fed>, usize) {
    let first = handle::first(0);
    let fed =
        Fed { handle: AtomicUsize::new(first), word: AtomicU64::new(STEP), stamp: AtomicU64::new(STEP) };
    (Arc::new(fed), first)
}

fn feed_at(fed: &Arc<Fed>, handle: usize, now: u64) -> JoinHandle<bool> {
    let fed = fed.clone();
    thread::spawn(move || {
        clock::set(now);
        feed(&fed, handle)
    })
}

/// As the library does it.
fn feed(fed: &Fed, handle: usize) -> bool {
    let stamp = clock::stamp();
    fed.is_fresh(handle, stamp) || fed.feed(handle, stamp.count)
}

/// The word of the next owner is its own, whatever its predecessor's feeder does.
pub fn a_stale_feed_never_feeds_the_next_owner() {
    let (fed, first) = slot();
    let feeder = feed_at(&fed, first, LATEST);
    // Free, then new: what `Slots` does under the lock, on one thread.
    fed.withdraw();
    assert!(fed.prepare());
    let second = fed.prepared();
    assert_ne!(first, second);
    // In the very instant of the last feed: all the same the word is another one.
    fed.begin(second, Time(STEP));
    let began = fed.last_feed(second).expect("it is the owner").0;
    assert!(began == STEP + 1 || began == LATEST + 1, "began at {}", began);
    feeder.join().unwrap();
    assert_eq!(fed.word.load(Ordering::Relaxed), began, "fed by its predecessor's feeder");
    assert!(!feed(&fed, first));
}

/// Feeds with clocks that disagree: the word ends no earlier than the latest of them, less
/// what is left unwritten.
pub fn none_moves_the_last_feed_back() {
    let (fed, owner) = slot();
    let (one, other) = (feed_at(&fed, owner, LATEST), feed_at(&fed, owner, 2 * STEP));
    let seen = fed.last_feed(owner).unwrap().0;
    let later = fed.last_feed(owner).unwrap().0;
    assert!(later >= seen, "from {} back to {}", seen, later);
    assert!(one.join().unwrap() && other.join().unwrap());
    assert_eq!(fed.last_feed(owner), Some(Time(LATEST)));
}

/// A start or a resume feeds, too; a feed that is held up meanwhile changes nothing.
pub fn a_feed_does_not_undo_a_restart() {
    let (fed, owner) = slot();
    let feeder = feed_at(&fed, owner, 2 * STEP);
    restart(&fed.word, Time(LATEST));
    feeder.join().unwrap();
    assert_eq!(fed.last_feed(owner), Some(Time(LATEST)));
}

/// Who finds a watchdog fed a moment ago, and therefore writes nothing, can rely on it: whoever
/// hears of that feed finds the word. Also when the slot changes its owner meanwhile.
pub fn who_writes_nothing_was_fed() {
    let (fed, first) = slot();
    let feeder = feed_at(&fed, first, 2 * STEP);
    let told = Arc::new(AtomicU64::new(0));
    let other = {
        let (fed, told) = (fed.clone(), told.clone());
        thread::spawn(move || {
            clock::set(2 * STEP + FRESH - 1);
            if fed.is_fresh(first, clock::stamp()) {
                told.store(1, Ordering::Release);
            }
        })
    };
    if told.load(Ordering::Acquire) == 1 {
        assert!(fed.word.load(Ordering::Relaxed) >= 2 * STEP);
    }
    feeder.join().unwrap();
    other.join().unwrap();
    fed.withdraw();
    assert!(fed.prepare());
    let second = fed.prepared();
    fed.begin(second, Time(STEP));
    // Its predecessor's stamp is no promise that its own word does not keep.
    clock::set(2 * STEP + FRESH - 1);
    assert!(!fed.is_fresh(first, clock::stamp()));
    assert!(!fed.is_fresh(second, clock::stamp()) || fed.word.load(Ordering::Relaxed) >= 2 * STEP);
}
