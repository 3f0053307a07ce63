//! How many workers run callbacks: when to wake another one, when to start one.
//!
//! One worker that takes one callback after another is the quickest way through many
//! short ones; but who waits behind a callback that overstays must not wait for its end.
//! So one worker is woken for new work, and more only when the work that is ready does
//! not get done: when no worker has taken any for a while, or few for that while.

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
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orders {
    /// Wake so many that are idle.
    pub wake: u32,
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

    /// One has taken a callback; which of all, for [`Crew::ended`].
    pub fn took(&mut self, now: Time) -> u32 {
        self.taken = self.taken.wrapping_add(1);
        self.taken_at = now;
        self.latest_runs = true;
        self.taken
    }

    /// A callback that was taken has ended.
    pub fn ended(&mut self, which: u32) {
        self.latest_runs &= which != self.taken;
    }

    /// Whether a worker is at it that is likely to come for more in a moment.
    fn works_on(&self, now: Time) -> bool {
        self.latest_runs && now.since(self.taken_at) <= OVERSTAY
    }

    /// One has nothing to do. False: it is not needed any more and has to end.
    pub fn rest(&mut self) -> bool {
        let stays = self.idle < RESERVE;
        if stays {
            self.idle += 1;
        } else {
            self.workers -= 1;
        }
        stays
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
        let mut orders = Orders { wake: 0, start: 0, check_at: Time::NEVER };
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
            assert!(crew.rest());
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
    fn nothing_to_do_is_no_reason_to_wake() {
        let (mut crew, now) = crew(3);
        assert_eq!(crew.orders(now, 0, 100), Orders { wake: 0, start: 0, check_at: Time::NEVER });
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
        assert!(crew.rest());
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
        assert!(crew.rest());
        assert_eq!(crew.orders(now, 0, 9).check_at, Time::NEVER);
        assert_eq!(crew.orders(now.after(MS), 1, 9).wake, 1);
    }

    #[test]
    fn idle_workers_beyond_the_reserve_end() {
        let (mut crew, _) = crew(RESERVE);
        crew.started();
        assert!(!crew.rest());
        assert_eq!(crew.workers(), RESERVE);
    }
}
