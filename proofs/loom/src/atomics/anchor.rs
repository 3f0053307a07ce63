//! The anchor of the cheap clock: `src/platform/anchor.rs`.
//!
//! Notices: either load of the version or the fence of `Shared::get` weakened, the fence or
//! the last store of `Shared::renew` weakened, and the version not compared again. The
//! compare-exchange of `renew` needs its acquire for what the next one reads.

use crate::core::ticks::Anchor;
use crate::core::time::Time;
use crate::platform::anchor::Shared;
use loom::sync::atomic::{AtomicU32, AtomicU64};
use loom::sync::Arc;
use loom::thread;

/// Renewals a tenth of a second apart: each changes all of the anchor but, at the last,
/// the rate.
const RENEWALS: [(u64, Time); 3] =
    [(1_000, Time(5_000)), (300_001_000, Time(100_005_000)), (600_001_000, Time(200_005_000))];

fn fresh() -> Arc<Shared> {
    Arc::new(Shared {
        version: AtomicU32::new(0),
        ticks: AtomicU64::new(0),
        time: AtomicU64::new(0),
        rate: AtomicU64::new(0),
        trusted: AtomicU64::new(0),
    })
}

fn renewed(anchor: Anchor, (ticks, time): (u64, Time)) -> Anchor {
    anchor.renewed(ticks, time)
}

pub fn a_reader_never_sees_a_torn_anchor() {
    let shared = fresh();
    for (ticks, time) in &RENEWALS[..1] {
        shared.renew(*ticks, *time);
    }
    let one = renewed(Anchor::NONE, RENEWALS[0]);
    let two = renewed(one, RENEWALS[1]);
    let three = renewed(two, RENEWALS[2]);
    assert!(one != two && two != three && three.trusted > 0);
    let reader = shared.clone();
    let reader = thread::spawn(move || reader.get());
    for (ticks, time) in &RENEWALS[1..] {
        shared.renew(*ticks, *time);
    }
    let seen = reader.join().unwrap();
    assert!(seen.map_or(true, |seen| [one, two, three].contains(&seen)), "torn: {:?}", seen);
    assert_eq!(shared.get(), Some(three));
}

/// One of them renews, or both one after the other; what the second measures from is whole.
pub fn two_who_renew_do_not_mix() {
    let shared = fresh();
    shared.renew(RENEWALS[0].0, RENEWALS[0].1);
    let one = renewed(Anchor::NONE, RENEWALS[0]);
    let other = shared.clone();
    let other = thread::spawn(move || other.renew(RENEWALS[1].0, RENEWALS[1].1));
    shared.renew(RENEWALS[2].0, RENEWALS[2].1);
    other.join().unwrap();
    let (early, late) = (renewed(one, RENEWALS[1]), renewed(one, RENEWALS[2]));
    let allowed = [early, late, renewed(early, RENEWALS[2])];
    let seen = shared.get();
    assert!(seen.map_or(false, |seen| allowed.contains(&seen)), "mixed: {:?}", seen);
}
