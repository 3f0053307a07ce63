//! Everything that can go wrong, in words that name the value and what would have
//! been right.

use crate::core::queue::MAX_CAPACITY;
use crate::core::time::{BadTimes, MAX_MS};
use std::fmt;

/// Why a call was refused or could not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Null where a handle is needed.
    NullHandle,
    /// The handle is not a live watchdog's: freed already, or never issued.
    InvalidHandle(usize),
    /// Null where a queue is needed.
    NullQueue,
    /// The handle is not a live queue's: freed already, or never issued.
    InvalidQueue(usize),
    /// A queue for so many events.
    BadCapacity(u32),
    /// As many queues are alive as there can be.
    TooManyQueues(usize),
    /// The size that an event states of itself, and what it must have.
    SmallEvent {
        /// What it states.
        size: u32,
        /// What an event takes.
        needed: u32,
    },
    /// A null pointer, for the argument of this name.
    NullArgument(&'static str),
    /// The timeout was 0.
    ZeroTimeout,
    /// A time, the argument of this name, is too long.
    LongTime(&'static str, u64),
    /// A resume without a pause.
    NotPaused,
    /// A pause too many to be counted.
    TooManyPauses,
    /// A name of this many bytes.
    LongName(usize),
    /// A name that stops being UTF-8 at this byte.
    NameNotUtf8(usize),
    /// A buffer of `size` bytes for a name that needs `needed`.
    SmallBuffer {
        /// What there is.
        size: usize,
        /// What the name and its closing zero take.
        needed: usize,
    },
    /// No memory for this.
    NoMemory(&'static str),
    /// As many watchdogs are alive as there can be.
    TooManyWatchdogs(u32),
    /// The limit of the last resort is not longer than the timeout; both in milliseconds.
    ShortResort {
        /// The limit.
        unfed_ms: u64,
        /// The timeout.
        timeout_ms: u64,
    },
    /// No way to end a process.
    BadAction(i32),
    /// So many watchdogs have a last resort already.
    TooManyResorts(usize),
    /// A path of this many bytes.
    LongPath(usize),
    /// A callback still ran when this limit, in milliseconds, had passed.
    CallbackRuns(u64),
    /// Monitoring still went on when this limit, in milliseconds, had passed.
    StillMonitored(u64),
    /// The operating system refused a thread, with this error number.
    NoThread(i32),
    /// A panic inside the library was caught.
    Panic,
}

/// The longest name, in bytes.
pub const NAME_MAX: usize = 255;

/// The longest path of the record of a last resort, in bytes.
pub const PATH_MAX: usize = 1023;

impl From<BadTimes> for Error {
    fn from(bad: BadTimes) -> Error {
        match bad {
            BadTimes::ZeroTimeout => Error::ZeroTimeout,
            BadTimes::LongTimeout(ms) => Error::LongTime("timeout_ms", ms),
            BadTimes::LongInterval(ms) => Error::LongTime("interval_ms", ms),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Error::NullHandle => f.write_str("the watchdog is null; it must be what wd_new returned"),
            Error::InvalidHandle(handle) => {
                write!(f, "{:#x} is no watchdog: it was freed already, or never returned by wd_new", handle)
            }
            Error::NullQueue => f.write_str("the queue is null; it must be what wd_queue_new returned"),
            Error::InvalidQueue(handle) => {
                write!(
                    f,
                    "{:#x} is no queue: it was freed already, or never returned by wd_queue_new",
                    handle
                )
            }
            Error::BadCapacity(capacity) => {
                write!(f, "capacity is {}; it must be from 1 to {}", capacity, MAX_CAPACITY)
            }
            Error::TooManyQueues(most) => {
                write!(f, "{} queues are alive, which is the most there can be", most)
            }
            Error::SmallEvent { size, needed } => {
                write!(f, "the event's size is {}; it must be sizeof(wd_event), at least {}", size, needed)
            }
            Error::NullArgument(name) => {
                write!(f, "{} is null; it must point to where the answer goes", name)
            }
            Error::ZeroTimeout => write!(f, "timeout_ms is 0; it must be from 1 to {}", MAX_MS),
            Error::LongTime(name, ms) => {
                let least = if name == "timeout_ms" { 1 } else { 0 };
                write!(f, "{} is {}; it must be from {} to {}", name, ms, least, MAX_MS)
            }
            Error::NotPaused => f.write_str("resumed without a pause; each wd_resume ends one wd_pause"),
            Error::TooManyPauses => {
                write!(f, "paused {} times, which is as often as can be counted", u32::MAX)
            }
            Error::LongName(length) => {
                write!(f, "the name has {} bytes; it may have at most {}", length, NAME_MAX)
            }
            Error::NameNotUtf8(at) => write!(f, "the name is not UTF-8 from its byte {} on", at),
            Error::SmallBuffer { size, needed } => {
                write!(f, "the buffer has {} bytes; the name and its closing zero need {}", size, needed)
            }
            Error::NoMemory(what) => write!(f, "no memory for {}", what),
            Error::TooManyWatchdogs(most) => {
                write!(f, "{} watchdogs are alive, which is the most there can be", most)
            }
            Error::ShortResort { unfed_ms, timeout_ms } => {
                write!(f, "unfed_ms is {}; it must be 0 or more than the timeout, {}", unfed_ms, timeout_ms)
            }
            Error::BadAction(action) => {
                write!(f, "action is {}; it must be WD_RESORT_ABORT, WD_RESORT_KILL or 1 to 255", action)
            }
            Error::TooManyResorts(most) => {
                write!(f, "{} watchdogs have a last resort, which is the most there can be", most)
            }
            Error::LongPath(length) => {
                write!(f, "the path has {} bytes; it may have at most {}", length, PATH_MAX)
            }
            Error::CallbackRuns(limit) => {
                write!(
                    f,
                    "a callback still runs after {} ms; monitoring is off, and no new one begins",
                    limit
                )
            }
            Error::StillMonitored(limit) => {
                write!(f, "monitoring goes on after {} ms; wd_stop ends it", limit)
            }
            Error::NoThread(number) => write!(
                f,
                "the operating system refused a thread, with error {}; it may run out of threads or memory",
                number
            ),
            Error::Panic => f.write_str("a panic inside the library was caught; please report it"),
        }
    }
}

impl std::error::Error for Error {}
