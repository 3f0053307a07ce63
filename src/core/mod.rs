//! What a watchdog is: every rule of feeding, expiry, repeating, pausing and
//! excusing, and the order of deadlines.
//!
//! Pure: time is an argument; no thread, clock, operating system or `unsafe`.

#![forbid(unsafe_code)]

pub mod crew;
pub mod feed;
pub mod handle;
pub mod lists;
pub mod queue;
pub mod resort;
pub mod stall;
#[cfg_attr(not(all(target_os = "linux", target_arch = "x86_64")), allow(dead_code))] // where clocks are dear
pub mod ticks;
pub mod time;
pub mod watch;
pub mod wheel;
