//! What meets an expiry to the nanosecond: a feed, a pause, other times, a stop and a start,
//! just before the watchdog is due, at that moment and just after, in every order in which
//! they, the monitor and the worker can get at the lock.

#![allow(unsafe_code)]

use super::callback::Callback;
use super::runs::{Checked, Ending, Run, Work};
use super::state::State;
use super::table::{FreshChunk, NoSlot, Slots, Table};
use super::Handle;
use crate::core::crew::{Past, LEAD};
use crate::core::feed::{self, MARGIN};
use crate::core::resort::Limits;
use crate::core::stall::Sleep;
use crate::core::time::{Time, Times};
use crate::platform::{End, Kind};
use std::os::raw::c_void;
use std::ptr;
use std::sync::atomic::Ordering;

const TIMEOUT_MS: u64 = 10;
const TIMEOUT: u64 = TIMEOUT_MS * 1_000_000;
const BEGAN: Time = Time(1_000_000_000);

/// So late, in nanoseconds, is a watchdog due after a feed.
const DUE: u64 = TIMEOUT + MARGIN + 1;

/// How long a callback takes, in nanoseconds.
const RUNS_FOR: u64 = 3_000;

unsafe extern "C" fn unused(_: *mut c_void) {
    unreachable!("this test runs callbacks itself")
}

/// Three who come at one moment come in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Program,
    Monitor,
    Worker,
}

use Who::{Monitor, Program, Worker};

const ORDERS: [[Who; 3]; 6] = [
    [Program, Monitor, Worker],
    [Program, Worker, Monitor],
    [Monitor, Program, Worker],
    [Monitor, Worker, Program],
    [Worker, Program, Monitor],
    [Worker, Monitor, Program],
];

struct Scene {
    state: State,
    dog: Handle,
    now: Time,
    slept: Sleep,
    /// When the worker comes, and what it runs.
    worker: Time,
    run: Option<Run>,
    runs: Vec<Time>,
    /// How many there were when the program acted.
    runs_before: usize,
}

impl Scene {
    /// A watchdog that was started at [`BEGAN`] and does not repeat.
    fn new() -> Scene {
        let table: &'static Table = Box::leak(Box::new(Table::new()));
        // SAFETY: the table is new.
        let mut state = State::new(unsafe { Slots::new(table) });
        assert_eq!(state.create(times(TIMEOUT_MS), BEGAN.before(1)), Err(NoSlot::NeedsChunk));
        assert!(state.slots.add(FreshChunk::allocate().expect("there is memory")).is_none());
        let dog = state.create(times(TIMEOUT_MS), BEGAN.before(1)).expect("there is room");
        // SAFETY: it is never run.
        let callback = unsafe { Callback::new(unused, ptr::null_mut()) };
        let (old, _) = state.set_callback(dog, Some(callback), 1, BEGAN).expect("it lives");
        assert!(old.is_none());
        let slept = Sleep { from: BEGAN, until: BEGAN, woke: BEGAN, disturbed: false, suspended: false };
        let mut scene = Scene {
            state,
            dog,
            now: BEGAN,
            slept,
            worker: Time::NEVER,
            run: None,
            runs: Vec::new(),
            runs_before: 0,
        };
        scene.start();
        assert!(scene.state.threads.crew.rest(Past::default()));
        scene.monitor();
        scene
    }

    fn start(&mut self) {
        while let Some(kind) = self.state.start(self.dog, true, self.now).expect("it lives") {
            self.state.started(kind);
            assert_ne!(kind, Kind::Listener, "it was not started again");
            if kind == Kind::Monitor {
                self.state.started(Kind::Listener);
            }
        }
    }

    fn feed(&mut self) {
        let index = self.state.slots.live(self.dog).expect("it lives");
        let word = self.state.slots.get(index).word;
        if let feed::Step::Store(new) = feed::step(word.load(Ordering::Relaxed), self.now) {
            word.store(new, Ordering::Relaxed);
        }
    }

    fn monitor(&mut self) {
        self.slept = Sleep { from: self.slept.woke, woke: self.now, ..self.slept };
        self.slept.until = self.state.turn(self.slept).0;
    }

    fn work(&mut self) {
        self.worker = Time::NEVER;
        if let Some(mut run) = self.run.take() {
            assert!(matches!(self.state.end(&mut run, 2, self.now), Ending::Ended));
        } else {
            self.state.threads.crew.answer();
        }
        match self.state.take(2, &mut Past::default(), self.now) {
            Work::Run(run) => {
                self.runs.push(self.now);
                self.run = Some(run);
                self.worker = self.now.after(RUNS_FOR);
            }
            Work::Wait(at) => self.worker = at,
            Work::None => assert!(self.state.threads.crew.rest(Past::default())),
        }
    }

    /// Goes on until then, and does this at its moment.
    fn play(&mut self, order: [Who; 3], at: Time, until: Time, act: fn(&mut Scene)) {
        let mut acts = at;
        loop {
            let calls = std::mem::take(&mut self.state.calls);
            if calls.monitor {
                self.slept.until = self.slept.until.min(self.now);
            }
            if calls.workers > 0 {
                self.worker = self.worker.min(self.now);
            }
            let comes = |who| match who {
                Program => acts,
                Monitor => self.slept.until,
                Worker => self.worker,
            };
            let next = acts.min(self.slept.until).min(self.worker);
            if next > until {
                return;
            }
            self.now = self.now.max(next);
            match order.iter().find(|&&who| comes(who) <= self.now).expect("one comes") {
                Program => {
                    acts = Time::NEVER;
                    self.runs_before = self.runs.len();
                    act(self);
                }
                Monitor => self.monitor(),
                Worker => self.work(),
            }
        }
    }
}

fn times(timeout_ms: u64) -> Times {
    Times::new(timeout_ms, 0).expect("they are in range")
}

/// For every moment about the expiry, and every order: the moment, and the runs before and
/// after what is done then.
fn in_every_order(act: fn(&mut Scene), judge: fn(Time, &[Time], &[Time])) {
    let due = BEGAN.after(DUE);
    let (mut was_first, mut was_second) = (false, false);
    for order in ORDERS {
        for about in [LEAD + 1, LEAD, LEAD - 1, RUNS_FOR, 2, 1, 0] {
            for at in [due.before(about), due.after(about)] {
                let mut scene = Scene::new();
                scene.play(order, at, at.after(5 * TIMEOUT), act);
                let (before, after) = scene.runs.split_at(scene.runs_before);
                assert!(before.is_empty() || before == [due], "{:?} at {:?}: {:?}", order, at, before);
                judge(at, before, after);
                was_first |= before.is_empty();
                was_second |= !before.is_empty();
            }
        }
    }
    assert!(was_first && was_second);
}

#[test]
fn a_feed_counts_until_the_run_begins_and_is_missed_at_its_own_moment() {
    in_every_order(Scene::feed, |at, _, after| assert_eq!(after, [at.after(DUE)]));
}

#[test]
fn nothing_runs_after_a_pause_and_the_resume_feeds() {
    fn pause(scene: &mut Scene) {
        scene.state.pause(scene.dog, scene.now).expect("it lives");
    }
    fn resumed(scene: &mut Scene) {
        pause(scene);
        scene.state.resume(scene.dog, scene.now).expect("it is paused");
    }
    in_every_order(pause, |_, _, after| assert_eq!(after, []));
    in_every_order(resumed, |at, _, after| assert_eq!(after, [at.after(DUE)]));
}

#[test]
fn longer_times_count_from_the_last_feed_unless_it_has_run() {
    fn longer(scene: &mut Scene) {
        scene.state.set_times(scene.dog, times(2 * TIMEOUT_MS), scene.now).expect("it lives");
    }
    in_every_order(longer, |_, before, after| {
        let due = BEGAN.after(DUE + TIMEOUT);
        assert_eq!(after, if before.is_empty() { vec![due] } else { vec![] });
    });
}

#[test]
fn shorter_times_that_have_passed_run_at_once_unless_it_has_run() {
    fn shorter(scene: &mut Scene) {
        scene.state.set_times(scene.dog, times(TIMEOUT_MS / 2), scene.now).expect("it lives");
    }
    // A worker that sleeps the last moment before it was due is not woken for the rest of it.
    in_every_order(shorter, |at, before, after| match after {
        [] => assert!(!before.is_empty()),
        [run] => assert!(before.is_empty() && *run >= at && *run <= at.after(LEAD)),
        _ => panic!("it ran twice"),
    });
}

#[test]
fn nothing_runs_after_a_stop() {
    fn stop(scene: &mut Scene) {
        let run = scene.state.stop(scene.dog, 1).expect("it lives");
        assert_eq!(run.is_some(), scene.run.is_some(), "a run in progress is to be waited for");
    }
    in_every_order(stop, |_, _, after| assert_eq!(after, []));
}

#[test]
fn a_stop_and_a_start_begin_anew() {
    fn restart(scene: &mut Scene) {
        let _ = scene.state.stop(scene.dog, 1).expect("it lives");
        scene.start();
    }
    in_every_order(restart, |at, _, after| assert_eq!(after, [at.after(DUE)]));
}

#[test]
fn a_start_of_what_runs_already_changes_nothing() {
    in_every_order(Scene::start, |_, before, after| {
        assert_eq!([before, after].concat(), [BEGAN.after(DUE)]);
    });
}

#[test]
fn a_check_finds_it_and_takes_no_run_of_the_monitors_away() {
    fn check(scene: &mut Scene) {
        let expired = scene.now >= BEGAN.after(DUE);
        match scene.state.check(scene.dog, 1, scene.now, true).expect("it lives") {
            Checked::Healthy => assert!(!expired),
            Checked::Expired => assert!(expired && scene.run.is_some()),
            Checked::Run(mut run) => {
                assert!(expired && scene.run.is_none());
                assert!(matches!(scene.state.end(&mut run, 1, scene.now), Ending::Ended));
            }
            Checked::AskMonitor => unreachable!("it was asked"),
        }
    }
    in_every_order(check, |at, before, after| {
        assert_eq!(
            [before, after].concat(),
            [BEGAN.after(DUE).max(if before.is_empty() { at } else { Time::ZERO })]
        );
    });
}

/// The monitor has not looked since it was due: it may be about to say that the process was
/// stopped.
#[test]
fn a_check_asks_the_monitor_for_an_excuse() {
    let due = BEGAN.after(DUE);
    let mut scene = Scene::new();
    assert!(matches!(scene.state.check(scene.dog, 1, due.before(1), false), Ok(Checked::Healthy)));
    assert!(matches!(scene.state.check(scene.dog, 1, due, false), Ok(Checked::AskMonitor)));
    assert!(scene.state.calls.monitor);
    scene.now = due;
    let slept = Sleep { from: scene.slept.from, woke: due, disturbed: true, ..scene.slept };
    let _ = scene.state.turn(slept);
    assert!(matches!(scene.state.check(scene.dog, 1, due, true), Ok(Checked::Healthy)));
}

/// The process was stopped when a worker was called and not awake yet: what has become due
/// meanwhile is not run before the monitor has judged that.
#[test]
fn a_worker_that_comes_late_asks_the_monitor() {
    let due = BEGAN.after(DUE);
    let mut scene = Scene::new();
    scene.play(ORDERS[0], Time::NEVER, due.before(LEAD + 1), |_| unreachable!("it never comes"));
    scene.now = due.before(LEAD);
    scene.monitor();
    assert_eq!(std::mem::take(&mut scene.state.calls).workers, 1);
    scene.now = due.after(5_000_000);
    scene.work();
    assert_eq!(scene.runs, []);
    assert!(std::mem::take(&mut scene.state.calls).monitor);
    scene.slept.disturbed = true;
    scene.monitor();
    scene.slept.disturbed = false;
    let again = scene.now.after(DUE);
    scene.play(ORDERS[0], Time::NEVER, again.after(TIMEOUT), |_| unreachable!("it never comes"));
    assert_eq!(scene.runs, [again]);
}

/// It is fed, or the process was stopped, between the monitor's verdict and the last look.
#[test]
fn a_last_resort_looks_once_more() {
    type Between = fn(&mut Scene);
    let feed: Between = |scene| scene.feed();
    let stop: Between = |scene| scene.state.resumed(scene.now);
    let pause: Between = |scene| scene.state.pause(scene.dog, scene.now).expect("it lives");
    let nothing: Between = |_| {};
    for (between, is_carried_out) in [(feed, false), (stop, false), (pause, false), (nothing, true)] {
        let mut scene = Scene::new();
        let limits = Limits { callback_ms: 0, unfed_ms: 2 * TIMEOUT_MS };
        scene.state.set_resort(scene.dog, limits, End::Abort, BEGAN).expect("there is room");
        scene.now = BEGAN.after(2 * TIMEOUT + 2 * MARGIN);
        scene.slept.until = scene.now;
        let slept = Sleep { from: scene.slept.woke, woke: scene.now, ..scene.slept };
        let (_, verdict) = scene.state.turn(slept);
        let verdict = verdict.expect("it is past help");
        scene.now = scene.now.after(1_000);
        between(&mut scene);
        assert_eq!(scene.state.confirm(&verdict, scene.now).is_some(), is_carried_out);
    }
}

/// The monitor has overslept and waits for what the listener says, and somebody calls it for
/// another reason.
#[test]
fn the_listener_is_heard_out() {
    let due = BEGAN.after(DUE);
    let mut scene = Scene::new();
    scene.state.threads.hears = true;
    scene.now = due.after(100_000_000);
    scene.monitor();
    assert_eq!(scene.slept.until, scene.now.after(20_000_000));
    scene.now = scene.now.after(1_000_000);
    scene.monitor();
    assert_eq!(scene.state.ready, 0);
    scene.now = scene.now.after(1_000_000);
    scene.state.resumed(scene.now);
    scene.monitor();
    let again = scene.now.after(DUE);
    scene.play(ORDERS[0], Time::NEVER, again.after(TIMEOUT), |_| unreachable!("it never comes"));
    assert_eq!(scene.runs, [again]);
}

/// Or times that change all the time would put it off for ever.
#[test]
fn whoever_is_ready_keeps_its_place() {
    let due = BEGAN.after(DUE);
    let mut scene = Scene::new();
    scene.now = due.before(LEAD);
    scene.monitor();
    for now in [scene.now, due.before(1), due, due.after(1)] {
        assert_eq!(scene.state.ready, 1);
        scene.state.set_times(scene.dog, times(TIMEOUT_MS), now).expect("it lives");
    }
    assert_eq!(scene.state.ready, 1);
}
