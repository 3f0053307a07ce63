//! A queue of events: bounded, and it tells what was lost. And what takers that wait find:
//! an event, or a wake that was left for them.

/// How many queues there can be at once.
pub const MOST: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 6;

/// The most events that one can hold.
pub const MAX_CAPACITY: u32 = 65536;

// ---- Handles ---------------------------------------------------------------------------

/// The lowest bits of a queue's handle: even, and so never a watchdog's; and no pointer to
/// an object.
const SHAPE: usize = 0b10;
const SHAPE_BITS: u32 = 2;

/// The slot that a handle names, if it has the shape of a queue's at all.
pub fn slot(handle: usize) -> Option<usize> {
    if handle & ((1 << SHAPE_BITS) - 1) == SHAPE {
        Some((handle >> SHAPE_BITS) & (MOST - 1))
    } else {
        None
    }
}

/// The first handle of a slot. Neighbours start far apart.
pub fn first_handle(slot: usize) -> usize {
    const BITS: u32 = usize::BITS - SLOT_BITS - SHAPE_BITS;
    let hash = (slot as u64 + 65).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((hash >> (64 - BITS)) as usize * STEP) | (slot << SHAPE_BITS) | SHAPE
}

/// The handle after `handle` in the same slot. They come again after 2^56 uses of the slot,
/// on 32-bit platforms after 16 million.
pub fn next_handle(handle: usize) -> usize {
    handle.wrapping_add(STEP)
}

const STEP: usize = 1 << (SLOT_BITS + SHAPE_BITS);

// ---- Events ----------------------------------------------------------------------------

/// An expiry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Whose.
    pub watchdog: usize,
    /// What the program calls it.
    pub tag: u64,
    /// For how long it was unfed, in milliseconds.
    pub unfed_ms: u64,
    /// How many events were lost directly before this one.
    pub lost: u64,
}

/// What a taker finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The oldest event, which is taken.
    Event(Event),
    /// A wake, which is used up.
    Wake,
    /// Neither.
    Nothing,
}

/// A queue. When it is full, new events are lost, for the oldest tell how a hang began.
#[derive(Debug)]
pub struct Queue {
    /// Grows to the capacity, in memory that is there already, and then is a ring.
    events: Vec<Event>,
    capacity: usize,
    first: usize,
    length: usize,
    /// Since the last event that was put in.
    lost_since: u64,
    lost: u64,
    /// Takers that wait.
    waiting: u32,
    /// Wakes that are left: for those that wait, or one for the next.
    wakes: u32,
}

impl Queue {
    /// Empty; in `memory`, which is empty too and has room for so many events.
    pub fn new(memory: Vec<Event>, capacity: u32) -> Queue {
        let capacity = capacity as usize;
        debug_assert!(memory.is_empty() && memory.capacity() >= capacity);
        Queue { events: memory, capacity, first: 0, length: 0, lost_since: 0, lost: 0, waiting: 0, wakes: 0 }
    }

    /// Puts an event in, or counts it as lost. True: a taker is to be called.
    pub fn put(&mut self, event: Event) -> bool {
        if self.length == self.capacity {
            self.lost += 1;
            self.lost_since += 1;
            return false;
        }
        let event = Event { lost: std::mem::take(&mut self.lost_since), ..event };
        let place = (self.first + self.length) % self.capacity;
        match self.events.get_mut(place) {
            Some(old) => *old = event,
            None => self.events.push(event),
        }
        self.length += 1;
        self.waiting > 0
    }

    /// Takes the oldest event. No wake concerns a taker that would not wait.
    pub fn poll(&mut self) -> Option<Event> {
        if self.length == 0 {
            return None;
        }
        let event = self.events[self.first];
        self.first = (self.first + 1) % self.capacity;
        self.length -= 1;
        Some(event)
    }

    /// What there is for a taker that is ready to wait. Those that wait already come first:
    /// it has no part in the wakes that are left for them.
    pub fn arrive(&mut self) -> Found {
        match self.poll() {
            Some(event) => Found::Event(event),
            None if self.wakes > self.waiting => self.use_wake(),
            None => Found::Nothing,
        }
    }

    /// What there is for a taker that waits.
    pub fn look(&mut self) -> Found {
        match self.poll() {
            Some(event) => Found::Event(event),
            None if self.wakes > 0 => self.use_wake(),
            None => Found::Nothing,
        }
    }

    fn use_wake(&mut self) -> Found {
        self.wakes -= 1;
        Found::Wake
    }

    /// A taker begins to wait.
    pub fn begin_wait(&mut self) {
        self.waiting += 1;
    }

    /// A taker waits no longer. True: another is to be called, for whom a wake is left that
    /// this one was called for and did not need.
    pub fn end_wait(&mut self) -> bool {
        self.waiting -= 1;
        self.wakes = self.wakes.min(self.waiting.max(1));
        self.wakes > 0 && self.waiting > 0
    }

    /// Leaves a wake. True: a taker is to be called.
    pub fn wake(&mut self) -> bool {
        self.wakes = (self.wakes + 1).min(self.waiting.max(1));
        self.waiting > 0
    }

    /// How many events were lost.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// In a child process, where nobody waits.
    pub fn forget_takers(&mut self) {
        self.waiting = 0;
        self.wakes = self.wakes.min(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::handle;
    use super::*;
    use proptest::prelude::*;
    use std::collections::{HashSet, VecDeque};

    fn queue(capacity: u32) -> Queue {
        Queue::new(Vec::with_capacity(capacity as usize), capacity)
    }

    fn event(tag: u64) -> Event {
        Event { tag, ..Event::default() }
    }

    #[test]
    fn no_handle_is_issued_twice_and_none_is_a_watchdogs() {
        let mut seen = HashSet::new();
        for index in 0..MOST {
            let mut handle = first_handle(index);
            for _ in 0..500 {
                assert_eq!(slot(handle), Some(index));
                assert_eq!(handle::index(handle), None);
                assert!(seen.insert(handle));
                handle = next_handle(handle);
            }
        }
        assert!(!seen.contains(&0));
    }

    #[test]
    fn a_watchdogs_handle_is_no_queue() {
        for index in 0..1000 {
            assert_eq!(slot(handle::first(index)), None);
        }
    }

    #[test]
    fn what_was_lost_stands_in_the_next_event() {
        let mut queue = queue(2);
        for tag in 1..=5 {
            queue.put(event(tag));
        }
        assert_eq!(queue.poll(), Some(event(1)));
        queue.put(event(6));
        queue.put(event(7));
        assert_eq!(queue.poll(), Some(event(2)));
        assert_eq!(queue.poll(), Some(Event { lost: 3, ..event(6) }));
        assert_eq!(queue.poll(), None);
        queue.put(event(8));
        assert_eq!(queue.poll(), Some(Event { lost: 1, ..event(8) }));
        assert_eq!(queue.lost(), 4);
    }

    #[test]
    fn a_wake_before_the_wait_is_one_however_often() {
        let mut queue = queue(1);
        assert!(!queue.wake());
        assert!(!queue.wake());
        assert_eq!(queue.poll(), None);
        assert_eq!(queue.arrive(), Found::Wake);
        assert_eq!(queue.arrive(), Found::Nothing);
    }

    #[test]
    fn each_wake_ends_one_wait_and_a_newcomer_has_no_part_in_it() {
        let mut queue = queue(1);
        queue.begin_wait();
        queue.begin_wait();
        assert!(queue.wake());
        assert_eq!(queue.arrive(), Found::Nothing);
        assert!(queue.wake());
        assert_eq!(queue.look(), Found::Wake);
        assert!(queue.end_wait());
        assert_eq!(queue.look(), Found::Wake);
        assert!(!queue.end_wait());
        assert_eq!(queue.arrive(), Found::Nothing);
    }

    #[test]
    fn a_wake_that_was_not_needed_goes_to_who_waits_too() {
        let mut queue = queue(1);
        queue.begin_wait();
        assert!(queue.wake());
        assert!(queue.put(event(1)));
        queue.begin_wait();
        assert_eq!(queue.look(), Found::Event(event(1)));
        assert!(queue.end_wait());
        assert_eq!(queue.look(), Found::Wake);
    }

    proptest! {
        #[test]
        fn it_is_a_bounded_queue(capacity in 1u32..8, steps in proptest::collection::vec(any::<bool>(), 0..200)) {
            let mut queue = queue(capacity);
            let memory = queue.events.capacity();
            let mut model = VecDeque::new();
            let (mut tag, mut lost, mut lost_since) = (0, 0, 0);
            for puts in steps {
                if !puts {
                    prop_assert_eq!(queue.poll(), model.pop_front());
                    continue;
                }
                tag += 1;
                queue.put(event(tag));
                if model.len() < capacity as usize {
                    model.push_back(Event { lost: lost_since, ..event(tag) });
                    lost_since = 0;
                } else {
                    lost += 1;
                    lost_since += 1;
                }
            }
            prop_assert_eq!(queue.lost(), lost);
            prop_assert_eq!(queue.events.capacity(), memory);
        }
    }
}
