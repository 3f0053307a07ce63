//! Reading the clock from a counter: a feed must not cost a clock read.
//!
//! An *anchor* ties a count of the processor's counter to the exact clock, with the
//! rate between the two. It is trusted for a tenth of a millisecond and then renewed, so
//! that neither the clock's steering, which changes its speed by a tenth at most, nor a counter
//! that jumps (a suspend, a move to another machine) can put an estimate off by more than
//! [`super::feed::CLOCK_ERROR`]: outside its time an anchor gives no estimate and the exact
//! clock is read.

use super::feed::FRESH;
use super::time::Time;

/// How long an anchor is trusted, in nanoseconds.
const TRUSTED: u64 = 100_000;

/// Two rates that differ by more than one part in this many show that the counter or
/// the clock was disturbed between the anchors.
const AGREEMENT: u64 = 1000;

/// A moment by the counter, and how long a feed word of then stays fresh: one reading of both,
/// for what says how long may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The count. Of no meaning where nothing stays fresh.
    pub count: u64,
    /// [`Anchor::fresh`], in ticks. 0: the counter is not to be trusted.
    pub fresh: u64,
}

impl Stamp {
    /// Where there is no counter to trust.
    pub const NONE: Stamp = Stamp { count: 0, fresh: 0 };

    /// Whether a word that was written at this count is still fresh.
    #[inline]
    pub fn is_fresh_after(self, count: u64) -> bool {
        self.count.wrapping_sub(count) < self.fresh
    }
}

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The counter at the anchor.
    pub ticks: u64,
    /// The clock at the anchor.
    pub time: Time,
    /// Nanoseconds per tick, times 2^32. 0: not known yet.
    pub rate: u64,
    /// For how many ticks the anchor is trusted.
    pub trusted: u64,
}

impl Anchor {
    /// Gives no estimate.
    pub const NONE: Anchor = Anchor { ticks: 0, time: Time::ZERO, rate: 0, trusted: 0 };

    /// The time at a count, if the anchor can tell.
    #[inline]
    pub fn time_at(self, ticks: u64) -> Option<Time> {
        let passed = ticks.wrapping_sub(self.ticks);
        if passed < self.trusted {
            Some(Time(self.time.0.wrapping_add(passed.wrapping_mul(self.rate) >> 32)))
        } else {
            None
        }
    }

    /// In how many ticks so little time passes that a feed word stays [`FRESH`]. 0: the anchor
    /// cannot tell.
    pub fn fresh(self) -> u64 {
        self.trusted * FRESH / TRUSTED
    }

    /// Whether the clock, read within `width` ticks from `ticks` on, gives a rate that is sharp
    /// enough to be compared: else one slow reading would make two that do not agree.
    pub fn can_be_renewed(self, ticks: u64, width: u64) -> bool {
        width <= ticks.wrapping_sub(self.ticks) / AGREEMENT
    }

    /// The anchor to use after this one, given the counter and the clock at one moment.
    /// It is trusted once two successive rates agree.
    pub fn renewed(self, ticks: u64, time: Time) -> Anchor {
        let untrusted = Anchor { ticks, time, rate: 0, trusted: 0 };
        let (passed, elapsed) = (ticks.wrapping_sub(self.ticks), time.since(self.time));
        if self == Anchor::NONE {
            return untrusted;
        }
        if elapsed < TRUSTED {
            return self; // too short a distance to measure a rate, or somebody was quicker
        }
        if ticks <= self.ticks {
            return untrusted;
        }
        let rate = (u128::from(elapsed) << 32) / u128::from(passed);
        let rate = match u64::try_from(rate) {
            Ok(rate) if rate > 0 => rate,
            _ => return untrusted,
        };
        let agrees = self.rate.abs_diff(rate) <= self.rate / AGREEMENT;
        let trusted = if agrees { (u128::from(TRUSTED) << 32) / u128::from(rate) } else { 0 };
        Anchor { ticks, time, rate, trusted: trusted as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::feed::CLOCK_ERROR;
    use super::*;
    use proptest::prelude::*;

    /// A counter of `khz` whose clock is steered by `ppm`.
    fn count(khz: u64, ppm: i64, nanos: u64) -> u64 {
        let rate = i128::from(khz) * i128::from(1_000_000 + ppm);
        (i128::from(nanos) * rate / 1_000_000 / 1_000_000) as u64
    }

    proptest! {
        #[test]
        fn an_estimate_is_right_or_not_given(
            khz in 10_000u64..6_000_000,
            start in 0u64..1 << 50,
            renewals in prop::collection::vec(
                (1u64..5_000_000, prop_oneof![-500i64..500, Just(-45_000), Just(45_000)], 0u64..300_000), 3..40),
        ) {
            let (mut ticks, mut now) = (start, Time(1_000_000_000));
            let mut anchor = Anchor::NONE;
            for (gap, ppm, later) in renewals {
                ticks += count(khz, ppm, gap);
                now = now.after(gap);
                anchor = anchor.renewed(ticks, now);
                if let Some(estimate) = anchor.time_at(ticks + count(khz, ppm, later)) {
                    let (truth, age) = (now.after(later), now.since(anchor.time) + later);
                    prop_assert!(age <= TRUSTED + TRUSTED / 8);
                    prop_assert!(estimate.0.abs_diff(truth.0) <= CLOCK_ERROR, "{} ns off", estimate.0.abs_diff(truth.0));
                }
            }
        }

        #[test]
        fn a_counter_that_jumps_is_not_believed(jump in 1u64..u64::MAX / 2, back: bool) {
            let mut anchor = Anchor::NONE;
            let (ticks, now) = (1u64 << 62, Time(1 << 40));
            for step in 0..4u64 {
                anchor = anchor.renewed(ticks + step * 6_000_000, now.after(step * 2_000_000));
            }
            prop_assert!(anchor.trusted > 0);
            let at = anchor.ticks;
            let jumped = if back { at.wrapping_sub(jump) } else { at.wrapping_add(310_000 + jump) };
            prop_assert_eq!(anchor.time_at(jumped), None);
        }
    }

    #[test]
    fn an_anchor_is_trusted_only_after_two_rates_agree() {
        let first = Anchor::NONE.renewed(1_000, Time(1_000));
        assert_eq!(first.time_at(1_000), None);
        let second = first.renewed(3_001_000, Time(1_001_000));
        assert_eq!(second.time_at(3_001_000), None);
        let third = second.renewed(6_001_000, Time(2_001_000));
        assert_eq!(third.time_at(6_004_000), Some(Time(2_001_999)));
        let disturbed = third.renewed(19_001_000, Time(4_001_000));
        assert_eq!(disturbed.time_at(19_001_000), None);
        // So does what is fresh: so many ns of 3 ticks each.
        assert_eq!([first, second, third, disturbed].map(Anchor::fresh), [0, 0, 3 * FRESH, 0]);
    }

    /// Two have read counter and clock, and the later renews first; or its core's counter is
    /// behind.
    #[test]
    fn whoever_is_late_with_a_renewal_takes_no_trust_away() {
        let anchor = (0..3).fold(Anchor::NONE, |anchor, step| {
            anchor.renewed(6_000_000 * (step + 1), Time(2_000_000 * (step + 1)))
        });
        assert!(anchor.trusted > 0);
        assert_eq!(anchor.renewed(anchor.ticks - 90, Time(anchor.time.0 - 30)), anchor);
        assert_eq!(anchor.renewed(anchor.ticks - 900, anchor.time.after(200)), anchor);
        assert_eq!(anchor.renewed(anchor.ticks - 900, anchor.time.after(TRUSTED)).trusted, 0);
    }

    #[test]
    fn nothing_is_fresh_without_a_counter_or_in_the_future() {
        assert!(!Stamp::NONE.is_fresh_after(Stamp::NONE.count));
        let stamp = Stamp { count: 10_000, fresh: 3_000 };
        assert!(stamp.is_fresh_after(10_000) && stamp.is_fresh_after(7_001));
        assert!(!stamp.is_fresh_after(7_000) && !stamp.is_fresh_after(10_001));
    }

    #[test]
    fn a_slow_reading_renews_only_after_so_long_that_it_does_not_matter() {
        let anchor = Anchor { ticks: 6_001_000, time: Time(2_001_000), rate: 1 << 32, trusted: 300_000 };
        assert!(anchor.can_be_renewed(6_301_000, 300));
        assert!(!anchor.can_be_renewed(6_301_000, 301));
        assert!(anchor.can_be_renewed(7_001_000, 1000));
        // Whatever a counter that was set back says is another rate.
        assert!(anchor.can_be_renewed(1_000, 1000));
        assert!(Anchor::NONE.can_be_renewed(1_000_000, 1000));
    }
}
