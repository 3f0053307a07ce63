//! The rules of one watchdog: when it is due, when its callback runs again, what a
//! pause, a feed or a stop of the process change.
//!
//! A *missed feed* is a feed word after which more than the timeout has passed. From
//! the first run of the callback on, the watchdog is in an *episode*, which the next
//! feed ends.

use super::feed::MARGIN;
use super::stall::Stop;
use super::time::{Time, Times};

/// How often in a row stops of the process excuse one missed feed. Without a limit, a
/// program that is stopped again and again would never be found hanging.
pub const MAX_EXCUSES: u8 = 16;

/// What a watchdog is judged by.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The time, read before the word.
    pub now: Time,
    /// The feed word.
    pub word: u64,
    /// The latest stop of the process.
    pub stop: Stop,
}

/// What the monitor has to do with a watchdog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Run the callback now.
    Run,
    /// Look again at this time, which is later than now, or never.
    At(Time),
}

/// A watchdog's times and what happened since its last feed.
#[derive(Debug)]
pub struct Watch {
    times: Times,
    /// In an episode: the feed that was missed. Else 0.
    missed: u64,
    /// In an episode: when its last run began. Else: when the last stop that excuses
    /// the current feed ended, or zero.
    since: Time,
    pauses: u32,
    excuses: u8,
}

/// A pause could not be counted, or there was none to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPause;

impl Watch {
    /// Just fed, not paused.
    pub fn new(times: Times) -> Watch {
        Watch { times, missed: 0, since: Time::ZERO, pauses: 0, excuses: 0 }
    }

    /// Its times.
    pub fn times(&self) -> Times {
        self.times
    }

    /// Changes its times, measured from the last feed and the last run.
    pub fn set_times(&mut self, times: Times) {
        self.times = times;
    }

    /// Forgets the episode and the excuses: the caller writes a new feed word.
    pub fn restart(&mut self) {
        self.missed = 0;
        self.since = Time::ZERO;
        self.excuses = 0;
    }

    /// One pause more.
    pub fn pause(&mut self) -> Result<(), BadPause> {
        self.pauses = self.pauses.checked_add(1).ok_or(BadPause)?;
        Ok(())
    }

    /// One pause less. True when it was the last: the caller feeds.
    pub fn resume(&mut self) -> Result<bool, BadPause> {
        self.pauses = self.pauses.checked_sub(1).ok_or(BadPause)?;
        Ok(self.pauses == 0)
    }

    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        self.pauses > 0
    }

    /// Whether more than the timeout has passed since the last feed. `monitored`: a
    /// stop of the process excuses it.
    pub fn is_expired(&mut self, view: View, monitored: bool) -> bool {
        if self.is_paused() {
            return false;
        }
        self.notice_feed(view.word);
        if monitored {
            self.excuse(view);
        }
        view.now > self.deadline(view.word)
    }

    /// What to do with a monitored watchdog now.
    pub fn look(&mut self, view: View) -> Look {
        if self.is_paused() {
            return Look::At(Time::NEVER);
        }
        let due = if self.is_expired(view, true) { view.now } else { self.due(view.word) };
        let run_at = due.max(self.repeat_at().unwrap_or(Time::ZERO));
        if run_at <= view.now {
            return Look::Run;
        }
        // Whatever is fed from now on can be missed this long from now, not before.
        let unseen_feed = view.now.after(self.times.timeout()).after(MARGIN + 1);
        Look::At(run_at.min(unseen_feed))
    }

    /// The monitor's run of the callback begins.
    pub fn ran(&mut self, view: View) {
        self.missed = view.word;
        self.since = view.now;
        self.excuses = 0;
    }

    /// In an episode: the earliest time at which the callback may run again.
    fn repeat_at(&self) -> Option<Time> {
        if self.missed == 0 {
            None
        } else if self.times.interval_ms() == 0 {
            Some(Time::NEVER)
        } else {
            Some(self.since.after(self.times.interval()))
        }
    }

    /// The first moment at which the timeout has passed.
    pub fn due(&self, word: u64) -> Time {
        self.deadline(word).after(1)
    }

    /// The last moment at which the timeout has not passed.
    fn deadline(&self, word: u64) -> Time {
        let excused = if self.missed == 0 { self.since } else { Time::ZERO };
        Time(word).max(excused).after(self.times.timeout()).after(MARGIN)
    }

    /// A feed since the last look ends the episode and makes the excuses void.
    fn notice_feed(&mut self, word: u64) {
        if (self.missed != 0 && self.missed != word) || (self.missed == 0 && word >= self.since.0) {
            self.restart();
        }
    }

    /// A stop of the process gives a fresh timeout to what was not due when it began.
    fn excuse(&mut self, View { word, stop, .. }: View) {
        let unexcused_until = self.deadline(word);
        let is_news = stop.until > Time(word).max(self.since);
        if self.missed == 0 && is_news && stop.from <= unexcused_until && self.excuses < MAX_EXCUSES {
            self.since = stop.until;
            self.excuses += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;

    fn watch(timeout_ms: u64, interval_ms: u64) -> Watch {
        Watch::new(Times::new(timeout_ms, interval_ms).unwrap())
    }

    fn view(now: u64, word: u64) -> View {
        View { now: Time(now), word, stop: Stop::NONE }
    }

    /// What a monitor that is always punctual does between two feeds: the times at
    /// which it runs the callback.
    fn runs(watch: &mut Watch, word: u64, from: u64, until: u64, stop: Stop) -> Vec<u64> {
        let (mut now, mut runs) = (Time(from), Vec::new());
        while now < Time(until) {
            let view = View { now, word, stop };
            match watch.look(view) {
                Look::Run => {
                    runs.push(now.0);
                    watch.ran(view);
                }
                Look::At(at) => {
                    assert!(at > now, "a look that never ends");
                    now = at;
                }
            }
        }
        runs
    }

    #[test]
    fn it_runs_when_strictly_more_than_the_timeout_has_passed() {
        let due = 100 * MS + MARGIN + 10;
        assert_eq!(watch(100, 0).look(view(due, 10)), Look::At(Time(due + 1)));
        assert_eq!(watch(100, 0).look(view(due + 1, 10)), Look::Run);
        assert!(!watch(100, 0).is_expired(view(due, 10), false));
        assert!(watch(100, 0).is_expired(view(due + 1, 10), false));
    }

    #[test]
    fn it_repeats_an_interval_after_the_last_run_began() {
        let first = 100 * MS + MARGIN + 11;
        let runs = runs(&mut watch(100, 30), 10, 10, 200 * MS, Stop::NONE);
        assert_eq!(runs, [first, first + 30 * MS, first + 60 * MS, first + 90 * MS]);
    }

    #[test]
    fn an_interval_of_zero_runs_once_per_missed_feed() {
        let mut watch = watch(100, 0);
        assert_eq!(runs(&mut watch, 10, 10, 10_000 * MS, Stop::NONE).len(), 1);
        let fed = 10_050 * MS;
        assert_eq!(
            runs(&mut watch, fed, 10_060 * MS, 20_000 * MS, Stop::NONE),
            [fed + 100 * MS + MARGIN + 1]
        );
    }

    #[test]
    fn a_feed_during_a_long_interval_is_missed_after_its_own_timeout() {
        let mut watch = watch(100, 20_000);
        let first = runs(&mut watch, 10, 10, 200 * MS, Stop::NONE);
        assert_eq!(first.len(), 1);
        let fed = 150 * MS;
        assert_eq!(runs(&mut watch, fed, 200 * MS, 400 * MS, Stop::NONE), [fed + 100 * MS + MARGIN + 1]);
    }

    #[test]
    fn times_that_make_it_not_yet_due_stop_the_repeats() {
        let mut watch = watch(100, 10);
        assert_eq!(runs(&mut watch, 10, 10, 125 * MS, Stop::NONE).len(), 3);
        watch.set_times(Times::new(1000, 10).unwrap());
        let later = runs(&mut watch, 10, 125 * MS, 1015 * MS, Stop::NONE);
        assert_eq!(later[0], 1000 * MS + MARGIN + 11);
        assert_eq!(later.len(), 2);
    }

    #[test]
    fn while_paused_nothing_expires_and_pauses_count() {
        let mut watch = watch(1, 1);
        watch.pause().unwrap();
        watch.pause().unwrap();
        assert_eq!(watch.look(view(1_000 * MS, 1)), Look::At(Time::NEVER));
        assert!(!watch.is_expired(view(1_000 * MS, 1), false));
        assert_eq!(watch.resume(), Ok(false));
        assert_eq!(watch.resume(), Ok(true));
        assert_eq!(watch.resume(), Err(BadPause));
        assert_eq!(watch.look(view(1_000 * MS, 1)), Look::Run);
    }

    #[test]
    fn a_stop_gives_a_fresh_timeout_to_what_was_not_due_when_it_began() {
        let stop = Stop { from: Time(90 * MS), until: Time(900 * MS) };
        let mut watch = watch(100, 0);
        assert_eq!(runs(&mut watch, 10, 900 * MS, 5_000 * MS, stop), [1000 * MS + MARGIN + 1]);
        let late = Stop { from: Time(200 * MS), until: Time(900 * MS) };
        assert_eq!(self::watch(100, 0).look(View { now: Time(900 * MS), word: 10, stop: late }), Look::Run);
    }

    #[test]
    fn a_stop_does_not_excuse_an_unmonitored_check() {
        let stop = Stop { from: Time(90 * MS), until: Time(900 * MS) };
        let view = View { now: Time(900 * MS), word: 10, stop };
        assert!(watch(100, 0).is_expired(view, false));
        assert!(!watch(100, 0).is_expired(view, true));
    }

    #[test]
    fn an_episode_goes_on_through_a_stop() {
        let mut watch = watch(100, 50);
        assert_eq!(runs(&mut watch, 10, 10, 120 * MS, Stop::NONE).len(), 1);
        let stop = Stop { from: Time(130 * MS), until: Time(400 * MS) };
        assert_eq!(watch.look(View { now: Time(400 * MS), word: 10, stop }), Look::Run);
    }

    #[test]
    fn a_program_that_is_stopped_again_and_again_is_found_hanging_all_the_same() {
        let (mut watch, mut now) = (watch(100, 0), 10);
        for stops in 0.. {
            let stop = Stop { from: Time(now), until: Time(now + 90 * MS) };
            now = stop.until.0 + MS;
            if watch.look(View { now: Time(now), word: 10, stop }) == Look::Run {
                assert!(stops >= u32::from(MAX_EXCUSES));
                return;
            }
            assert!(stops < 2 * u32::from(MAX_EXCUSES));
        }
    }

    #[test]
    fn a_feed_makes_the_excuses_void() {
        let (mut watch, mut now, mut word) = (watch(100, 0), 10, 10);
        for _ in 0..10 * u32::from(MAX_EXCUSES) {
            let stop = Stop { from: Time(now), until: Time(now + 900 * MS) };
            now = stop.until.0 + MS;
            assert_ne!(watch.look(View { now: Time(now), word, stop }), Look::Run);
            word = now;
        }
    }

    #[test]
    fn hundred_year_timeouts_and_the_ends_of_time_do_not_wrap() {
        let mut watch =
            Watch::new(Times::new(super::super::time::MAX_MS, super::super::time::MAX_MS).unwrap());
        assert_eq!(watch.look(view(u64::MAX - 1, 1)), Look::At(Time::NEVER));
        let mut watch = self::watch(100, 100);
        assert_eq!(watch.look(view(0, u64::MAX - 5)), Look::At(Time(100 * MS + MARGIN + 1)));
    }

    proptest! {
        /// Whatever is fed and whenever the monitor looks besides: the first run comes
        /// at the first moment at which the timeout has passed, never before and not
        /// later, and the repeats an interval apart.
        #[test]
        fn every_missed_feed_is_found_at_its_moment(
            timeout in 1u64..50, interval in 0u64..80,
            gaps in prop::collection::vec((1u64..200 * MS, any::<bool>()), 1..30),
        ) {
            let mut watch = watch(timeout, interval);
            let (mut word, mut now) = (10, 10);
            let mut filed = Time(now);
            for (gap, peek) in gaps {
                let until = now + gap;
                // The monitor comes when it had planned to, not when the feed moved.
                let mut found = runs(&mut watch, word, filed.0.max(now), until, Stop::NONE);
                if peek {
                    watch.is_expired(view(until - 1, word), true);
                }
                let due = word + timeout * MS + MARGIN + 1;
                let expected: Vec<u64> = (0..)
                    .map(|nth| due + nth * interval * MS)
                    .take(if interval == 0 { 1 } else { usize::MAX })
                    .take_while(|&at| at < until)
                    .collect();
                found.dedup();
                prop_assert_eq!(found, expected);
                filed = match watch.look(view(until - 1, word)) {
                    Look::At(at) => at,
                    Look::Run => Time(until),
                };
                now = until;
                word = until;
            }
        }
    }
}
