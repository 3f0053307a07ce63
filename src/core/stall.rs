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
    use super::super::feed::MARGIN;
    use super::super::time::Times;
    use super::super::watch::{Look, View, Watch};
    use super::*;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;

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

    /// One watchdog, and a monitor that sleeps as it is told.
    struct Monitor {
        watch: Watch,
        word: u64,
        stop: Stop,
        from: Time,
        until: Time,
        runs: Vec<u64>,
    }

    impl Monitor {
        /// Fed at `word`, and about to sleep for the first time.
        fn new(timeout_ms: u64, word: u64) -> Monitor {
            let watch = Watch::new(Times::new(timeout_ms, 0).unwrap());
            let (now, runs) = (Time(word), Vec::new());
            let mut monitor = Monitor { watch, word, stop: Stop::NONE, from: now, until: now, runs };
            monitor.wake(now, false, false);
            monitor
        }

        /// Judges its sleep, looks, runs the callback if it has to, and sleeps again.
        fn wake(&mut self, woke: Time, disturbed: bool, suspended: bool) {
            let sleep = Sleep { from: self.from, until: self.until, woke, disturbed, suspended };
            self.stop = judge(sleep).unwrap_or(self.stop);
            let view = View { now: woke, word: self.word, stop: self.stop };
            if self.watch.look(view) == Look::Run {
                self.runs.push(woke.0);
                self.watch.ran(view);
            }
            match self.watch.look(view) {
                Look::At(at) => (self.from, self.until) = (woke, at),
                Look::Run => panic!("it ran a moment ago"),
            }
        }

        /// Sleeps and wakes in time, until then.
        fn go_on(&mut self, until: Time) {
            while self.until <= until {
                self.wake(self.until, false, false);
            }
        }
    }

    proptest! {
        /// The clock jumps while the monitor sleeps, at any point of its sleep, its first and
        /// last moment too, and however far. Monitor and feeder wake in any order, the feeder
        /// as late as a timeout later; and each thing that can show a suspend does so alone.
        #[test]
        fn a_suspend_at_any_point_of_a_sleep_is_no_hang_and_hides_none(
            origin in prop_oneof![Just(1u64), 1u64..1 << 40, Just(u64::MAX - (1 << 57))],
            timeout in 1u64..2_000,
            feeds in 0u64..5,
            point in prop_oneof![Just(0u64), Just(1), Just(1000), Just(999), 0u64..=1000],
            jump in prop_oneof![0u64..5 * MS, 0u64..3_000 * MS, Just(36_000_000 * MS)],
            monitor_late in prop_oneof![Just(0u64), 0u64..2 * MS],
            feeder_late in prop_oneof![Just(0u64), Just(1000), 0u64..=1000],
            evidence in 0u8..3,
        ) {
            let quarter = timeout * MS / 4;
            let mut monitor = Monitor::new(timeout, origin);
            for _ in 0..feeds {
                let next = Time(monitor.word + quarter);
                monitor.go_on(next);
                monitor.word = next.0;
            }
            // The feeder sleeps from its feed on, too; the jump begins before it wakes.
            let begins = monitor.from.max(Time(monitor.word));
            let room = monitor.until.min(Time(monitor.word + quarter)).since(begins);
            let began = begins.after((u128::from(room) * u128::from(point) / 1000) as u64);
            let mut ended = began.after(jump);
            if evidence == 2 {
                ended = ended.max(monitor.until.after(OVERSLEPT + 1));
            }
            let woke = ended.after(monitor_late).max(monitor.until.min(ended));
            let fed = ended.after(feeder_late * timeout * MS / 1000);
            let monitor_first = woke <= fed;
            if monitor_first {
                monitor.wake(woke, evidence == 0, evidence == 1);
                monitor.go_on(fed.before(1));
            }
            monitor.word = fed.0;
            if !monitor_first {
                monitor.wake(woke, evidence == 0, evidence == 1);
            }
            for _ in 0..5 {
                let next = Time(monitor.word + quarter);
                monitor.go_on(next);
                monitor.word = next.0;
            }
            prop_assert_eq!(&monitor.runs, &[]);
            // And whoever hangs from now on, or hung as it woke, is found at the moment; a monitor
            // that is later than all these feeds takes that for part of the suspend.
            let due = monitor.word.max(monitor.stop.until.0) + timeout * MS + MARGIN + 1;
            monitor.go_on(Time(due).after(10 * timeout * MS));
            prop_assert_eq!(monitor.runs, [due]);
        }

        /// Nobody feeds, and the process is stopped again and again, as wickedly as can be: of
        /// the time in which it was not stopped, at most seventeen timeouts pass.
        #[test]
        fn a_hang_is_found_within_seventeen_timeouts_of_the_time_not_stopped(
            timeout in 1u64..500,
            stops in prop::collection::vec((0u64..=1000, 1u64..2_000 * MS), 0..60),
        ) {
            let mut monitor = Monitor::new(timeout, 1);
            let mut stopped = 0;
            for (point, length) in stops {
                let sleep = monitor.until.since(monitor.from);
                let began = monitor.from.after((u128::from(sleep) * u128::from(point) / 1000) as u64);
                stopped += length;
                monitor.wake(began.after(length), true, false);
                if !monitor.runs.is_empty() {
                    break;
                }
            }
            monitor.go_on(Time(monitor.until.0.saturating_add(2 * timeout * MS)).min(Time(1 << 60)));
            let found = monitor.runs.first().expect("a hang is found");
            prop_assert!(found - 1 - stopped <= 17 * (timeout * MS + MARGIN + 1));
        }
    }
}
