//! What a feed does to the feed word: the one value that a feed writes.
//!
//! The word holds the time of the last feed in nanoseconds. Feeders race each other
//! and the monitor without a lock, so each rule is one decision on the word that was
//! read, to be carried out by one compare-exchange on that word.

use super::time::Time;

/// A word younger than this is left as it is: a feed right after another need not
/// write, and two threads that feed one watchdog do not fight over its cache line.
pub const FRESH: u64 = 8_000;

/// How far the cheap clock of a feed may be off the monitor's, in nanoseconds: see
/// [`super::ticks`].
pub const CLOCK_ERROR: u64 = 12_000;

/// What every deadline carries so that no callback is ever early: the last feed may
/// be later than its word says by this much.
pub const MARGIN: u64 = FRESH + CLOCK_ERROR;

/// What to do with a feed word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It says enough already.
    Leave,
    /// Put this value in its place, if it is still the one that was read.
    Store(u64),
    /// It is later than this thread's clock: either another feed has overtaken this
    /// one, or a clock went back. The exact clock must tell: [`step_exactly`].
    Ask,
}

/// The feed at `now` found `word`.
#[inline]
pub fn step(word: u64, now: Time) -> Step {
    match now.0.checked_sub(word) {
        Some(age) if age < FRESH => Step::Leave,
        Some(_) => Step::Store(now.0),
        None => Step::Ask,
    }
}

/// The word was later than a feeder's clock, and the exact clock, read after the
/// word, says `now`. A later feed is left alone; an old word is renewed, for then the
/// feeder's counter was behind; one that nobody can have written yet is overwritten, not
/// waited for. Never [`Step::Ask`].
pub fn step_exactly(word: u64, now: Time) -> Step {
    match step(word, now) {
        Step::Ask if word <= now.after(CLOCK_ERROR).0 => Step::Leave,
        Step::Ask => Step::Store(now.0),
        step => step,
    }
}

/// The word that a start, a resume or a new owner of the slot writes at `now`: always
/// another one than before, so that it ends every episode and defeats every feed that
/// still holds the old one.
pub fn restart(word: u64, now: Time) -> u64 {
    now.0.max(word.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_feed_never_moves_the_last_feed_back(word in 0u64..1 << 40, now in 0u64..1 << 40) {
            match step(word, Time(now)) {
                Step::Store(new) => prop_assert!(new > word),
                Step::Leave => prop_assert!(now >= word && now - word < FRESH),
                Step::Ask => prop_assert!(word > now),
            }
        }

        #[test]
        fn a_word_says_at_most_the_margin_less_than_the_last_feed(gaps in prop::collection::vec(0u64..10_000, 1..200)) {
            let (mut word, mut now) = (0, 1_000_000);
            for gap in gaps {
                now += gap;
                if let Step::Store(new) = step(word, Time(now)) {
                    word = new;
                }
                prop_assert!(word + MARGIN >= now);
            }
        }

        #[test]
        fn a_restart_always_changes_the_word(word in 0u64..u64::MAX - 1, now: u64) {
            prop_assert!(restart(word, Time(now)) > word);
        }
    }

    #[test]
    fn a_later_feed_is_left_alone_and_a_word_from_the_future_is_overwritten() {
        assert_eq!(step(500, Time(400)), Step::Ask);
        assert_eq!(step_exactly(500, Time(500)), Step::Leave);
        assert_eq!(step_exactly(500 + CLOCK_ERROR, Time(500)), Step::Leave);
        assert_eq!(step_exactly(501 + CLOCK_ERROR, Time(500)), Step::Store(500));
    }

    #[test]
    fn a_feed_counts_on_a_processor_whose_counter_is_behind() {
        assert_eq!(step(500, Time(400)), Step::Ask);
        assert_eq!(step_exactly(500, Time(500 + FRESH - 1)), Step::Leave);
        assert_eq!(step_exactly(500, Time(500 + FRESH)), Step::Store(500 + FRESH));
    }
}
