//! Memory for a value, where `Box::new` would abort the program if there is none.

use crate::error::Error;
use std::convert::TryFrom;

/// A value in memory of its own, behind a thin pointer.
pub type Boxed<T> = Box<[T; 1]>;

/// Moves a value there; `what` it is, for the error.
pub fn boxed<T>(value: T, what: &'static str) -> Result<Boxed<T>, Error> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(1).map_err(|_| Error::NoMemory(what))?;
    memory.push(value);
    Ok(Boxed::try_from(memory.into_boxed_slice()).ok().expect("one was pushed"))
}
