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
use crate::platform::clock;
use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use loom::sync::Arc;
use loom::thread::{self, JoinHandle};

/// A step that every feed has to store.
const STEP: u64 = 10 * FRESH;

/// A slot whose owner was fed one step after the origin.
fn slot() -> (Arc<Fed>, usize) {
    let first = handle::first(0);
    (Arc::new(Fed { handle: AtomicUsize::new(first), word: AtomicU64::new(STEP) }), first)
}

fn feed_at(fed: &Arc<Fed>, handle: usize, now: u64) -> JoinHandle<bool> {
    let fed = fed.clone();
    thread::spawn(move || {
        clock::set(now);
        fed.feed(handle)
    })
}

/// The word of the next owner is its own, whatever its predecessor's feeder does.
pub fn a_stale_feed_never_feeds_the_next_owner() {
    let (fed, first) = slot();
    let feeder = feed_at(&fed, first, 9 * STEP);
    // Free, then new: what `Slots` does under the lock, on one thread.
    fed.withdraw();
    assert!(fed.prepare());
    let second = fed.prepared();
    assert_ne!(first, second);
    // In the very instant of the last feed: all the same the word is another one.
    fed.begin(second, Time(STEP));
    let began = fed.last_feed(second).expect("it is the owner").0;
    assert!(began == STEP + 1 || began == 9 * STEP + 1, "began at {}", began);
    feeder.join().unwrap();
    assert_eq!(fed.word.load(Ordering::Relaxed), began, "fed by its predecessor's feeder");
    assert!(!fed.feed(first));
}

/// Feeds with clocks that disagree: the word ends no earlier than the latest of them, less
/// what is left unwritten.
pub fn none_moves_the_last_feed_back() {
    let (fed, owner) = slot();
    let (one, other) = (feed_at(&fed, owner, 3 * STEP), feed_at(&fed, owner, 2 * STEP));
    let seen = fed.last_feed(owner).unwrap().0;
    let later = fed.last_feed(owner).unwrap().0;
    assert!(later >= seen, "from {} back to {}", seen, later);
    assert!(one.join().unwrap() && other.join().unwrap());
    assert_eq!(fed.last_feed(owner), Some(Time(3 * STEP)));
}

/// A start or a resume feeds, too; a feed that is held up meanwhile changes nothing.
pub fn a_feed_does_not_undo_a_restart() {
    let (fed, owner) = slot();
    let feeder = feed_at(&fed, owner, 2 * STEP);
    restart(&fed.word, Time(4 * STEP));
    feeder.join().unwrap();
    assert_eq!(fed.last_feed(owner), Some(Time(4 * STEP)));
}
