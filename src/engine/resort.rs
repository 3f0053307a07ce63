//! The last resort: what the monitor does to a process that is past help. It needs no
//! worker, no memory and no lock but the engine's, which is free when the process ends.

use super::state::State;
use super::table::{Flags, NO_THREAD};
use super::wait::with;
use super::{name, Handle};
use crate::core::resort::{Case, Limits, Reason, Resort, Sentence};
use crate::core::time::{Time, MAX_MS};
use crate::error::{Error, NAME_MAX, PATH_MAX};
use crate::platform::{self, clock, End, LastMoment};
use crate::text::Cursor;
use std::fmt::Write;
use std::str;

/// How many watchdogs can have one.
pub const MOST: usize = 64;

/// While a debugger is there, it is judged anew so often, in nanoseconds.
const TRACED: u64 = 1_000_000_000;

/// One watchdog's.
#[derive(Clone, Copy)]
struct Entry {
    handle: Handle,
    resort: Resort,
    end: End,
    run_began: Time,
}

/// All of the process, and where the record of one goes.
pub struct Resorts {
    entries: [Option<Entry>; MOST],
    /// Closed by a zero; empty: there is no record.
    record: [u8; PATH_MAX + 1],
}

/// What a look at one has shown.
enum Judged {
    PastHelp(Verdict),
    At(Time),
}

/// A limit has passed.
#[derive(Clone, Copy)]
pub struct Verdict {
    entry: Entry,
    reason: Reason,
    unfed: u64,
    ran: u64,
}

impl Resorts {
    /// None yet.
    pub const fn new() -> Resorts {
        Resorts { entries: [None; MOST], record: [0; PATH_MAX + 1] }
    }

    /// The place of a watchdog's, or, for no watchdog, a free one.
    fn place(&mut self, of: Option<Handle>) -> Option<&mut Option<Entry>> {
        self.entries.iter_mut().find(|place| place.map(|entry| entry.handle) == of)
    }
}

impl State {
    /// Gives a watchdog a last resort; without limits, takes it away.
    pub fn set_resort(&mut self, handle: Handle, limits: Limits, end: End, now: Time) -> Result<(), Error> {
        let index = self.find(handle)?;
        for (name, ms) in [("callback_ms", limits.callback_ms), ("unfed_ms", limits.unfed_ms)] {
            if ms > MAX_MS {
                return Err(Error::LongTime(name, ms));
            }
        }
        let timeout_ms = self.slots.get(index).watch.times().timeout_ms();
        if limits.unfed_ms != 0 && limits.unfed_ms <= timeout_ms {
            return Err(Error::ShortResort { unfed_ms: limits.unfed_ms, timeout_ms });
        }
        let had = self.slots.get(index).record.flags.has(Flags::RESORT);
        let wanted = limits != Limits { callback_ms: 0, unfed_ms: 0 };
        if !had && !wanted {
            return Ok(());
        }
        let place = self.resorts.place(Some(handle).filter(|_| had)).ok_or(Error::TooManyResorts(MOST))?;
        *place = if wanted {
            Some(Entry { handle, resort: Resort::new(limits), end, run_began: now })
        } else {
            None
        };
        self.slots.get(index).record.flags.set(Flags::RESORT, wanted);
        self.plan_by(now);
        Ok(())
    }

    /// What a last resort is judged by has changed: the monitor has to know when to look.
    pub(super) fn judge_resort_anew(&mut self, index: u32, now: Time) {
        if self.slots.get(index).record.flags.has(Flags::RESORT) {
            self.plan_by(now);
        }
    }

    /// Where a record goes: a path closed by a zero, or an empty one.
    pub fn set_record(&mut self, path: [u8; PATH_MAX + 1]) {
        self.resorts.record = path;
    }

    /// A watchdog with a last resort is freed.
    pub(super) fn drop_resort(&mut self, handle: Handle) {
        if let Some(place) = self.resorts.place(Some(handle)) {
            *place = None;
        }
    }

    /// The callback of a watchdog with a last resort begins.
    pub(super) fn begin_resort(&mut self, index: u32, now: Time) {
        let handle = self.slots.handle(index);
        if let Some(Some(entry)) = self.resorts.place(handle) {
            entry.run_began = now;
        }
        self.plan_by(now);
    }

    /// Judges all. Returns the first that is past help, or when to judge again.
    pub(super) fn judge_resorts(&mut self, now: Time) -> (Option<Verdict>, Time) {
        let mut next = Time::NEVER;
        for place in 0..MOST {
            match self.judge_resort(place, now) {
                Some(Judged::PastHelp(verdict)) => return (Some(verdict), now),
                Some(Judged::At(at)) => next = next.min(at),
                None => {}
            }
        }
        (None, next)
    }

    fn judge_resort(&mut self, place: usize, now: Time) -> Option<Judged> {
        let entry = self.resorts.entries[place]?;
        let index = self.find(entry.handle).ok()?;
        let view = self.view(index, now);
        let slot = self.slots.get(index);
        if !slot.record.flags.has(Flags::MONITORED) || slot.watch.is_paused() {
            return None;
        }
        let run_began = if slot.record.runner == NO_THREAD { None } else { Some(entry.run_began) };
        let case = Case { view, due: slot.watch.due(view.word), run_began };
        let entry = self.resorts.entries[place].as_mut()?;
        Some(match entry.resort.judge(case) {
            Sentence::At(at) => Judged::At(at),
            Sentence::Act(reason) => Judged::PastHelp(Verdict {
                entry: *entry,
                reason,
                unfed: now.since(Time(view.word)),
                ran: run_began.map_or(0, |began| now.since(began)),
            }),
        })
    }

    /// The last look before a verdict of a moment ago is carried out: None speaks against it.
    pub(super) fn confirm(&mut self, verdict: &Verdict, now: Time) -> Option<Verdict> {
        let (again, _) = self.judge_resorts(now);
        again.filter(|again| again.entry.handle == verdict.entry.handle)
    }

    /// A debugger is there: everything counts anew.
    fn excuse_resort(&mut self, handle: Handle, now: Time) {
        if let Some(Some(entry)) = self.resorts.place(Some(handle)) {
            entry.resort.excuse(now);
        }
    }
}

/// The record may lie in a file system that does not answer: it holds up the end no longer than
/// this, in nanoseconds.
const LAST_WORDS: u64 = 2_000_000_000;

/// Carries a verdict out, unless a last look speaks against it: time has passed meanwhile.
pub fn carry_out(verdict: Verdict) {
    let Verdict { entry: Entry { handle, end, .. }, .. } = verdict;
    if platform::is_traced() {
        with(|state| {
            state.excuse_resort(handle, clock::now());
            state.plan_by(clock::now().after(TRACED));
        });
        return;
    }
    let mut text = [0; NAME_MAX + 1];
    let mut record = [0; PATH_MAX + 1];
    let confirmed = with(|state| {
        record = state.resorts.record;
        let given = name::bytes(state.name(handle).ok().flatten());
        text[..given.len()].copy_from_slice(given);
        // The name does not begin a line of its own, nor command a terminal.
        text[..given.len()].iter_mut().filter(|byte| byte.is_ascii_control()).for_each(|byte| *byte = b'?');
        state.confirm(&verdict, clock::now())
    });
    if let Some(verdict) = confirmed {
        {
            let _last_moment = LastMoment::within(LAST_WORDS);
            tell(&verdict, closed_by_zero(&text), &record);
        } // the end itself takes as long as it takes: it may write a core
        platform::end_process(end);
    }
}

fn closed_by_zero(text: &[u8]) -> &str {
    let length = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    str::from_utf8(&text[..length]).unwrap_or("")
}

/// Says why, in the record and on standard error. What fails is left out: the process
/// ends all the same.
fn tell(verdict: &Verdict, name: &str, record: &[u8]) {
    let Verdict { entry, reason, unfed, ran } = *verdict;
    let (unfed, ran) = (unfed / 1_000_000, ran / 1_000_000);
    let why = match reason {
        Reason::Callback => "callback",
        Reason::Unfed => "unfed",
    };
    if record[0] != 0 {
        let mut buffer = [0; 1024];
        let mut text = Cursor::new(&mut buffer);
        let _ = write!(
            text,
            "reason={}\nname={}\nunfed_ms={}\ncallback_ms={}\nend={}\npid={}\ntime={}\nversion={}\n",
            why,
            name,
            unfed,
            ran,
            entry.end,
            std::process::id(),
            platform::unix_time(),
            env!("CARGO_PKG_VERSION")
        );
        platform::write_file(record, text.bytes());
    }
    let mut buffer = [0; 1024];
    let mut line = Cursor::new(&mut buffer);
    let _ = writeln!(
        line,
        "libwatchdog: last resort ({}) of watchdog \"{}\" {:#x}: not fed for {} ms, its callback has run for {} ms; {}",
        why, name, entry.handle, unfed, ran, entry.end
    );
    platform::write_error(line.bytes());
}
