//! A watchdog's name, made and dropped outside the engine's lock.

use super::memory::{boxed, Boxed};
use crate::error::{Error, NAME_MAX};
use std::convert::TryFrom;
use std::mem::MaybeUninit;

/// A name that is not empty, behind a thin pointer.
#[derive(Debug)]
pub struct Name(Boxed<Text>);

#[derive(Debug)]
struct Text {
    length: u8,
    bytes: [u8; NAME_MAX],
}

impl Name {
    /// A copy of `text`; None for an empty one.
    pub fn new(text: &str) -> Result<Option<Name>, Error> {
        if text.is_empty() {
            return Ok(None);
        }
        let length = u8::try_from(text.len()).map_err(|_| Error::LongName(text.len()))?;
        let mut bytes = [0; NAME_MAX];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        boxed(Text { length, bytes }, "a name").map(|text| Some(Name(text)))
    }

    fn bytes(&self) -> &[u8] {
        &self.0[0].bytes[..usize::from(self.0[0].length)]
    }
}

/// The text of a name, or of none.
pub fn bytes(name: Option<&Name>) -> &[u8] {
    name.map_or(&[], Name::bytes)
}

/// Copies a name to the beginning of a buffer with room for a zero behind it, and tells
/// its length.
pub fn copy(name: Option<&Name>, buffer: &mut [MaybeUninit<u8>]) -> Result<usize, Error> {
    let bytes = bytes(name);
    if bytes.len() >= buffer.len() {
        return Err(Error::SmallBuffer { size: buffer.len(), needed: bytes.len() + 1 });
    }
    for (to, from) in buffer.iter_mut().zip(bytes) {
        *to = MaybeUninit::new(*from);
    }
    Ok(bytes.len())
}
