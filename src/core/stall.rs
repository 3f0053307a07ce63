//! Telling a stopped process from a hung one.
//!
//! While a process is stopped, nobody can feed, and the time that passes is nobody's
//! fault. The monitor judges by what it saw itself: its sleep was disturbed although
//! nothing disturbs it but a stop; or the machine slept meanwhile; or it overslept by far
//! more than a busy machine makes a thread wait. A listener may know of a stop of which
//! the monitor saw nothing but that it overslept a little: then it waits for the other.

use super::time::Time;

/// Oversleeping by this much, in nanoseconds, is a stop that left no other trace, such
/// as a virtual machine that was paused.
pub const OVERSLEPT: u64 = 500_000_000;

/// Oversleeping by less, in nanoseconds, is any machine's everyday life.
const SUSPICIOUS: u64 = 2_000_000;

/// So long, in nanoseconds, is the listener waited for at most.
const PATIENCE: u64 = 20_000_000;

/// One sleep of the monitor as it saw it.
#[derive(Clone, Copy, Debug)]
pub struct Sleep {
    /// The last moment at which it was certainly awake.
    pub from: Time,
    /// When it wanted to wake.
    pub until: Time,
    /// When it woke.
    pub woke: Time,
    /// Whether it was disturbed for no reason of the library's own.
    pub disturbed: bool,
    /// Whether the machine slept meanwhile.
    pub suspended: bool,
}

/// A stop of the whole process: what was not due when it began gets a fresh timeout
/// from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// No later than the beginning.
    pub from: Time,
    /// The end.
    pub until: Time,
}

impl Stop {
    /// Before the first one.
    pub const NONE: Stop = Stop { from: Time::ZERO, until: Time::ZERO };
}

/// The stop that a sleep shows, if it shows one.
pub fn judge(sleep: Sleep) -> Option<Stop> {
    if sleep.disturbed || sleep.suspended || sleep.woke.since(sleep.until) > OVERSLEPT {
        Some(Stop { from: sleep.from, until: sleep.woke })
    } else {
        None
    }
}

/// How long to wait for the listener, which may be about to say that there was a stop: as
/// long as the monitor overslept, within bounds. 0: there is no reason to.
pub fn patience(sleep: Sleep) -> u64 {
    let overslept = sleep.woke.since(sleep.until);
    if judge(sleep).is_some() || overslept < SUSPICIOUS {
        0
    } else {
        overslept.min(PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDINARY: Sleep = Sleep {
        from: Time(1_000),
        until: Time(2_000),
        woke: Time(2_100),
        disturbed: false,
        suspended: false,
    };

    #[test]
    fn an_ordinary_sleep_is_no_stop_even_on_a_busy_machine() {
        assert_eq!(judge(ORDINARY), None);
        assert_eq!(judge(Sleep { woke: Time(2_000 + OVERSLEPT), ..ORDINARY }), None);
    }

    #[test]
    fn an_interruption_a_suspend_and_a_long_oversleep_are_stops() {
        let stop = |woke| Some(Stop { from: Time(1_000), until: Time(woke) });
        assert_eq!(judge(Sleep { disturbed: true, ..ORDINARY }), stop(2_100));
        assert_eq!(judge(Sleep { suspended: true, ..ORDINARY }), stop(2_100));
        let woke = Time(2_001 + OVERSLEPT);
        assert_eq!(judge(Sleep { woke, ..ORDINARY }), stop(woke.0));
    }
    #[test]
    fn the_listener_is_waited_for_as_long_as_the_monitor_overslept_within_bounds() {
        let overslept = |nanos| patience(Sleep { woke: Time(2_000 + nanos), ..ORDINARY });
        assert_eq!(overslept(SUSPICIOUS - 1), 0);
        assert_eq!(overslept(SUSPICIOUS), SUSPICIOUS);
        assert_eq!(overslept(3 * PATIENCE), PATIENCE);
        assert_eq!(overslept(OVERSLEPT + 1), 0);
        assert_eq!(patience(Sleep { disturbed: true, woke: Time(3_000_000), ..ORDINARY }), 0);
    }
}
