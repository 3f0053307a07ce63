//! The engine under invented time: one thread plays the monitor, the workers, and a
//! program that does anything, in an order that a seed decides; an oracle that knows
//! only what was fed and asked for judges every run of a callback.
//!
//! `WATCHDOG_SEED=7 cargo test simulation` replays one seed, `WATCHDOG_SEEDS=100000` tries
//! so many, new ones each time.

#![allow(unsafe_code)]

use super::callback::{Callback, Data};
use super::runs::{Checked, Ending, Run, Work};
use super::state::State;
use super::table::{FreshChunk, NoSlot, Slots, Table};
use super::Handle;
use crate::core::crew::{Past, LEAD};
use crate::core::feed::{self, Step, MARGIN};
use crate::core::stall::{Sleep, OVERSLEPT};
use crate::core::time::{Time, Times, MAX_MS};
use crate::core::watch::MAX_EXCUSES;
use crate::platform::Kind;
use std::os::raw::c_void;
use std::sync::atomic::{AtomicU32, Ordering};

const US: u64 = 1_000;
const MS: u64 = 1_000_000;

/// How late a thread may come, in nanoseconds.
const LATENCY: u64 = 200 * US;

/// So late, in nanoseconds, may a callback be: a few threads come late, one after another,
/// and those in front overstay; or the system refuses threads meanwhile.
const LATE: u64 = 15 * MS;
const LATE_WITHOUT_THREADS: u64 = 150 * MS;

/// A stop of the process as long as this, in nanoseconds, is noticed whatever it meets.
const NOTICEABLE: u64 = 3 * MS;

const HUNDRED_YEARS_MS: u64 = 100 * 365 * 24 * 60 * 60 * 1000;

const DOGS: usize = 12;
const USER: usize = 1000;
const CHECKER: usize = 1001;

/// A generator of random numbers that fits here: xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// What is known of a watchdog without asking the engine.
struct Dog {
    handle: Handle,
    times: Times,
    fed: Time,
    /// Fed by somebody who always comes in time.
    kept: bool,
    monitored: bool,
    pauses: u32,
    has_callback: bool,
    running: bool,
    /// Since when its callback has had to run: the latest of all that matters for it.
    changed: Time,
    runs_since_fed: u32,
    last_run: Time,
    /// The end of the last stop of the process that certainly excuses the last feed, or zero,
    /// and how many have.
    excused: Time,
    excuses: u8,
}

impl Dog {
    /// The last moment at which it need not have been fed again.
    fn deadline(&self) -> Time {
        self.fed.max(self.excused).after(self.times.timeout())
    }
}

/// What of the library's own shows a stop of the process, and nothing else does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Evidence {
    /// The monitor's sleep was disturbed.
    Disturbed,
    /// The clock that counts the machine's sleep has moved.
    Suspended,
    /// The listener hears of it.
    Heard,
    /// The monitor overslept.
    Overslept,
}

enum Worker {
    Idle,
    /// It was called.
    Comes(Time),
    /// It is new.
    Starts(Time),
    /// It waits for a moment.
    Dozes(Time),
    Runs(Run, usize, Time),
}

struct World {
    random: Random,
    now: Time,
    state: State,
    dogs: Vec<Dog>,
    workers: Vec<Worker>,
    pasts: Vec<Past>,
    /// A retirement was begun.
    is_retiring: bool,
    monitor: Option<Time>,
    sleep_from: Time,
    sleep_until: Time,
    disturbed: bool,
    suspended: bool,
    /// When the listener comes.
    listener: Time,
    /// Callbacks that threads of the program's run, by a check, and when they end.
    checks: Vec<(Run, usize, Time)>,
    made: u32,
    destroyed: Box<AtomicU32>,
    table: *mut Table,
    stops_the_process: Option<Evidence>,
    refuses_threads: bool,
    loses_wakes: bool,
    /// The program does something within so many nanoseconds.
    pace: u64,
    /// When whoever feeds in time comes.
    keeper: Time,
    steps: u64,
}

unsafe extern "C" fn unused(_: *mut c_void) {
    unreachable!("the simulation runs callbacks itself")
}

unsafe extern "C" fn destroy(count: *mut c_void) {
    // SAFETY: `World::callback` passes a counter that outlives all callbacks.
    unsafe { &*count.cast::<AtomicU32>() }.fetch_add(1, Ordering::Relaxed);
}

impl World {
    fn new(seed: u64) -> World {
        let table = Box::into_raw(Box::new(Table::new()));
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let now = match random.below(4) {
            0 => Time(1),
            1 => Time(u64::MAX - (1 << 46)), // the steps of a seed reach half of the way
            _ => Time(random.below(1 << 40) + 1),
        };
        let evidence = [Evidence::Disturbed, Evidence::Suspended, Evidence::Heard, Evidence::Overslept];
        let stops_the_process = Some(evidence[random.below(4) as usize]).filter(|_| random.one_in(2));
        // SAFETY: the table is new, and lives until `finish`.
        let mut state = State::new(unsafe { Slots::new(&*table) });
        state.threads.hears = stops_the_process == Some(Evidence::Heard);
        World {
            now,
            state,
            dogs: Vec::new(),
            workers: Vec::new(),
            pasts: Vec::new(),
            is_retiring: false,
            monitor: None,
            sleep_from: now,
            sleep_until: now,
            disturbed: false,
            suspended: false,
            listener: Time::NEVER,
            checks: Vec::new(),
            made: 0,
            destroyed: Box::new(AtomicU32::new(0)),
            table,
            stops_the_process,
            refuses_threads: random.one_in(4),
            loses_wakes: random.one_in(4),
            pace: [400 * US, 3 * MS, 50 * MS, 300 * MS][random.below(4) as usize],
            keeper: Time::NEVER,
            random,
            steps: 0,
        }
    }

    fn soon(&mut self) -> Time {
        let latency = self.random.below(LATENCY);
        self.now.after(latency + 1)
    }

    // ---- The threads --------------------------------------------------------------------

    /// The starter comes.
    fn start_workers(&mut self) {
        while self.state.threads.crew.ordered() > 0 {
            if self.refuses_threads && self.random.one_in(3) {
                self.state.threads.crew.refused(self.now);
                self.state.calls.monitor = true;
            } else {
                self.hire();
            }
        }
    }

    fn hire(&mut self) {
        let soon = self.soon();
        self.workers.push(Worker::Starts(soon));
        self.pasts.push(Past::default());
        self.state.started(Kind::Worker);
    }

    /// Those that have run callbacks when it is begun leave when others are there, and those
    /// that rest look anew.
    fn retire(&mut self) {
        self.is_retiring = !self.is_retiring;
        if self.is_retiring {
            return self.state.threads.crew.begin_retirement();
        }
        while !self.state.retire() {
            self.hire();
        }
        assert!(std::mem::take(&mut self.state.calls.all_workers));
        for id in 0..self.workers.len() {
            let soon = self.soon();
            let worker = &mut self.workers[id];
            match worker {
                Worker::Idle => *worker = Worker::Starts(soon),
                Worker::Comes(at) => *worker = Worker::Starts(*at),
                _ => {}
            }
        }
    }

    /// What `with` does after the lock.
    fn carry_out_calls(&mut self) {
        if std::mem::take(&mut self.state.calls.starter) {
            self.start_workers();
        }
        let calls = std::mem::take(&mut self.state.calls);
        if calls.monitor && self.monitor.is_some() {
            let soon = self.soon();
            self.monitor = self.monitor.map(|at| at.min(soon));
        }
        for _ in 0..calls.workers {
            if self.loses_wakes && self.random.one_in(20) {
                continue;
            }
            assert!(self.wake_worker(), "who is called is there");
        }
        for _ in 0..calls.workers_again {
            self.wake_worker();
        }
    }

    fn wake_worker(&mut self) -> bool {
        let soon = self.soon();
        let coming = self.workers.iter().filter(|worker| matches!(worker, Worker::Comes(_))).count();
        let idle = self.workers.iter_mut().find(|worker| matches!(worker, Worker::Idle));
        match idle {
            Some(worker) if (coming as u32) < self.state.threads.crew.called() => {
                *worker = Worker::Comes(soon);
                true
            }
            _ => false, // who was called is awake already
        }
    }

    fn turn(&mut self) {
        let (from, until) = (self.sleep_from, self.sleep_until);
        let disturbed = std::mem::take(&mut self.disturbed);
        let suspended = std::mem::take(&mut self.suspended);
        let (next, _) = self.state.turn(Sleep { from, until, woke: self.now, disturbed, suspended });
        let latency = self.random.below(LATENCY);
        self.sleep_from = self.now;
        self.sleep_until = next;
        self.monitor = Some(next.max(self.now).after(latency));
        self.carry_out_calls();
    }

    fn work(&mut self, id: usize) {
        let mut worker = std::mem::replace(&mut self.workers[id], Worker::Idle);
        if let Worker::Comes(_) = worker {
            assert!(self.state.threads.crew.answer(), "who comes was called");
        }
        if let Worker::Runs(run, dog, _) = &mut worker {
            let dog = *dog;
            self.end(run, id + 1, dog);
        }
        if self.state.threads.crew.is_retired(self.pasts[id]) {
            self.state.left();
            self.workers[id] = Worker::Starts(Time::NEVER);
            return self.carry_out_calls();
        }
        match self.state.take(id + 1, &mut self.pasts[id], self.now) {
            Work::Wait(at) => self.workers[id] = Worker::Dozes(at.after(self.random.below(LATENCY))),
            Work::Run(run) => {
                let dog = self.begun(&run);
                self.judge_run(dog);
                let ends = self.now.after(self.any_duration());
                self.workers[id] = Worker::Runs(run, dog, ends);
            }
            Work::None if self.state.threads.crew.rest(self.pasts[id]) => {}
            Work::None => {
                // It ends; the last takes its number, which no run knows.
                self.workers[id] = Worker::Starts(Time::NEVER);
            }
        }
        self.carry_out_calls();
    }

    fn any_duration(&mut self) -> u64 {
        match self.random.below(20) {
            0 => self.random.below(30 * MS),
            1..=4 => self.random.below(MS),
            _ => self.random.below(5 * US),
        }
    }

    fn end(&mut self, run: &mut Run, thread: usize, dog: usize) {
        while let Ending::Destroy(callback) = self.state.end(run, thread, self.now) {
            callback.destroy();
        }
        self.dogs[dog].running = false;
        self.dogs[dog].changed = self.now;
    }

    // ---- The oracle -------------------------------------------------------------------------

    fn begun(&mut self, run: &Run) -> usize {
        let handle = self.state.slots.handle(run.index()).expect("no run of a watchdog that was freed");
        let dog = self.dogs.iter().position(|dog| dog.handle == handle).expect("it is known");
        assert!(!self.dogs[dog].running, "its callback runs twice at once");
        self.dogs[dog].running = true;
        self.dogs[dog].excused = Time::ZERO;
        dog
    }

    /// A run by a worker begins.
    fn judge_run(&mut self, index: usize) {
        let now = self.now;
        let dog = &mut self.dogs[index];
        assert!(dog.monitored, "it was stopped");
        assert_eq!(dog.pauses, 0, "it is paused");
        assert!(dog.has_callback, "it has no callback");
        assert!(now.since(dog.fed) > dog.times.timeout(), "early: fed {} ns before", now.since(dog.fed));
        assert!(!dog.kept, "a false alarm");
        assert!(now > dog.deadline(), "{} ns after a stop: {} excuses", now.since(dog.excused), dog.excuses);
        if dog.runs_since_fed > 0 {
            assert!(dog.times.interval() > 0, "a second run for one missed feed");
            assert!(now.since(dog.last_run) >= dog.times.interval(), "repeated too soon");
        }
        dog.runs_since_fed += 1;
        dog.last_run = now;
    }

    /// Whoever should have run by now has.
    fn judge_silence(&self) {
        if self.stops_the_process.is_some() {
            return; // all that the engine may excuse would have to be known
        }
        for dog in &self.dogs {
            if !dog.monitored || dog.pauses > 0 || !dog.has_callback || dog.running {
                continue;
            }
            let mut due = dog.fed.after(dog.times.timeout()).after(MARGIN).max(dog.changed);
            if dog.runs_since_fed > 0 {
                if dog.times.interval() == 0 {
                    continue;
                }
                due = due.max(dog.last_run.after(dog.times.interval()));
            }
            let late = if self.refuses_threads { LATE_WITHOUT_THREADS } else { LATE };
            assert!(self.now <= due.after(late), "missed: due {} ns ago", self.now.since(due));
        }
    }

    // ---- The program ---------------------------------------------------------------------------

    fn callback(&mut self) -> Callback {
        self.made += 1;
        let count: *const AtomicU32 = &*self.destroyed;
        // SAFETY: the counter lives as long as the world, and `destroy` takes one.
        unsafe { Callback::owned(unused, Data::new(count as *mut c_void, Some(destroy))) }
            .expect("there is memory")
    }

    fn any_times(&mut self) -> Times {
        let timeout = match self.random.below(40) {
            0 => HUNDRED_YEARS_MS,
            1 => MAX_MS,
            _ => 1 + self.random.below(40),
        };
        let interval = [0, 1, 5, 30][self.random.below(4) as usize];
        Times::new(timeout, interval).expect("they are in range")
    }

    fn create(&mut self) {
        let times = self.any_times();
        let handle = loop {
            match self.state.create(times, self.now) {
                Ok(handle) => break handle,
                Err(NoSlot::NeedsChunk) => {
                    let chunk = FreshChunk::allocate().expect("there is memory");
                    assert!(self.state.slots.add(chunk).is_none());
                }
                Err(NoSlot::Full) => unreachable!(),
            }
        };
        let kept = self.random.one_in(4);
        let (fed, changed, last_run) = (self.now, self.now, self.now);
        self.dogs.push(Dog {
            handle,
            times,
            fed,
            kept,
            monitored: false,
            pauses: 0,
            has_callback: false,
            running: false,
            changed,
            runs_since_fed: 0,
            last_run,
            excused: Time::ZERO,
            excuses: 0,
        });
    }

    /// As `Table::feed` does, but for the clock.
    fn feed(&mut self, index: usize) {
        let slot = self.state.slots.live(self.dogs[index].handle).expect("it lives");
        let word = self.state.slots.get(slot).word;
        if let Step::Store(new) = feed::step(word.load(Ordering::Relaxed), self.now) {
            word.store(new, Ordering::Relaxed);
        }
        self.fed(index);
    }

    fn fed(&mut self, index: usize) {
        let dog = &mut self.dogs[index];
        dog.fed = self.now;
        dog.runs_since_fed = 0;
        dog.excused = Time::ZERO;
        dog.excuses = 0;
        if dog.kept {
            self.keeper = self.keeper.min(self.now.after(dog.times.timeout() / 4));
        }
    }

    fn start(&mut self, index: usize) {
        let handle = self.dogs[index].handle;
        while let Some(kind) = self.state.start(handle, true, self.now).expect("it lives") {
            match kind {
                Kind::Monitor => self.monitor = Some(self.soon()),
                Kind::Listener | Kind::Starter => {}
                Kind::Worker => {
                    self.hire();
                    continue;
                }
            }
            self.state.started(kind);
        }
        if !self.dogs[index].monitored {
            self.fed(index);
        }
        self.dogs[index].monitored = true;
        self.dogs[index].changed = self.now;
    }

    fn act(&mut self) {
        if self.dogs.len() < DOGS && (self.dogs.is_empty() || self.random.one_in(10)) {
            return self.create();
        }
        let index = self.random.below(self.dogs.len() as u64) as usize;
        let (handle, now, me) = (self.dogs[index].handle, self.now, USER);
        let kept = self.dogs[index].kept;
        match self.random.below(24) {
            0..=5 => self.feed(index),
            6..=9 => self.start(index),
            10 => {
                self.state.stop(handle, me).expect("it lives");
                self.dogs[index].monitored = false;
            }
            11..=15 => {
                let callback = if self.random.one_in(5) { None } else { Some(self.callback()) };
                let (old, run) = self.state.set_callback(handle, callback, me, now).expect("it lives");
                assert_eq!(run.is_some(), self.dogs[index].running);
                if let Some(old) = old {
                    old.destroy();
                }
                self.dogs[index].has_callback = callback.is_some();
                self.dogs[index].changed = now;
                self.dogs[index].excused = Time::ZERO;
            }
            16 => {
                self.state.pause(handle, now).expect("it can be counted");
                self.dogs[index].pauses += 1;
            }
            17..=18 if self.dogs[index].pauses > 0 => {
                self.state.resume(handle, now).expect("it is paused");
                self.dogs[index].pauses -= 1;
                if self.dogs[index].pauses == 0 {
                    self.fed(index);
                }
                self.dogs[index].changed = now;
            }
            19 if !kept => {
                let times = self.any_times();
                self.state.set_times(handle, times, now).expect("it lives");
                self.dogs[index].times = times;
                self.dogs[index].changed = now;
                self.dogs[index].excused = Time::ZERO;
            }
            20 if !kept => self.check(index),
            21 if !self.dogs[index].running && self.random.one_in(2) => {
                let (remains, run) = self.state.free(handle, me).expect("it lives");
                assert_eq!(run, None);
                if let Some(callback) = remains.callback {
                    callback.destroy();
                }
                // The indices that runs in progress know must stay the same.
                if !self.dogs.iter().any(|dog| dog.running) {
                    self.dogs.remove(index);
                } else {
                    self.dogs[index].monitored = false;
                    self.dogs[index].has_callback = false;
                    self.create_in_place(index);
                }
            }
            22 if self.random.one_in(4) => self.retire(),
            _ => {}
        }
        self.carry_out_calls();
    }

    fn create_in_place(&mut self, index: usize) {
        self.create();
        let dog = self.dogs.pop().expect("it was just made");
        self.dogs[index] = dog;
    }

    fn check(&mut self, index: usize) {
        let handle = self.dogs[index].handle;
        let expired = self.now > self.dogs[index].fed.after(self.dogs[index].times.timeout()).after(MARGIN);
        let expired = expired && self.dogs[index].pauses == 0;
        match self.state.check(handle, CHECKER, self.now, true).expect("it lives") {
            Checked::Healthy => assert!(!expired || self.stops_the_process.is_some()),
            Checked::Expired => assert!(expired),
            Checked::Run(run) => {
                assert!(expired && self.dogs[index].has_callback);
                assert_eq!(self.begun(&run), index);
                let ends = self.now.after(self.any_duration());
                self.checks.push((run, index, ends));
            }
            Checked::AskMonitor => unreachable!("it was asked"),
        }
    }

    /// Those who always come in time do so.
    fn keep(&mut self) {
        self.keeper = Time::NEVER;
        for index in 0..self.dogs.len() {
            if self.dogs[index].kept {
                self.feed(index);
            }
        }
    }

    /// The whole process stops: whoever was to come comes afterwards.
    fn stop_the_process(&mut self, evidence: Evidence) {
        let began = self.now;
        let until = self.end_of_a_stop(evidence);
        match evidence {
            Evidence::Disturbed => self.disturbed = self.monitor.is_some(),
            Evidence::Suspended => self.suspended = self.monitor.is_some(),
            Evidence::Heard => self.listener = until.after(self.random.below(LATENCY)),
            Evidence::Overslept => {}
        }
        let mut late = Vec::new();
        for _ in 0..=self.workers.len() {
            late.push(until.after(self.random.below(LATENCY)));
        }
        for (worker, &late) in self.workers.iter_mut().zip(&late) {
            match worker {
                Worker::Comes(at) | Worker::Starts(at) | Worker::Dozes(at) | Worker::Runs(_, _, at) => {
                    *at = (*at).max(late)
                }
                Worker::Idle => {}
            }
        }
        for (_, _, ends) in &mut self.checks {
            *ends = (*ends).max(until);
        }
        self.monitor = self.monitor.map(|at| at.max(late[late.len() - 1]));
        self.keeper = self.keeper.max(until.after(self.random.below(LATENCY)));
        self.now = until;
        if matches!(evidence, Evidence::Disturbed | Evidence::Suspended) && until.since(began) > NOTICEABLE {
            self.excuse(began);
        }
    }

    /// Evidence that is there only in some cases is given these.
    fn end_of_a_stop(&mut self, evidence: Evidence) -> Time {
        let until = self.now.after(self.random.below(300 * MS));
        let least = match evidence {
            Evidence::Disturbed | Evidence::Suspended => 0,
            Evidence::Heard => NOTICEABLE,
            Evidence::Overslept => OVERSLEPT + 1,
        };
        if least == 0 || until.after(2 * LATENCY) < self.state.planned.before(LEAD) {
            until
        } else if self.sleep_until.since(self.now) < 1000 * MS && self.state.patient == Time::ZERO {
            until.max(self.sleep_until.after(least))
        } else {
            self.now // the monitor waits for the listener already, or is about to change its plan
        }
    }

    /// Whoever was not due yet when a stop began gets a fresh timeout.
    fn excuse(&mut self, began: Time) {
        for dog in &mut self.dogs {
            let counts = dog.monitored && dog.pauses == 0 && dog.has_callback && !dog.running;
            if counts && dog.runs_since_fed == 0 && dog.deadline() >= began && dog.excuses < MAX_EXCUSES {
                dog.excused = self.now;
                dog.excuses += 1;
            }
        }
    }

    // ---- The world -------------------------------------------------------------------------------

    /// One thing happens: a thread comes, or the program does something.
    fn step(&mut self) {
        self.steps += 1;
        let acts_at = self.now.after(self.random.below(self.pace));
        let comes = |worker: &Worker| match worker {
            Worker::Comes(at) | Worker::Starts(at) | Worker::Dozes(at) | Worker::Runs(_, _, at) => *at,
            Worker::Idle => Time::NEVER,
        };
        let check = (0..self.checks.len()).min_by_key(|&id| self.checks[id].2 .0);
        let check_at = check.map_or(Time::NEVER, |id| self.checks[id].2);
        let worker = (0..self.workers.len()).min_by_key(|&id| comes(&self.workers[id]).0);
        let worker_at = worker.map_or(Time::NEVER, |id| comes(&self.workers[id]));
        let monitor_at = self.monitor.unwrap_or(Time::NEVER);
        let next = acts_at.min(worker_at).min(monitor_at).min(self.keeper).min(self.listener).min(check_at);
        self.now = self.now.max(next);
        if next == self.keeper {
            self.keep();
        } else if next == monitor_at {
            self.turn();
        } else if next == worker_at {
            self.work(worker.expect("one comes"));
        } else if next == self.listener {
            self.listener = Time::NEVER;
            self.state.resumed(self.now);
            self.carry_out_calls();
        } else if next == check_at {
            let (mut run, dog, _) = self.checks.swap_remove(check.expect("one ends"));
            self.end(&mut run, CHECKER, dog);
            self.carry_out_calls();
        } else if let Some(evidence) = self.stops_the_process.filter(|_| self.random.one_in(300)) {
            self.stop_the_process(evidence);
        } else {
            self.act();
        }
        self.judge_silence();
    }

    /// All is over: each callback that was made was destroyed once.
    fn finish(mut self) {
        for id in 0..self.workers.len() {
            if let Worker::Runs(run, dog, _) = &mut std::mem::replace(&mut self.workers[id], Worker::Idle) {
                let dog = *dog;
                self.end(run, id + 1, dog);
            }
            if self.state.threads.crew.is_retired(self.pasts[id]) {
                self.state.left();
                self.pasts[id] = Past::default();
            }
        }
        for (mut run, dog, _) in std::mem::take(&mut self.checks) {
            self.end(&mut run, CHECKER, dog);
        }
        assert!(self.state.threads.crew.all_left());
        for dog in std::mem::take(&mut self.dogs) {
            let (remains, _) = self.state.free(dog.handle, USER).expect("it lives");
            if let Some(callback) = remains.callback {
                callback.destroy();
            }
        }
        assert_eq!(self.destroyed.load(Ordering::Relaxed), self.made);
        let table = self.table;
        drop(self);
        // SAFETY: from `new`, and the world was all that used it.
        unsafe { drop(Box::from_raw(table)) };
    }
}

fn simulate(seed: u64, steps: u64) {
    let mut world = World::new(seed);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for _ in 0..steps {
            world.step();
        }
    }));
    if let Err(panic) = result {
        eprintln!("WATCHDOG_SEED={} fails at step {}", seed, world.steps);
        std::panic::resume_unwind(panic);
    }
    world.finish();
}

#[test]
fn simulation() {
    let number = |name| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
    if let Some(seed) = number("WATCHDOG_SEED") {
        return simulate(seed, 50_000);
    }
    let (first, seeds) = match number("WATCHDOG_SEEDS") {
        Some(seeds) => (crate::platform::clock::now().0, seeds),
        None => (1, 60),
    };
    for seed in first..first + seeds {
        simulate(seed, 20_000);
    }
}
