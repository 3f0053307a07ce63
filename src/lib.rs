//! The watchdog for C, C++ and C#/Unity programs: a program feeds it, and when it is
//! not fed in time, a callback runs.
//!
//! The C interface is `include/watchdog.h`; [`Watchdog`] is the same for Rust. The
//! layers, each using only those below it:
//!
//! - `ffi`: the C boundary: check, convert, guard, call; nothing is decided here.
//! - [`watchdog`](crate::Watchdog), [`queue`](crate::Queue): the library as Rust sees it.
//! - `engine`: what makes watchdogs run: handle table, monitor, workers, fork, exit.
//! - `core`: what a watchdog is; pure, time is an argument.
//! - `platform`: clock, sleep and wake, threads: a file or folder an operating system.

//!
//! `unsafe` is allowed in `ffi` and `platform`, in the engine's table and callbacks, and
//! where a line says so; the compiler holds it.

#![deny(unsafe_code, unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]

mod core;
mod engine;
mod error;
mod ffi;
mod platform;
mod queue;
mod text;
mod watchdog;

pub use error::Error;
pub use queue::{Event, Queue};
pub use watchdog::Watchdog;

/// When the module that holds the library is loaded, where a loader may do anything.
#[cfg(unix)]
fn on_load() {
    engine::on_load();
    ffi::on_load();
}
