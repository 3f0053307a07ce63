//! Runs of callbacks, their replacement and their end: the engine's own code, with a lock and
//! condition variables of loom's.

#![allow(dead_code)] // the library's files are used in part
#![allow(clippy::incompatible_msrv)] // the models themselves need not keep to it

#[path = "../../../src/core/mod.rs"]
mod core;
#[path = "locks/engine.rs"]
mod engine;
#[path = "../../../src/error.rs"]
mod error;
mod explore;
#[path = "locks/models.rs"]
mod models;
#[path = "locks/platform.rs"]
mod platform;
#[path = "../../../src/text.rs"]
mod text;

fn main() {
    explore::main(models::ALL)
}
