//! What the engine knows, and how each call changes it. No thread, no clock, no waiting:
//! the time is an argument, and whom to wake is noted in [`Calls`].

use super::callback::Callback;
use super::name::Name;
use super::resort::Resorts;
use super::runs::RunId;
use super::table::{self, Flags, NoSlot, Slots, NO_THREAD};
use super::Handle;
use crate::core::crew::{Crew, LEAD, RESERVE};
use crate::core::lists::Link;
use crate::core::stall::Stop;
use crate::core::time::{Time, Times};
use crate::core::watch::{Look, View};
use crate::core::wheel::{Wheel, OWN_LISTS};
use crate::error::Error;
use crate::platform::{Kind, ThreadId};
use std::sync::atomic::Ordering;

/// The list of those whose callback is to run as soon as a worker is free.
pub const READY: usize = OWN_LISTS;
const LISTS: usize = OWN_LISTS + 1;

/// Threads that wait for something about a watchdog wait in the group of its slot.
const WATCHDOG_GROUPS: usize = 61;
/// Those that wait until retired workers have left.
pub const LEFT: usize = WATCHDOG_GROUPS;
/// Those that wait for the next look of the monitor.
pub const LOOKED: usize = WATCHDOG_GROUPS + 1;
/// An exit that waits for watchdogs with `daemon` 0.
pub const EXIT: usize = WATCHDOG_GROUPS + 2;
/// How many groups there are.
pub const GROUPS: usize = WATCHDOG_GROUPS + 3;

/// Whom to wake once the lock is free.
#[derive(Debug, Default)]
pub struct Calls {
    /// The monitor.
    pub monitor: bool,
    /// So many workers.
    pub workers: u32,
    /// So many that were called before.
    pub workers_again: u32,
    /// All workers that rest.
    pub all_workers: bool,
    /// The starter.
    pub starter: bool,
    /// All threads in these groups, a bit each.
    pub groups: u64,
}

/// The threads that make watchdogs run.
#[derive(Debug)]
pub struct Threads {
    /// The monitor is there.
    pub monitor: bool,
    /// The listener was started.
    pub listener: bool,
    /// The starter is there.
    pub starter: bool,
    /// The listener hears of stops of the process.
    pub hears: bool,
    /// The workers.
    pub crew: Crew,
}

impl Threads {
    /// None yet.
    pub const fn new() -> Threads {
        Threads { monitor: false, listener: false, starter: false, hears: false, crew: Crew::new() }
    }
}

/// See the module.
pub struct State {
    pub(super) slots: Slots,
    pub(super) wheel: Wheel<LISTS>,
    /// How many are in the list [`READY`].
    pub(super) ready: u32,
    /// How many are monitored, and how many of these an exit waits for.
    pub(super) monitored: u32,
    pub(super) non_daemons: u32,
    /// Counts the runs of all callbacks.
    pub(super) runs: u32,
    /// Counts the forks that led to this process; the thread that made the last one, and how
    /// many of the latest it made.
    pub(super) epoch: u16,
    pub(super) forker: ThreadId,
    pub(super) forks: u16,
    /// The process ends: no new callback begins.
    pub(super) exiting: bool,
    pub(super) stop: Stop,
    /// When the monitor last looked, and when it will look again.
    pub(super) looked: Time,
    pub(super) planned: Time,
    /// Until then the monitor waits for what the listener says; zero: it does not.
    pub(super) patient: Time,
    pub(super) threads: Threads,
    pub(super) resorts: Resorts,
    pub(super) waiting: [u32; GROUPS],
    pub(super) calls: Calls,
}

/// What is left of a watchdog that was freed, to be dropped outside the lock.
#[must_use]
pub struct Remains {
    /// To be destroyed.
    pub callback: Option<Callback>,
    /// To be dropped.
    pub name: Option<Name>,
}

impl State {
    /// No watchdogs.
    pub const fn new(slots: Slots) -> State {
        State {
            slots,
            wheel: Wheel::new(),
            ready: 0,
            monitored: 0,
            non_daemons: 0,
            runs: 0,
            epoch: 0,
            forker: NO_THREAD,
            forks: 0,
            exiting: false,
            stop: Stop::NONE,
            looked: Time::ZERO,
            planned: Time::NEVER,
            patient: Time::ZERO,
            threads: Threads::new(),
            resorts: Resorts::new(),
            waiting: [0; GROUPS],
            calls: Calls {
                monitor: false,
                workers: 0,
                workers_again: 0,
                all_workers: false,
                starter: false,
                groups: 0,
            },
        }
    }

    // ---- Watchdogs come and go --------------------------------------------------

    /// A new watchdog, fed at `now`.
    pub fn create(&mut self, times: Times, now: Time) -> Result<Handle, NoSlot> {
        self.slots.claim(times, self.epoch, now)
    }

    /// The slot of a live watchdog, in a state that is of this process.
    pub fn find(&mut self, handle: Handle) -> Result<u32, Error> {
        match self.slots.live(handle) {
            Some(index) => {
                self.enter_epoch(index);
                Ok(index)
            }
            None if handle == 0 => Err(Error::NullHandle),
            None => Err(Error::InvalidHandle(handle)),
        }
    }

    /// What a fork has changed: nothing is monitored, and of the parent's threads only
    /// the one that forked is in this process, and goes on with the callbacks that it runs.
    /// It may have made several forks since.
    pub(super) fn enter_epoch(&mut self, index: u32) {
        let slot = self.slots.get(index);
        if slot.record.epoch != self.epoch {
            let forks = self.epoch.wrapping_sub(slot.record.epoch);
            slot.record.epoch = self.epoch;
            slot.record.link = Link::FREE;
            slot.record.flags.set(Flags::MONITORED, false);
            if slot.record.runner != self.forker || forks > self.forks {
                slot.record.runner = NO_THREAD;
                slot.record.flags.set(Flags::LENT, false);
                slot.record.flags.set(Flags::DOOMED, false);
            }
        }
    }

    /// In a child process: there are no threads yet, and nothing is monitored. What this
    /// means for each watchdog is seen when it is next [found](State::find).
    pub fn enter_child(&mut self, me: ThreadId) {
        self.epoch = self.epoch.wrapping_add(1);
        self.forks = if me == self.forker { self.forks.saturating_add(1) } else { 1 };
        self.forker = me;
        self.wheel.clear();
        self.ready = 0;
        self.monitored = 0;
        self.non_daemons = 0;
        self.exiting = false;
        self.stop = Stop::NONE;
        self.plan(Time::NEVER);
        self.patient = Time::ZERO;
        self.threads = Threads::new();
        self.waiting = [0; GROUPS];
        self.calls = Calls::default();
        if self.epoch == 0 {
            self.begin_epochs_anew();
        }
    }

    /// The count of forks, each in the child of the one before, begins anew: what has not
    /// been used for a whole round must not pass for up to date.
    fn begin_epochs_anew(&mut self) {
        for index in 0..self.slots.used() {
            if self.slots.handle(index).is_some() {
                let epoch = &mut self.slots.get(index).record.epoch;
                *epoch = (*epoch).max(1);
                self.enter_epoch(index);
            }
        }
    }

    /// Ends a watchdog: monitoring is off and the handle invalid. What a run in progress
    /// still needs goes when the run ends. Without one the slot is released now, inside one
    /// at its end; else by whoever has waited for the run that is returned.
    pub fn free(&mut self, handle: Handle, me: ThreadId) -> Result<(Remains, Option<RunId>), Error> {
        let index = self.find(handle)?;
        self.end_monitoring(index);
        if self.slots.get(index).record.flags.has(Flags::RESORT) {
            self.drop_resort(handle);
        }
        self.slots.withdraw(index);
        let callback = self.take_callback(index);
        let slot = self.slots.get(index);
        let remains = Remains { callback, name: slot.record.name.take() };
        if slot.record.runner == NO_THREAD {
            self.slots.release(index);
        } else if slot.record.runner == me {
            slot.record.flags.set(Flags::DOOMED, true);
        } else {
            return Ok((remains, self.foreign_run(index, me)));
        }
        Ok((remains, None))
    }

    // ---- What a watchdog is told ------------------------------------------------

    /// Replaces the callback. Returns the old one to be destroyed, unless a run has it,
    /// and another thread's run to wait for first. It may be of the same function and data
    /// even if it is not of the old callback: a callback can set itself anew.
    pub fn set_callback(
        &mut self,
        handle: Handle,
        callback: Option<Callback>,
        me: ThreadId,
        now: Time,
    ) -> Result<(Option<Callback>, Option<RunId>), Error> {
        let index = self.find(handle)?;
        let old = self.take_callback(index);
        self.slots.get(index).record.callback.put(callback);
        self.refile(index, now);
        Ok((old, self.foreign_run(index, me)))
    }

    /// Takes the callback out; one that is running stays with its run.
    fn take_callback(&mut self, index: u32) -> Option<Callback> {
        let record = self.slots.get(index).record;
        let callback = record.callback.get();
        record.callback.put(None);
        if record.flags.has(Flags::LENT) {
            record.flags.set(Flags::LENT, false);
            return None;
        }
        callback
    }

    /// Changes the times.
    pub fn set_times(&mut self, handle: Handle, times: Times, now: Time) -> Result<(), Error> {
        let index = self.find(handle)?;
        self.slots.get(index).watch.set_times(times);
        self.refile(index, now);
        self.judge_resort_anew(index, now);
        Ok(())
    }

    /// The times.
    pub fn times(&mut self, handle: Handle) -> Result<Times, Error> {
        let index = self.find(handle)?;
        Ok(self.slots.get(index).watch.times())
    }

    /// Exchanges its name.
    pub fn swap_name(&mut self, handle: Handle, name: &mut Option<Name>) -> Result<(), Error> {
        let index = self.find(handle)?;
        std::mem::swap(&mut self.slots.get(index).record.name, name);
        Ok(())
    }

    /// Its name.
    pub fn name(&mut self, handle: Handle) -> Result<Option<&Name>, Error> {
        let index = self.find(handle)?;
        Ok(self.slots.get(index).record.name.as_ref())
    }

    /// One pause more.
    pub fn pause(&mut self, handle: Handle, now: Time) -> Result<(), Error> {
        let index = self.find(handle)?;
        self.slots.get(index).watch.pause().map_err(|_| Error::TooManyPauses)?;
        self.refile(index, now);
        Ok(())
    }

    /// One pause less; the last feeds.
    pub fn resume(&mut self, handle: Handle, now: Time) -> Result<(), Error> {
        let index = self.find(handle)?;
        let slot = self.slots.get(index);
        if slot.watch.resume().map_err(|_| Error::NotPaused)? {
            slot.watch.restart();
            table::restart(slot.word, now);
            self.refile(index, now);
            self.judge_resort_anew(index, now);
        }
        Ok(())
    }

    // ---- Monitoring -------------------------------------------------------------

    /// Whether it is monitored.
    pub fn is_monitored(&mut self, handle: Handle) -> Result<bool, Error> {
        let index = self.find(handle)?;
        Ok(self.slots.get(index).record.flags.has(Flags::MONITORED))
    }

    /// Starts background monitoring, which feeds. Or names a thread that has to be
    /// started before.
    pub fn start(&mut self, handle: Handle, daemon: bool, now: Time) -> Result<Option<Kind>, Error> {
        let index = self.find(handle)?;
        let missing = self.missing_thread();
        let slot = self.slots.get(index);
        if slot.record.flags.has(Flags::MONITORED) {
            return Ok(None);
        }
        if missing.is_some() {
            return Ok(missing);
        }
        slot.watch.restart();
        table::restart(slot.word, now);
        slot.record.flags.set(Flags::MONITORED, true);
        slot.record.flags.set(Flags::DAEMON, daemon);
        self.monitored += 1;
        if !daemon {
            self.non_daemons += 1;
        }
        self.refile(index, now);
        self.judge_resort_anew(index, now);
        Ok(None)
    }

    /// The threads that one more monitored watchdog needs: afterwards, no refusal of
    /// threads keeps its callback from running. A worker that runs a callback may be stuck in
    /// one whose watchdog is not monitored any more.
    fn missing_thread(&self) -> Option<Kind> {
        if !self.threads.monitor {
            Some(Kind::Monitor)
        } else if !self.threads.listener {
            Some(Kind::Listener)
        } else if !self.threads.starter {
            Some(Kind::Starter)
        } else if self.threads.crew.workers() < RESERVE.min(self.monitored + 1 + self.threads.crew.busy()) {
            Some(Kind::Worker)
        } else {
            None
        }
    }

    /// A thread was started.
    pub fn started(&mut self, kind: Kind) {
        match kind {
            Kind::Monitor => self.threads.monitor = true,
            Kind::Listener => self.threads.listener = true,
            Kind::Starter => self.threads.starter = true,
            Kind::Worker => self.threads.crew.started(),
        }
    }

    /// The workers of a retirement that was begun are to leave. False: a worker has to be
    /// started before, for the monitored watchdogs have a claim to some.
    pub fn retire(&mut self) -> bool {
        let stay_enough = self.threads.crew.staying() >= RESERVE.min(self.monitored);
        if stay_enough {
            self.threads.crew.retire();
            self.calls.all_workers = true;
            self.calls.monitor = true;
        }
        stay_enough
    }

    /// A worker that was retired leaves.
    pub fn left(&mut self) {
        self.threads.crew.left();
        self.notify_group(LEFT);
    }

    /// Ends background monitoring, if it is on, and whatever waits for its end.
    pub(super) fn end_monitoring(&mut self, index: u32) {
        self.unfile(index);
        let flags = &mut self.slots.get(index).record.flags;
        let (was_monitored, was_daemon) = (flags.has(Flags::MONITORED), flags.has(Flags::DAEMON));
        flags.set(Flags::MONITORED, false);
        if was_monitored {
            self.monitored -= 1;
            if !was_daemon {
                self.release_exit(1);
            }
        }
        let stops = &mut self.slots.get(index).record.stops;
        *stops = stops.wrapping_add(1);
        self.notify(index);
    }

    /// The process ends, on thread `me`: it waits for no watchdog whose callback this is.
    pub fn begin_exit(&mut self, me: ThreadId) {
        for index in 0..self.slots.used() {
            if self.non_daemons == 0 {
                return;
            }
            let slot = self.slots.get(index);
            let is_own = slot.record.runner == me && slot.record.epoch == self.epoch;
            let flags = &mut slot.record.flags;
            if is_own && flags.has(Flags::MONITORED) && !flags.has(Flags::DAEMON) {
                flags.set(Flags::DAEMON, true);
                self.release_exit(1);
            }
        }
    }

    /// Whether an exit has waited for all that it waits for; from then on no new callback
    /// begins.
    pub fn may_exit(&mut self) -> bool {
        self.exiting |= self.non_daemons == 0;
        if self.exiting {
            self.plan(Time::NEVER);
        }
        self.exiting
    }

    /// So many fewer for an exit to wait for.
    fn release_exit(&mut self, count: u32) {
        self.non_daemons -= count;
        if self.non_daemons == 0 {
            self.notify_group(EXIT);
        }
    }

    /// How often monitoring was ended; None when the handle is not a live watchdog's.
    pub fn stops(&mut self, handle: Handle) -> Option<u32> {
        let index = self.find(handle).ok()?;
        Some(self.slots.get(index).record.stops)
    }

    // ---- The order of deadlines ---------------------------------------------------

    /// What the watchdog is judged by.
    pub(super) fn view(&mut self, index: u32, now: Time) -> View {
        View { now, word: self.slots.get(index).word.load(Ordering::Acquire), stop: self.stop }
    }

    /// Files the watchdog under the time of its next look, if there is to be one: a run
    /// in progress is waited for, and without a callback there is nothing to find out.
    /// Whoever is ready and stays so keeps its place.
    pub(super) fn refile(&mut self, index: u32, now: Time) {
        let view = self.view(index, now);
        let slot = self.slots.get(index);
        let is_ready = slot.record.link.list() == Some(READY);
        let is_idle = slot.record.runner == NO_THREAD && slot.record.callback.get().is_some();
        let look = if slot.record.flags.has(Flags::MONITORED) && is_idle {
            Some(slot.watch.look(view))
        } else {
            None
        };
        match look {
            Some(Look::Run) if is_ready => return,
            Some(Look::At(at)) if is_ready && at <= now.after(LEAD) => return,
            _ => {}
        }
        self.unfile(index);
        let at = match look {
            Some(Look::Run) => now,
            Some(Look::At(at)) => at,
            None => return,
        };
        self.wheel.insert(&mut self.slots, index, at);
        self.plan_by(at.before(LEAD));
    }

    /// The monitor is to look no later than this.
    pub(super) fn plan_by(&mut self, at: Time) {
        if at < self.planned {
            self.plan(at);
            self.calls.monitor = true;
        }
    }

    /// The monitor will look then.
    pub(super) fn plan(&mut self, at: Time) {
        self.planned = at;
        self.slots.publish_plan(at);
    }

    pub(super) fn unfile(&mut self, index: u32) {
        if self.wheel.lists.remove(&mut self.slots, index) == Some(READY) {
            self.ready -= 1;
        }
    }

    // ---- Waiting ------------------------------------------------------------------

    /// The group in which threads wait for something about the watchdog in a slot.
    pub fn group(index: u32) -> usize {
        index as usize % WATCHDOG_GROUPS
    }

    /// Something has changed that threads may wait for.
    pub(super) fn notify(&mut self, index: u32) {
        self.notify_group(State::group(index));
    }

    pub(super) fn notify_group(&mut self, group: usize) {
        if self.waiting[group] > 0 {
            self.calls.groups |= 1 << group;
        }
    }
}
