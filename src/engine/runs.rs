//! Runs of callbacks: by the monitor's workers and by checks.
//!
//! A watchdog's callback runs on one thread at a time, its *runner*. While it runs, the
//! watchdog is in no list. The callback that runs is *lent* to the run: if it is replaced
//! meanwhile, or its watchdog freed, the run keeps it and destroys it at its end.

use super::callback::Callback;
use super::resort::Verdict;
use super::state::{State, READY};
use super::table::{Flags, NO_THREAD};
use super::Handle;
use crate::core::crew::{Past, Taken, LEAD};
use crate::core::stall::{self, Sleep, Stop};
use crate::core::time::Time;
use crate::core::watch::Look;
use crate::error::Error;
use crate::platform::ThreadId;

/// Which run: the slot and the number of the run among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunId {
    /// The slot.
    pub index: u32,
    number: u32,
}

/// A run in progress.
#[derive(Debug)]
#[must_use]
pub struct Run {
    /// What runs.
    pub callback: Callback,
    id: RunId,
    /// Which of all that workers have taken; none for a check.
    taken: Option<Taken>,
    /// The process, for its crew: see [`super::process`].
    epoch: u16,
    destroyed: bool,
}

#[cfg(test)]
impl Run {
    pub fn index(&self) -> u32 {
        self.id.index
    }
}

/// What is to be done at the end of a run.
#[must_use]
pub enum Ending {
    /// Destroy this, and then end the run again.
    Destroy(Callback),
    /// Nothing.
    Ended,
}

/// What a check has found.
#[must_use]
pub enum Checked {
    /// Fed in time.
    Healthy,
    /// Not fed in time.
    Expired,
    /// Not fed in time, and the callback is to be run.
    Run(Run),
    /// Not fed in time, unless the monitor knows an excuse: it has not looked since.
    AskMonitor,
}

/// What there is for a worker to do.
#[must_use]
pub enum Work {
    /// Run this.
    Run(Run),
    /// Come again then, which is soon.
    Wait(Time),
    /// Nothing.
    None,
}

/// A worker that comes so long, in nanoseconds, after a callback was due, and before the
/// monitor has looked again, may have been stopped with the whole process.
const WAITED_LONG: u64 = 2_000_000;

/// So many looks are made before others get at the lock.
const LOOKS_A_TURN: u32 = 512;

impl State {
    // ---- The monitor --------------------------------------------------------------

    /// One turn of the monitor: judges the sleep before it, looks at all that is due, and
    /// sees to it that callbacks which are to run get workers. Returns when the next turn is
    /// due, unless it is called before, and a last resort that is to be carried out.
    pub fn turn(&mut self, sleep: Sleep) -> (Time, Option<Verdict>) {
        let now = sleep.woke;
        if self.exiting {
            self.plan(Time::NEVER);
            return (Time::NEVER, None);
        }
        if let Some(stop) = stall::judge(sleep) {
            // Since the last look: the monitor may have waited for the listener in between.
            self.stop = Stop { from: stop.from.min(self.looked), ..stop };
            self.patient = Time::ZERO;
        }
        if self.is_patient(sleep) {
            self.plan(self.patient);
            return (self.planned, None);
        }
        self.looked = now;
        self.notify_group(super::state::LOOKED);
        let mut looks = 0;
        while looks < LOOKS_A_TURN {
            match self.wheel.pop(&mut self.slots, now.after(LEAD)) {
                Some(index) => self.look(index, now),
                None => break,
            }
            looks += 1;
        }
        let orders = self.threads.crew.orders(now, self.ready, self.monitored);
        self.calls.workers += orders.wake;
        self.calls.workers_again += orders.again;
        self.calls.starter |= orders.start > 0;
        let (verdict, judged_again) = self.judge_resorts(now);
        let next = self.wheel.next().before(LEAD).min(orders.check_at).min(judged_again);
        self.plan(if looks == LOOKS_A_TURN { now } else { next });
        (self.planned, verdict)
    }

    /// Whether the monitor is to wait for what the listener says, if it has not spoken yet.
    /// Whoever calls the monitor meanwhile does not end that.
    fn is_patient(&mut self, sleep: Sleep) -> bool {
        let has_heard = self.stop.until > sleep.until;
        if self.patient == Time::ZERO && self.threads.hears && !has_heard {
            let patience = stall::patience(sleep);
            self.patient = if patience > 0 { sleep.woke.after(patience) } else { Time::ZERO };
        } else if sleep.woke >= self.patient {
            self.patient = Time::ZERO;
        }
        self.patient != Time::ZERO
    }

    fn look(&mut self, index: u32, now: Time) {
        let view = self.view(index, now);
        match self.slots.get(index).watch.look(view) {
            Look::At(at) if at > now.after(LEAD) => self.wheel.insert(&mut self.slots, index, at),
            _ => {
                self.wheel.lists.push(&mut self.slots, READY, index);
                self.ready += 1;
            }
        }
    }

    /// The listener says that the process was stopped and goes on since `now`.
    pub fn resumed(&mut self, now: Time) {
        self.stop = Stop { from: self.looked, until: now };
        self.patient = Time::ZERO;
        self.calls.monitor = true;
    }

    // ---- Workers ------------------------------------------------------------------

    /// Whether a worker would find something to do.
    pub fn has_work(&self) -> bool {
        self.ready > 0 && !self.exiting
    }

    /// The next callback to run, on thread `me`, a worker with this past. Whoever was fed since
    /// the monitor looked is not disturbed.
    pub fn take(&mut self, me: ThreadId, past: &mut Past, now: Time) -> Work {
        while self.has_work() {
            let index = self.wheel.lists.first(READY).expect("so many are ready");
            let view = self.view(index, now);
            let looked = self.looked;
            let watch = &mut *self.slots.get(index).watch;
            let (look, due) = (watch.look(view), watch.due(view.word));
            match look {
                // The monitor must judge whether the process was stopped meanwhile.
                Look::Run if looked < due && now.since(due) > WAITED_LONG => self.refile_as_due(index, now),
                Look::Run => {
                    self.unfile(index);
                    self.slots.get(index).watch.ran(view);
                    let taken = Some(self.threads.crew.took(past, now));
                    return self.begin(index, me, taken, now).map_or(Work::None, Work::Run);
                }
                Look::At(at) if at <= now.after(LEAD) => return Work::Wait(at),
                Look::At(_) => self.refile(index, now),
            }
        }
        Work::None
    }

    /// Has the monitor look at once at one that is ready.
    fn refile_as_due(&mut self, index: u32, now: Time) {
        self.unfile(index);
        self.wheel.insert(&mut self.slots, index, now);
        self.plan_by(now);
        self.calls.monitor = true;
    }

    // ---- Any run --------------------------------------------------------------------

    fn begin(&mut self, index: u32, me: ThreadId, taken: Option<Taken>, now: Time) -> Option<Run> {
        self.runs = self.runs.wrapping_add(1);
        let slot = self.slots.get(index);
        let callback = slot.record.callback.get()?;
        slot.record.runner = me;
        slot.record.run = self.runs;
        slot.record.flags.set(Flags::LENT, true);
        if slot.record.flags.has(Flags::RESORT) {
            self.begin_resort(index, now);
        }
        Some(Run {
            callback,
            id: RunId { index, number: self.runs },
            taken,
            epoch: self.epoch,
            destroyed: false,
        })
    }

    /// The callback has returned, on thread `me`.
    pub fn end(&mut self, run: &mut Run, me: ThreadId, now: Time) -> Ending {
        let RunId { index, number } = run.id;
        self.enter_epoch(index);
        let slot = self.slots.get(index);
        if slot.record.runner != me || slot.record.run != number {
            return Ending::Ended; // of another process
        }
        let was_lent = slot.record.flags.has(Flags::LENT);
        if !was_lent && !run.destroyed && run.callback.is_owned() {
            run.destroyed = true;
            return Ending::Destroy(run.callback);
        }
        if let Some(which) = run.taken.filter(|_| run.epoch == self.epoch) {
            self.threads.crew.ended(which);
        }
        slot.record.runner = NO_THREAD;
        slot.record.flags.set(Flags::LENT, false);
        if slot.record.flags.has(Flags::DOOMED) {
            self.slots.release(index);
        } else {
            self.refile(index, now);
        }
        self.notify(index);
        Ending::Ended
    }

    /// The run in progress of the watchdog in a slot, if it is not `me` who runs it.
    pub(super) fn foreign_run(&mut self, index: u32, me: ThreadId) -> Option<RunId> {
        self.enter_epoch(index);
        let slot = self.slots.get(index);
        if slot.record.runner == NO_THREAD || slot.record.runner == me {
            None
        } else {
            Some(RunId { index, number: slot.record.run })
        }
    }

    /// Whether a run is over.
    pub fn is_over(&mut self, run: RunId) -> bool {
        let slot = self.slots.get(run.index);
        slot.record.runner == NO_THREAD || slot.record.run != run.number
    }

    /// Whether a run is over that kept a watchdog from being freed; then it is.
    pub fn is_released(&mut self, run: RunId) -> bool {
        let over = self.is_over(run);
        if over {
            self.slots.release(run.index);
        }
        over
    }

    // ---- Checks -----------------------------------------------------------------------

    /// Checks a watchdog on thread `me`. `asked`: the monitor was asked already.
    pub fn check(&mut self, handle: Handle, me: ThreadId, now: Time, asked: bool) -> Result<Checked, Error> {
        let index = self.find(handle)?;
        let view = self.view(index, now);
        let (looked, exiting) = (self.looked, self.exiting);
        let slot = self.slots.get(index);
        let is_monitored = slot.record.flags.has(Flags::MONITORED);
        if !slot.watch.is_expired(view, is_monitored) {
            return Ok(Checked::Healthy);
        }
        if slot.record.runner != NO_THREAD || slot.record.callback.get().is_none() || exiting {
            return Ok(Checked::Expired);
        }
        if is_monitored && !asked && looked < slot.watch.due(view.word) {
            self.calls.monitor = true;
            return Ok(Checked::AskMonitor);
        }
        self.unfile(index);
        Ok(self.begin(index, me, None, now).map_or(Checked::Expired, Checked::Run))
    }

    // ---- Stops ------------------------------------------------------------------------

    /// Ends monitoring. Returns the run to wait for, if there is one.
    pub fn stop(&mut self, handle: Handle, me: ThreadId) -> Result<Option<RunId>, Error> {
        let index = self.find(handle)?;
        self.end_monitoring(index);
        Ok(self.foreign_run(index, me))
    }

    /// Ends the monitoring of all. Returns the number of the latest run that began before.
    pub fn stop_all(&mut self) -> u32 {
        for index in 0..self.slots.used() {
            if self.slots.handle(index).is_some() {
                self.enter_epoch(index);
                self.end_monitoring(index);
            }
        }
        self.runs
    }

    /// The first slot, from `first` on, with another thread's run in progress that is not
    /// later than `latest`.
    pub fn running_since(&mut self, first: u32, latest: u32, me: ThreadId) -> Option<u32> {
        (first..self.slots.used()).find(|&index| {
            // One that was freed inside its callback counts too, while that runs.
            let is_of_now = self.slots.get(index).record.epoch == self.epoch;
            let may_run = is_of_now || self.slots.handle(index).is_some();
            let run = if may_run { self.foreign_run(index, me) } else { None };
            run.map_or(false, |run| latest.wrapping_sub(run.number) < 1 << 31)
        })
    }
}
