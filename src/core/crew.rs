//! How many workers run callbacks: when to wake another one, when to start one.
//!
//! One worker that takes one callback after another is the quickest way through many
//! short ones; but who waits behind a callback that overstays must not wait for its end.
//! So one worker is woken for new work, and more only when the work that is ready does
//! not get done: when no worker has taken any for a while, or few for that while.
//!
//! Workers that have run callbacks can be *retired*: they leave, and fresh ones take their
//! places. A *round* lasts from one retirement to the next.

use super::time::Time;

/// A callback that has run for so long, in nanoseconds, holds up the work behind it.
pub const OVERSTAY: u64 = 500_000;

/// A callback is handed to a worker so long, in nanoseconds, before it is due: what it takes
/// to wake a worker. The worker sleeps the rest of it.
pub const LEAD: u64 = 80_000;

/// When the operating system has refused a thread, it is asked again after so long.
const RETRY: u64 = 10_000_000;

/// So many callbacks done in [`OVERSTAY`] are short ones: a second worker would only be
/// in the way.
const QUICK: u32 = 25;

/// How many workers are started, at most, before they are needed: a thread that is
/// refused later keeps no callback from running before so many are stuck at once. It is
/// also how many stay when they are idle.
pub const RESERVE: u32 = 10;

/// At most so many are added at a time.
const STEP: u32 = 64;

/// The workers.
#[derive(Debug)]
pub struct Crew {
    workers: u32,
    /// Waiting for work, and not called for it yet.
    idle: u32,
    /// Called, and not awake yet.
    called: u32,
    /// Ordered, and neither started nor refused yet.
    ordered: u32,
    /// Callbacks ever taken; when the latest was, and whether it runs still.
    taken: u32,
    taken_at: Time,
    latest_runs: bool,
    /// When to look after work that does not get done, and what was taken by then.
    check_at: Time,
    seen: u32,
    step: u32,
    /// Counts the retirements.
    round: u32,
    /// How many have run a callback, and how many run one now.
    used: u32,
    busy: u32,
    /// Retired, no longer counted above, and not gone yet; and how many of them still run a
    /// callback.
    leaving: u32,
    leaving_busy: u32,
}

/// What a worker has behind it: the round of its first callback, after that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past(Option<u32>);

/// A callback that a worker has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Which of all.
    number: u32,
    round: u32,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orders {
    /// Wake so many that are idle.
    pub wake: u32,
    /// And so many that were called before and have not come: Wine has lost a wake-up, and
    /// who waits for that waits for ever.
    pub again: u32,
    /// Start so many.
    pub start: u32,
    /// Ask again then.
    pub check_at: Time,
}

impl Crew {
    /// Nobody yet.
    pub const fn new() -> Crew {
        Crew {
            workers: 0,
            idle: 0,
            called: 0,
            ordered: 0,
            taken: 0,
            taken_at: Time::ZERO,
            latest_runs: false,
            check_at: Time::NEVER,
            seen: 0,
            step: 1,
            round: 0,
            used: 0,
            busy: 0,
            leaving: 0,
            leaving_busy: 0,
        }
    }

    /// How many there are.
    pub fn workers(&self) -> u32 {
        self.workers
    }

    /// How many are ordered and not there yet.
    pub fn ordered(&self) -> u32 {
        self.ordered
    }

    /// One was started.
    pub fn started(&mut self) {
        self.workers += 1;
        self.ordered = self.ordered.saturating_sub(1);
    }

    /// The operating system refused to start one that was ordered: all orders are void, and
    /// made again later.
    pub fn refused(&mut self, now: Time) {
        self.ordered = 0;
        self.check_at = now.after(RETRY);
    }

    /// One has taken a callback, for [`Crew::ended`].
    pub fn took(&mut self, now: Time) -> Taken {
        self.taken = self.taken.wrapping_add(1);
        self.taken_at = now;
        self.latest_runs = true;
        self.busy += 1;
        Taken { number: self.taken, round: self.round }
    }

    /// A callback that was taken has ended. In the child of a fork it may be the parent's.
    pub fn ended(&mut self, which: Taken) {
        self.latest_runs &= which.number != self.taken;
        let busy = if which.round == self.round { &mut self.busy } else { &mut self.leaving_busy };
        *busy = busy.saturating_sub(1);
    }

    /// Whether a worker is at it that is likely to come for more in a moment.
    fn works_on(&self, now: Time) -> bool {
        self.latest_runs && now.since(self.taken_at) <= OVERSTAY
    }

    /// The worker with this past is about to run a callback.
    pub fn enlist(&mut self, past: &mut Past) {
        if past.0.is_none() {
            past.0 = Some(self.round);
            self.used += 1;
        }
    }

    /// One with this past has nothing to do. False: it is not needed any more and has to end.
    pub fn rest(&mut self, past: Past) -> bool {
        let stays = self.idle < RESERVE;
        if stays {
            self.idle += 1;
        } else {
            self.workers -= 1;
            self.used -= u32::from(past.0.is_some());
        }
        stays
    }

    // ---- Retirement ----------------------------------------------------------------

    /// How many have never run a callback.
    pub fn fresh(&self) -> u32 {
        self.workers - self.used
    }

    /// All who have run a callback are to leave. Those that rest, of either kind, do so no
    /// longer: they have to be called, and to look anew.
    pub fn retire(&mut self) {
        self.round = self.round.wrapping_add(1);
        self.workers -= self.used;
        self.leaving += self.used;
        self.leaving_busy += self.busy;
        self.used = 0;
        self.busy = 0;
        self.idle = 0;
        self.called = 0;
    }

    /// The round: who rests looks anew when it changes.
    pub fn round(&self) -> u32 {
        self.round
    }

    /// Whether a worker with this past has to leave.
    pub fn is_retired(&self, past: Past) -> bool {
        past.0.map_or(false, |round| round != self.round)
    }

    /// One that was retired has left.
    pub fn left(&mut self) {
        self.leaving = self.leaving.saturating_sub(1);
    }

    /// Whether all have left that were retired, but for those that still run a callback.
    pub fn all_left(&self) -> bool {
        self.leaving <= self.leaving_busy
    }

    /// How many were called and have not come yet.
    #[cfg(test)]
    pub fn called(&self) -> u32 {
        self.called
    }

    /// One that rests asks whether it was called.
    pub fn answer(&mut self) -> bool {
        let called = self.called > 0;
        if called {
            self.called -= 1;
        }
        called
    }

    /// What to do when `ready` callbacks wait for a worker and `monitored` watchdogs may
    /// have one.
    pub fn orders(&mut self, now: Time, ready: u32, monitored: u32) -> Orders {
        let mut orders = Orders { wake: 0, again: 0, start: 0, check_at: Time::NEVER };
        let before = self.called;
        // One that is ordered may never come: it counts only where nobody is idle.
        let coming = if self.idle > 0 { self.called } else { self.called + self.ordered };
        let lacks_spare = self.idle + coming == 0 && self.workers < monitored;
        if ready == 0 && !lacks_spare {
            self.check_at = Time::NEVER;
            self.step = 1;
            return orders;
        }
        let checked = now >= self.check_at;
        let is_slow = checked && self.taken.wrapping_sub(self.seen) < QUICK;
        // After a refusal nobody is started before it is time to ask again.
        let may_hire = self.idle > 0 || checked || self.check_at == Time::NEVER;
        let waits_for_nobody = ready > 0 && coming == 0 && !self.works_on(now);
        if is_slow && ready > coming {
            self.hire(self.step.min(ready - coming), &mut orders);
            self.step = (self.step * 2).min(STEP);
        } else if (waits_for_nobody && may_hire) || (is_slow && lacks_spare) {
            self.hire(1, &mut orders);
        } else if checked {
            self.step = 1;
        }
        if is_slow {
            orders.again = before;
        }
        if checked || self.check_at == Time::NEVER {
            self.check_at = now.after(OVERSTAY);
            self.seen = self.taken;
        }
        orders.check_at = self.check_at;
        orders
    }

    fn hire(&mut self, count: u32, orders: &mut Orders) {
        orders.wake = count.min(self.idle);
        orders.start = count - orders.wake;
        self.idle -= orders.wake;
        self.called += orders.wake;
        self.ordered += orders.start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: u64 = 1_000;
    const MS: u64 = 1_000_000;

    /// So many workers, all at rest, at a time long after the last callback.
    fn crew(workers: u32) -> (Crew, Time) {
        let mut crew = Crew::new();
        for _ in 0..workers {
            crew.started();
            assert!(crew.rest(Past::default()));
        }
        (crew, Time(1_000_000_000))
    }

    /// Those that are called come, take a callback each, and do not return.
    fn come_and_stick(crew: &mut Crew, orders: Orders, now: Time) -> u32 {
        for _ in 0..orders.start {
            crew.started();
        }
        for _ in 0..orders.wake {
            assert!(crew.answer());
        }
        for _ in 0..orders.wake + orders.start {
            crew.took(now);
        }
        orders.wake + orders.start
    }

    #[test]
    fn whoever_has_run_a_callback_can_be_retired_and_the_others_stay() {
        let (mut crew, now) = crew(3);
        let (mut old, mut running) = (Past::default(), Past::default());
        crew.enlist(&mut old);
        crew.enlist(&mut running);
        let first = crew.took(now);
        crew.ended(first);
        let second = crew.took(now);
        assert_eq!((crew.workers(), crew.fresh()), (3, 1));
        crew.retire();
        assert_eq!((crew.workers(), crew.fresh()), (1, 1));
        assert!(crew.is_retired(old) && crew.is_retired(running) && !crew.is_retired(Past::default()));
        assert!(!crew.all_left());
        crew.left();
        assert!(crew.all_left());
        crew.ended(second);
        assert!(!crew.all_left());
        crew.left();
        assert!(crew.all_left());
        // Its place is free, and whoever comes is of the new round.
        assert!(crew.rest(Past::default()));
        assert_eq!(crew.orders(now, 1, 1).wake, 1);
        crew.enlist(&mut old);
        let mut new = Past::default();
        crew.enlist(&mut new);
        assert!(crew.is_retired(old) && !crew.is_retired(new));
    }

    #[test]
    fn nothing_to_do_is_no_reason_to_wake() {
        let (mut crew, now) = crew(3);
        assert_eq!(crew.orders(now, 0, 100), Orders { wake: 0, again: 0, start: 0, check_at: Time::NEVER });
    }

    #[test]
    fn one_worker_is_woken_for_any_number_of_callbacks() {
        let (mut crew, now) = crew(3);
        assert_eq!(crew.orders(now, 1000, 1000).wake, 1);
        assert_eq!(crew.orders(now.after(US), 2000, 1000).wake, 0);
        assert!(crew.answer());
        for step in 1..2000 {
            let now = now.after(step * US);
            let which = crew.took(now.before(US));
            crew.ended(which);
            crew.took(now);
            let orders = crew.orders(now, 2000 - step as u32, 1000);
            assert_eq!((orders.wake, orders.start), (0, 0), "after {} callbacks", step);
        }
    }

    #[test]
    fn whoever_waits_behind_a_stuck_callback_gets_another_worker_soon() {
        let (mut crew, mut now) = crew(2);
        let mut ready = 64;
        let mut checks = 0;
        while ready > 0 {
            let orders = crew.orders(now, ready, 64);
            ready -= come_and_stick(&mut crew, orders, now);
            now = now.after(OVERSTAY);
            checks += 1;
        }
        assert!(checks <= 9, "{} rounds", checks);
    }

    #[test]
    fn callbacks_that_are_merely_slow_get_more_workers_too() {
        let (mut crew, mut now) = crew(4);
        assert_eq!(crew.orders(now, 1000, 1000).wake, 1);
        assert!(crew.answer());
        let mut woken = 0;
        for _ in 0..3 {
            crew.took(now);
            now = now.after(300 * US);
            woken += crew.orders(now, 900, 1000).wake;
        }
        assert!(woken > 0);
    }

    #[test]
    fn new_work_does_not_wait_behind_a_callback_known_to_be_slow() {
        let (mut crew, now) = crew(2);
        let orders = crew.orders(now, 1, 9);
        assert_eq!(come_and_stick(&mut crew, orders, now), 1);
        let later = now.after(2 * OVERSTAY);
        assert_eq!(crew.orders(later, 0, 9).check_at, Time::NEVER);
        assert_eq!(crew.orders(later, 1, 9).wake, 1);
    }

    #[test]
    fn new_work_does_not_wait_for_a_worker_that_has_just_done_other_work() {
        let (mut crew, now) = crew(3);
        let orders = crew.orders(now, 1, 9);
        assert_eq!(come_and_stick(&mut crew, orders, now), 1);
        let later = now.after(2 * OVERSTAY);
        assert_eq!(crew.orders(later, 1, 9).wake, 1);
        assert!(crew.answer());
        let which = crew.took(later);
        crew.ended(which);
        assert!(crew.rest(Past::default()));
        assert_eq!(crew.orders(later.after(9 * US), 1, 9).wake, 1);
    }

    #[test]
    fn when_the_last_idle_worker_overstays_a_spare_is_started() {
        let (mut crew, now) = crew(1);
        let orders = crew.orders(now, 1, 9);
        come_and_stick(&mut crew, orders, now);
        let orders = crew.orders(now, 0, 9);
        assert_eq!((orders.start, orders.check_at), (0, now.after(OVERSTAY)));
        assert_eq!(crew.orders(orders.check_at, 0, 9).start, 1);
    }

    #[test]
    fn as_many_workers_as_watchdogs_need_no_spare() {
        let (mut crew, now) = crew(1);
        let orders = crew.orders(now, 1, 1);
        come_and_stick(&mut crew, orders, now);
        assert_eq!(crew.orders(now.after(OVERSTAY), 0, 1).check_at, Time::NEVER);
    }

    #[test]
    fn a_refused_thread_is_asked_for_again() {
        let (mut crew, now) = crew(1);
        let orders = crew.orders(now, 2, 9);
        come_and_stick(&mut crew, orders, now);
        let now = now.after(OVERSTAY);
        assert_eq!(crew.orders(now, 1, 9).start, 1);
        crew.refused(now);
        let again = crew.orders(now.after(1), 1, 9);
        assert_eq!((again.start, again.check_at), (0, now.after(RETRY)));
        assert_eq!(crew.orders(again.check_at, 1, 9).start, 1);
    }

    #[test]
    fn an_order_that_is_never_carried_out_keeps_no_idle_worker_asleep() {
        let (mut crew, mut now) = crew(1);
        let orders = crew.orders(now, 2, 9);
        come_and_stick(&mut crew, orders, now);
        now = now.after(OVERSTAY);
        assert_eq!(crew.orders(now, 1, 9).start, 1);
        // The one that was stuck comes back; the one that was ordered does not come.
        crew.took(now);
        assert!(crew.rest(Past::default()));
        assert_eq!(crew.orders(now, 0, 9).check_at, Time::NEVER);
        assert_eq!(crew.orders(now.after(MS), 1, 9).wake, 1);
    }

    #[test]
    fn idle_workers_beyond_the_reserve_end() {
        let (mut crew, _) = crew(RESERVE);
        crew.started();
        assert!(!crew.rest(Past::default()));
        assert_eq!(crew.workers(), RESERVE);
    }
}
