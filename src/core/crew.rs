//! How many workers run callbacks: when to wake another one, when to start one.
//!
//! One worker that takes one callback after another is the quickest way through many
//! short ones; but who waits behind a callback that overstays must not wait for its end.
//! So one worker is woken for new work, and more only when the work that is ready does
//! not get done: when no worker has taken any for a while, or few for that while.
//!
//! Workers that have run callbacks can be *retired*: they leave, and others take their
//! places, who are started before. Whoever takes its first callback meanwhile is one of those
//! others: a *round* lasts from the begin of one retirement to the begin of the next.

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

/// At most so many are started at a time.
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
    /// Counts the retirements that were begun, and those that were carried out.
    round: u32,
    retired: u32,
    /// Those that have run their first callback in this round.
    current: Used,
    /// Those that have in an earlier one, and are not retired yet.
    old: Used,
    /// Those that are, and are not gone yet; no longer counted in `workers`.
    leaving: Used,
}

/// Workers that have run a callback.
#[derive(Clone, Copy, Debug)]
struct Used {
    all: u32,
    /// How many of them run one now.
    busy: u32,
}

impl Used {
    const NONE: Used = Used { all: 0, busy: 0 };

    /// Takes all from another.
    fn take(&mut self, other: &mut Used) {
        self.all += other.all;
        self.busy += other.busy;
        *other = Used::NONE;
    }
}

/// What a worker has behind it: the round of its first callback, after that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past(Option<u32>);

/// A callback that a worker has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Which of all.
    number: u32,
    /// The worker's round.
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
            retired: 0,
            current: Used::NONE,
            old: Used::NONE,
            leaving: Used::NONE,
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

    /// How many run callbacks.
    pub fn busy(&self) -> u32 {
        self.current.busy + self.old.busy
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

    /// The worker with this past has taken a callback, for [`Crew::ended`].
    pub fn took(&mut self, past: &mut Past, now: Time) -> Taken {
        self.taken = self.taken.wrapping_add(1);
        self.taken_at = now;
        self.latest_runs = true;
        if past.0.is_none() {
            self.current.all += 1;
        }
        let round = *past.0.get_or_insert(self.round);
        self.group(round).busy += 1;
        Taken { number: self.taken, round }
    }

    /// A callback that was taken has ended.
    pub fn ended(&mut self, which: Taken) {
        self.latest_runs &= which.number != self.taken;
        let busy = &mut self.group(which.round).busy;
        *busy = busy.saturating_sub(1);
    }

    /// Where those are counted who have run their first callback in a round.
    fn group(&mut self, round: u32) -> &mut Used {
        if round == self.round {
            &mut self.current
        } else if self.is_over(round) {
            &mut self.leaving
        } else {
            &mut self.old
        }
    }

    /// Whether those of a round are retired.
    fn is_over(&self, round: u32) -> bool {
        self.retired.wrapping_sub(round).wrapping_sub(1) < 1 << 31
    }

    /// Whether a worker is at it that is likely to come for more in a moment.
    fn works_on(&self, now: Time) -> bool {
        self.latest_runs && now.since(self.taken_at) <= OVERSTAY
    }

    /// One with this past has nothing to do. False: it is not needed any more and has to end.
    pub fn rest(&mut self, past: Past) -> bool {
        // Those that are to be retired do not crowd out those that are to take their places.
        let is_old = past.0.map_or(false, |round| round != self.round);
        let stays = self.idle < RESERVE || (!is_old && self.staying() <= RESERVE);
        if stays {
            self.idle += 1;
        } else {
            self.workers -= 1;
            if let Past(Some(round)) = past {
                self.group(round).all -= 1;
            }
        }
        stays
    }

    // ---- Retirement ----------------------------------------------------------------

    /// All who have run a callback until now are to be retired.
    pub fn begin_retirement(&mut self) {
        self.round = self.round.wrapping_add(1);
        self.old.take(&mut self.current);
    }

    /// How many stay when those are retired who are to be.
    pub fn staying(&self) -> u32 {
        self.workers - self.old.all
    }

    /// Those who are to be retired have to leave. Those that rest, also the others, do so no
    /// longer: they have to be called, and to look anew.
    pub fn retire(&mut self) {
        self.retired = self.round;
        self.workers -= self.old.all;
        self.leaving.take(&mut self.old);
        self.idle = 0;
        self.called = 0;
    }

    /// How many retirements were carried out: who rests looks anew when it changes.
    pub fn retirements(&self) -> u32 {
        self.retired
    }

    /// Whether a worker with this past has to leave.
    pub fn is_retired(&self, past: Past) -> bool {
        past.0.map_or(false, |round| self.is_over(round))
    }

    /// One that was retired has left.
    pub fn left(&mut self) {
        self.leaving.all = self.leaving.all.saturating_sub(1);
    }

    /// Whether all have left that were retired, but for those that still run a callback.
    pub fn all_left(&self) -> bool {
        self.leaving.all <= self.leaving.busy
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
        let taken = self.taken.wrapping_sub(self.seen);
        let is_slow = checked && taken < QUICK;
        // Then to wake the others costs little, and no short callbacks go by meanwhile.
        let is_stuck = taken <= 1 && self.latest_runs;
        // After a refusal nobody is started before it is time to ask again.
        let may_hire = self.idle > 0 || checked || self.check_at == Time::NEVER;
        let waits_for_nobody = ready > 0 && coming == 0 && !self.works_on(now);
        if is_slow && ready > coming {
            let most = if is_stuck { self.step.max(self.idle) } else { self.step };
            let count = most.min(ready - coming);
            self.hire(count, &mut orders);
            self.step = (count * 2).min(STEP);
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
            crew.took(&mut Past::default(), now);
        }
        orders.wake + orders.start
    }

    #[test]
    fn whoever_has_run_a_callback_can_be_retired_and_the_others_stay() {
        let (mut crew, now) = crew(3);
        let (mut old, mut running) = (Past::default(), Past::default());
        let first = crew.took(&mut old, now);
        crew.ended(first);
        let second = crew.took(&mut running, now);
        crew.begin_retirement();
        assert_eq!((crew.workers(), crew.staying()), (3, 1));
        assert!(!crew.is_retired(old));
        crew.retire();
        assert_eq!((crew.workers(), crew.staying()), (1, 1));
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
        let mut new = Past::default();
        crew.took(&mut new, now);
        assert!(crew.is_retired(old) && !crew.is_retired(new));
    }

    #[test]
    fn whoever_takes_its_first_callback_during_a_retirement_stays() {
        let (mut crew, now) = crew(2);
        let (mut old, mut new) = (Past::default(), Past::default());
        let first = crew.took(&mut old, now);
        crew.begin_retirement();
        assert_eq!(crew.staying(), 1);
        // However many callbacks there are meanwhile, there is an end to the waiting.
        let second = crew.took(&mut new, now);
        assert_eq!(crew.staying(), 1);
        crew.ended(first);
        let third = crew.took(&mut old, now);
        crew.retire();
        assert!(crew.is_retired(old) && !crew.is_retired(new));
        assert_eq!(crew.workers(), 1);
        assert!(crew.all_left()); // but for the one that runs
        crew.ended(third);
        assert!(!crew.all_left());
        crew.left();
        crew.ended(second);
        // Nobody is counted twice: the next retirement finds the one that stayed.
        crew.begin_retirement();
        assert_eq!(crew.staying(), 0);
        crew.retire();
        assert!(crew.is_retired(new) && !crew.all_left());
        crew.left();
        assert!(crew.all_left());
    }

    #[test]
    fn whoever_is_to_take_the_place_of_another_stays_though_that_one_is_idle() {
        let (mut crew, now) = crew(0);
        let mut pasts = [Past::default(); RESERVE as usize];
        for past in &mut pasts {
            crew.started();
            let which = crew.took(past, now);
            crew.ended(which);
            assert!(crew.rest(*past));
        }
        crew.begin_retirement();
        for there in 0..RESERVE {
            assert_eq!(crew.staying(), there);
            crew.started();
            assert!(crew.rest(Past::default()));
        }
        crew.started();
        assert!(!crew.rest(Past::default()), "too many");
        // Of those that are to be retired no more stay than ever.
        assert!(!crew.rest(pasts[0]));
        crew.retire();
        assert_eq!(crew.workers(), RESERVE);
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
            let which = crew.took(&mut Past::default(), now.before(US));
            crew.ended(which);
            crew.took(&mut Past::default(), now);
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
    fn many_stuck_callbacks_have_threads_of_their_own_after_a_few_checks() {
        let (mut crew, mut now) = crew(RESERVE);
        let mut ready = 64;
        let mut hired = Vec::new();
        while ready > 0 {
            let orders = crew.orders(now, ready, 64);
            hired.push(come_and_stick(&mut crew, orders, now));
            ready -= hired[hired.len() - 1];
            now = now.after(OVERSTAY);
        }
        assert_eq!(hired, [1, RESERVE - 1, 18, 36]);
    }

    #[test]
    fn callbacks_that_are_merely_slow_get_more_workers_too() {
        let (mut crew, mut now) = crew(4);
        assert_eq!(crew.orders(now, 1000, 1000).wake, 1);
        assert!(crew.answer());
        let mut woken = 0;
        for _ in 0..3 {
            crew.took(&mut Past::default(), now);
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
        let which = crew.took(&mut Past::default(), later);
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
        crew.took(&mut Past::default(), now);
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
