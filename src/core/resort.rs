//! The last resort: when a watchdog's own callback is stuck, or it is still unfed long
//! after it has expired, the process is ended. This decides when.

use super::feed::MARGIN;
use super::time::{nanos, Time};
use super::watch::{View, MAX_EXCUSES};

/// When a process is past help. Times are in milliseconds; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The callback has run for so long and the watchdog is unfed.
    pub callback_ms: u64,
    /// It has not been fed for so long.
    pub unfed_ms: u64,
}

/// Which limit has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The callback's.
    Callback,
    /// That of feeding.
    Unfed,
}

/// What a monitored watchdog that is not paused is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The time, the last feed, the last stop of the process.
    pub view: View,
    /// The first moment at which the timeout has passed.
    pub due: Time,
    /// When the callback that runs now began.
    pub run_began: Option<Time>,
}

/// The judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sentence {
    /// End it.
    Act(Reason),
    /// Judge again then.
    At(Time),
}

/// The limits, and what happened since the last feed.
#[derive(Clone, Copy, Debug)]
pub struct Resort {
    limits: Limits,
    word: u64,
    excused: Time,
    excuses: u8,
}

impl Resort {
    /// Nothing has happened yet.
    pub fn new(limits: Limits) -> Resort {
        Resort { limits, word: 0, excused: Time::ZERO, excuses: 0 }
    }

    /// Judges a case.
    pub fn judge(&mut self, Case { view, due, run_began }: Case) -> Sentence {
        if self.word != view.word {
            *self = Resort { word: view.word, ..Resort::new(self.limits) };
        }
        let is_news = view.stop.until > self.excused.max(Time(view.word));
        if is_news && self.excuses < MAX_EXCUSES {
            self.excused = view.stop.until;
            self.excuses += 1;
        }
        let limit = |ms, from: Time| {
            if ms == 0 {
                Time::NEVER
            } else {
                from.max(self.excused).after(nanos(ms)).after(MARGIN + 1)
            }
        };
        let unfed_at = limit(self.limits.unfed_ms, Time(view.word)).max(due);
        let callback_at =
            run_began.map_or(Time::NEVER, |began| limit(self.limits.callback_ms, began).max(due));
        if callback_at <= view.now {
            Sentence::Act(Reason::Callback)
        } else if unfed_at <= view.now {
            Sentence::Act(Reason::Unfed)
        } else {
            // Only a limit of the callback that has not begun is left out: its begin tells.
            Sentence::At(callback_at.min(unfed_at))
        }
    }

    /// All limits count from `now` on, until the next feed.
    pub fn excuse(&mut self, now: Time) {
        self.excused = self.excused.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::super::stall::Stop;
    use super::*;

    const MS: u64 = 1_000_000;

    fn case(now_ms: u64, run_began_ms: Option<u64>) -> Case {
        let view = View { now: Time(now_ms * MS), word: MS, stop: Stop::NONE };
        let run_began = run_began_ms.map(|ms| Time(ms * MS));
        Case { view, due: Time(101 * MS), run_began }
    }

    fn resort(callback_ms: u64, unfed_ms: u64) -> Resort {
        Resort::new(Limits { callback_ms, unfed_ms })
    }

    #[test]
    fn a_callback_that_overstays_is_the_end_and_not_before() {
        let at = Time(110 * MS + 50 * MS + MARGIN + 1);
        assert_eq!(resort(50, 0).judge(case(160, Some(110))), Sentence::At(at));
        assert_eq!(resort(50, 0).judge(case(161, Some(110))), Sentence::Act(Reason::Callback));
        assert_eq!(resort(50, 0).judge(case(9_999, None)), Sentence::At(Time::NEVER));
        assert_eq!(resort(0, 0).judge(case(9_999, Some(110))), Sentence::At(Time::NEVER));
    }

    #[test]
    fn whoever_is_unfed_for_too_long_is_past_help() {
        assert!(matches!(resort(0, 500).judge(case(501, None)), Sentence::At(_)));
        assert_eq!(resort(0, 500).judge(case(502, None)), Sentence::Act(Reason::Unfed));
        assert_eq!(resort(9_000, 500).judge(case(502, Some(110))), Sentence::Act(Reason::Unfed));
    }

    #[test]
    fn a_feed_is_a_sign_of_life_though_the_callback_is_stuck() {
        let mut fed = case(500, Some(110));
        fed.view.word = 490 * MS;
        fed.due = Time(590 * MS);
        assert_eq!(resort(50, 0).judge(fed), Sentence::At(Time(590 * MS)));
        fed.view.now = Time(591 * MS);
        assert_eq!(resort(50, 0).judge(fed), Sentence::Act(Reason::Callback));
    }

    #[test]
    fn a_stop_of_the_process_gives_time_but_not_for_ever() {
        let mut resort = resort(50, 300);
        let mut now = 350;
        for stops in 0.. {
            let mut stopped = case(now, Some(110));
            stopped.view.stop = Stop { from: Time((now - 40) * MS), until: Time(now * MS) };
            match resort.judge(stopped) {
                Sentence::Act(_) => return assert!(stops >= u32::from(MAX_EXCUSES)),
                Sentence::At(at) => assert!(at > Time((now + 50) * MS)),
            }
            assert!(stops < 2 * u32::from(MAX_EXCUSES));
            now += 60;
        }
    }
}
