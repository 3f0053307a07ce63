//! The order of deadlines: a hierarchical timing wheel in which every step takes the
//! same time for one watchdog and for a million.
//!
//! A level has 256 buckets; those of the lowest are 2^20 ns (about a millisecond)
//! wide, those of each further level 256 times as wide. A record lies in the lowest
//! level in which its time is less than a turn away. Each bucket knows the earliest
//! time in it, exactly: that is when it falls due *as a whole*. Its records are then
//! taken out one by one, and whoever takes one decides again when to look at it; so a
//! record whose watchdog has been fed leaves without ever having had its own wake-up,
//! and one that has not moves to a finer bucket and keeps its exact time.
//!
//! Times in the wheel are never later than the true ones, so they may be stale (a
//! removed record leaves its bucket's earliest time behind): that costs a look.

use super::lists::{Links, Lists};
use super::time::Time;

const LEVELS: usize = 6;
const BUCKETS: usize = 256;
const LOWEST_SHIFT: u32 = 20;
const LEVEL_SHIFT: u32 = 8;

/// How many lists a wheel needs: one a bucket, and one to empty a bucket from.
const LISTS: usize = LEVELS * BUCKETS + 1;

/// The lists of the wheel's owner come after the wheel's own.
pub const OWN_LISTS: usize = LISTS;

/// See the module.
#[derive(Debug)]
pub struct Wheel<const N: usize> {
    /// The wheel's lists and, from [`OWN_LISTS`] on, its owner's.
    pub lists: Lists<N>,
    /// Nothing in the wheel is earlier.
    cursor: Time,
    earliest: [Time; LEVELS * BUCKETS],
    occupied: [[u64; BUCKETS / 64]; LEVELS],
    /// Which list holds a bucket's records. A bucket that falls due hands its list to
    /// `due` and takes the empty one, so that no record has to be told.
    list_of: [u16; LEVELS * BUCKETS],
    due: u16,
}

impl<const N: usize> Wheel<N> {
    /// An empty wheel.
    pub const fn new() -> Self {
        let mut list_of = [0; LEVELS * BUCKETS];
        let mut bucket = 0;
        while bucket < LEVELS * BUCKETS {
            list_of[bucket] = bucket as u16;
            bucket += 1;
        }
        Wheel {
            lists: Lists::new(),
            cursor: Time::ZERO,
            earliest: [Time::NEVER; LEVELS * BUCKETS],
            occupied: [[0; BUCKETS / 64]; LEVELS],
            list_of,
            due: (LEVELS * BUCKETS) as u16,
        }
    }

    /// Forgets all records, of the owner's lists too. Their links are the caller's matter.
    pub fn clear(&mut self) {
        self.lists = Lists::new();
        self.cursor = Time::ZERO;
        self.earliest = [Time::NEVER; LEVELS * BUCKETS];
        self.occupied = [[0; BUCKETS / 64]; LEVELS];
    }

    /// Files a record that is in no list under a time. [`Time::NEVER`] is not filed.
    pub fn insert(&mut self, links: &mut impl Links, id: u32, at: Time) {
        if at == Time::NEVER {
            return;
        }
        let bucket = self.bucket(at.max(self.cursor));
        self.occupied[bucket / BUCKETS][bucket % BUCKETS / 64] |= 1 << (bucket % 64);
        self.earliest[bucket] = self.earliest[bucket].min(at);
        self.lists.push(links, usize::from(self.list_of[bucket]), id);
    }

    /// The earliest time at which something may be due.
    pub fn next(&mut self) -> Time {
        if !self.lists.is_empty(usize::from(self.due)) {
            return self.cursor;
        }
        self.first_bucket().map_or(Time::NEVER, |bucket| self.earliest[bucket])
    }

    /// Takes out a record that has to be looked at when it is `now`; it may not be due
    /// yet. None when every record that is left is later than `now`.
    pub fn pop(&mut self, links: &mut impl Links, now: Time) -> Option<u32> {
        loop {
            if let Some(id) = self.lists.pop(links, usize::from(self.due)) {
                return Some(id);
            }
            match self.first_bucket() {
                Some(bucket) if self.earliest[bucket] <= now => {
                    self.cursor = self.cursor.max(self.earliest[bucket]);
                    self.forget(bucket);
                    std::mem::swap(&mut self.list_of[bucket], &mut self.due);
                }
                _ => {
                    self.cursor = self.cursor.max(now);
                    return None;
                }
            }
        }
    }

    /// The bucket with the earliest time, after forgetting those that have emptied.
    fn first_bucket(&mut self) -> Option<usize> {
        let mut first: Option<usize> = None;
        for level in 0..LEVELS {
            while let Some(bucket) = self.first_occupied(level) {
                if !self.lists.is_empty(usize::from(self.list_of[bucket])) {
                    if first.map_or(true, |other| self.earliest[bucket] < self.earliest[other]) {
                        first = Some(bucket);
                    }
                    break;
                }
                self.forget(bucket);
            }
        }
        first
    }

    fn forget(&mut self, bucket: usize) {
        self.occupied[bucket / BUCKETS][bucket % BUCKETS / 64] &= !(1 << (bucket % 64));
        self.earliest[bucket] = Time::NEVER;
    }

    /// The first occupied bucket of a level, in the order of time: from the cursor's
    /// bucket once around.
    fn first_occupied(&self, level: usize) -> Option<usize> {
        let words = &self.occupied[level];
        let start = number(self.cursor, level) as usize % BUCKETS;
        let (word, bit) = (start / 64, start % 64);
        let ahead = words[word] & (u64::MAX << bit);
        let behind = words[word] & !(u64::MAX << bit);
        let in_turn =
            (1..words.len()).map(|step| (word + step) % words.len()).map(|word| (word, words[word]));
        std::iter::once((word, ahead))
            .chain(in_turn)
            .chain(std::iter::once((word, behind)))
            .find(|&(_, bits)| bits != 0)
            .map(|(word, bits)| level * BUCKETS + word * 64 + bits.trailing_zeros() as usize)
    }

    /// The bucket of a time that is not before the cursor.
    fn bucket(&self, at: Time) -> usize {
        let level = (0..LEVELS)
            .find(|&level| number(at, level) - number(self.cursor, level) < BUCKETS as u64)
            .expect("the highest level spans all time");
        level * BUCKETS + number(at, level) as usize % BUCKETS
    }
}

/// Which bucket of a level a time falls into, counted from the beginning of time.
fn number(at: Time, level: usize) -> u64 {
    at.0 >> (LOWEST_SHIFT + LEVEL_SHIFT * level as u32)
}

#[cfg(test)]
mod tests {
    use super::super::lists::Link;
    use super::*;
    use proptest::prelude::*;

    const RECORDS: u32 = 40;

    /// The wheel beside a plain list of times; `drain` looks at everything that falls
    /// due, as the monitor does, and files what is not due again.
    struct Both {
        wheel: Wheel<{ OWN_LISTS }>,
        links: Vec<Link>,
        times: Vec<Option<Time>>,
        looks: usize,
    }

    impl Both {
        fn new() -> Both {
            Both {
                wheel: Wheel::new(),
                links: vec![Link::FREE; RECORDS as usize],
                times: vec![None; RECORDS as usize],
                looks: 0,
            }
        }

        fn file(&mut self, id: u32, at: Option<Time>) {
            self.wheel.lists.remove(&mut self.links, id);
            if let Some(at) = at {
                self.wheel.insert(&mut self.links, id, at);
            }
            self.times[id as usize] = at;
        }

        fn drain(&mut self, now: Time) -> Vec<u32> {
            let mut due = Vec::new();
            while let Some(id) = self.wheel.pop(&mut self.links, now) {
                self.looks += 1;
                let at = self.times[id as usize].expect("a removed record came out");
                if at <= now {
                    due.push(id);
                    self.times[id as usize] = None;
                } else {
                    self.wheel.insert(&mut self.links, id, at);
                }
            }
            due.sort_unstable();
            due
        }

        fn expected(&self, now: Time) -> Vec<u32> {
            (0..RECORDS).filter(|&id| self.times[id as usize].map_or(false, |at| at <= now)).collect()
        }
    }

    fn any_distance() -> impl Strategy<Value = u64> {
        (0u32..63, any::<u64>()).prop_map(|(bits, random)| random & ((1 << bits) - 1))
    }

    proptest! {
        #[test]
        fn everything_comes_out_when_it_is_due_and_nothing_before(
            origin in prop_oneof![Just(0u64), Just(1 << 40), Just(u64::MAX - (1 << 45))],
            steps in prop::collection::vec((0..RECORDS, any_distance(), any_distance(), 0u8..4), 1..200),
        ) {
            let mut both = Both::new();
            let mut now = Time(origin);
            both.drain(now);
            for (id, distance, passes, what) in steps {
                match what {
                    0 => both.file(id, None),
                    1 => {
                        now = now.after(passes);
                        let expected = both.expected(now);
                        prop_assert_eq!(both.drain(now), expected);
                    }
                    _ => both.file(id, Some(now.after(distance)).filter(|&at| at != Time::NEVER)),
                }
                let earliest = both.times.iter().flatten().min().copied().unwrap_or(Time::NEVER);
                prop_assert!(both.wheel.next() <= earliest, "the wheel would oversleep");
            }
        }
    }

    #[test]
    fn a_lone_deadline_is_the_next_wake_up_to_the_nanosecond() {
        let mut both = Both::new();
        both.drain(Time(123_456_789));
        both.file(3, Some(Time(60_123_456_789)));
        assert_eq!(both.wheel.next(), Time(60_123_456_789));
        assert!(both.drain(Time(60_123_456_788)).is_empty());
        assert_eq!(both.drain(Time(60_123_456_789)), [3]);
        assert_eq!(both.looks, 1);
        assert_eq!(both.wheel.next(), Time::NEVER);
    }

    #[test]
    fn deadlines_of_one_bucket_keep_their_exact_order() {
        let mut both = Both::new();
        for id in 0..RECORDS {
            both.file(id, Some(Time(70_000_000_000 + u64::from(id) * 1000)));
        }
        for id in 0..RECORDS {
            let at = Time(70_000_000_000 + u64::from(id) * 1000);
            assert_eq!(both.wheel.next(), at);
            assert_eq!(both.drain(at), [id]);
        }
    }

    #[test]
    fn a_record_can_leave_while_its_bucket_is_being_emptied() {
        let mut both = Both::new();
        for id in 0..3 {
            both.file(id, Some(Time(5)));
        }
        assert_eq!(both.wheel.pop(&mut both.links, Time(5)), Some(0));
        both.file(1, None);
        assert_eq!(both.wheel.next(), Time(5));
        assert_eq!(both.wheel.pop(&mut both.links, Time(5)), Some(2));
        assert_eq!(both.wheel.pop(&mut both.links, Time(5)), None);
    }
}
