//! The calls that an input stands for.

use crate::data::Act;
use arbitrary::{Arbitrary, Unstructured};

/// Which watchdog.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    Live(u8),
    Freed(u8),
    Null,
    Garbage(usize),
    /// One bit of a live one's is wrong.
    Nearly(u8, u8),
}

/// Mostly live ones, or nothing would happen.
impl<'a> Arbitrary<'a> for Which {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Which> {
        Ok(match u8::arbitrary(input)? {
            0..=207 => Which::Live(input.arbitrary()?),
            208..=223 => Which::Freed(input.arbitrary()?),
            224..=231 => Which::Null,
            232..=239 => Which::Garbage(input.arbitrary()?),
            _ => Which::Nearly(input.arbitrary()?, input.arbitrary()?),
        })
    }
}

/// A call of one function, or a few that ask.
#[derive(Arbitrary, Debug)]
pub enum Call {
    New(u8, u8),
    Free(Which),
    Feed(Which),
    SetCallback(Which, Vec<Act>),
    SetOwned(Which, Vec<Act>),
    ClearCallback(Which),
    Check(Which),
    Start(Which),
    StartThread(Which),
    Stop(Which, i8),
    Join(Which, u8),
    Shutdown(i8),
    Pause(Which),
    Resume(Which),
    SetTimes(Which, u8, u8),
    SetName(Which, Option<Vec<u8>>),
    Name(Which, u16),
    Questions(Which, bool),
    LastResort(Which, bool, bool, i16),
    Record(bool),
    Texts(i32),
    Retire,
    NewQueue(u8),
    SetQueue(Which, u8),
    Take(u8, i8),
    WakeQueue(u8),
    FreeQueue(u8),
    /// The callback does this, within two milliseconds.
    Hang(Which, Vec<Act>),
    /// Another thread does this meanwhile.
    Meanwhile(Which, Vec<Act>),
    Sleep(u8),
}

/// Small, for there is a sleep of an interval; one that is refused; and a long timeout.
pub fn times(timeout: u8, interval: u8) -> (u64, u64) {
    let timeout = match timeout {
        0..=223 => u64::from(timeout % 3) + 1,
        224..=239 => 60_000,
        _ => [0, i64::MAX as u64, 1 << 63, u64::MAX][usize::from(timeout % 4)],
    };
    let interval = if interval < 248 { u64::from(interval % 4) } else { u64::MAX };
    (timeout, interval)
}

pub fn are_valid((timeout, interval): (u64, u64)) -> bool {
    timeout > 0 && timeout <= i64::MAX as u64 && interval <= i64::MAX as u64
}
