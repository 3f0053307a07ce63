//! The library's lock-free code: its own files, with loom's atomics in the place of the
//! standard library's (`crate::platform::sync`).

#![allow(dead_code)] // the library's files are used in part
#![allow(clippy::incompatible_msrv)] // the models themselves need not keep to it

#[path = "atomics/anchor.rs"]
mod anchor;
#[path = "atomics/bell.rs"]
mod bell;
#[path = "../../../src/core/mod.rs"]
mod core;
#[path = "atomics/engine.rs"]
mod engine;
mod explore;
#[path = "atomics/feed.rs"]
mod feed;
#[path = "atomics/platform.rs"]
mod platform;

fn main() {
    explore::main(&[
        ("a stale feed never feeds the next owner", feed::a_stale_feed_never_feeds_the_next_owner),
        ("of concurrent feeds none moves the last feed back", feed::none_moves_the_last_feed_back),
        ("a feed does not undo a restart", feed::a_feed_does_not_undo_a_restart),
        ("who writes nothing was fed", feed::who_writes_nothing_was_fed),
        ("a reader never sees a torn anchor", anchor::a_reader_never_sees_a_torn_anchor),
        ("two who renew the anchor do not mix", anchor::two_who_renew_do_not_mix),
        ("no wake-up of the monitor is lost", bell::no_wake_up_is_lost),
        ("a wake-up carries what came before", bell::a_wake_carries_what_came_before),
    ])
}
