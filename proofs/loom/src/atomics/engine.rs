//! What stands for `src/engine`: its own file of the feed word.

pub type Handle = usize;

#[path = "../../../../src/engine/fed.rs"]
pub mod fed;
