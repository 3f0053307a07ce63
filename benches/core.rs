//! What the pure core costs, and the library as Rust sees it. `./bench core`.
//!
//! The core is private to the library; it is pure and stands alone, so its source is
//! compiled into this program too.

// Checked with its unit tests in, but without the harness that runs them.
#[allow(dead_code, unused_imports)]
#[path = "../src/core/mod.rs"]
mod core;

use crate::core::feed::{self, Step};
use crate::core::lists::{Link, Links};
use crate::core::stall::Stop;
use crate::core::ticks::Anchor;
use crate::core::time::{Time, Times};
use crate::core::watch::{View, Watch};
use crate::core::wheel::{Wheel, OWN_LISTS};
use criterion::{black_box, criterion_group, criterion_main, BatchSize, Bencher, BenchmarkId, Criterion};
use std::time::{Duration, Instant};
use watchdog::Watchdog;

const COUNTS: [u32; 3] = [1, 1_000, 100_000];
const MS: u64 = 1_000_000;

// ---- The core -------------------------------------------------------------------------

/// Each begins with what the one before it has left: one alone would be over before the loop
/// around it is.
fn chain(bencher: &mut Bencher<'_>, mut value: u64, next: impl Fn(u64) -> u64) {
    bencher.iter_custom(|times| {
        let began = Instant::now();
        for _ in 0..times {
            value = black_box(next(value));
        }
        began.elapsed()
    });
}

fn a_feeds_decision(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("core/feed");
    for (name, gap) in [("word is fresh", 0), ("word is old", feed::FRESH)] {
        let gap = black_box(gap);
        group.bench_function(name, |bencher| {
            chain(bencher, 1_000_000, |word| match feed::step(word, Time(word + gap)) {
                Step::Leave => word,
                Step::Store(new) => new,
                Step::Ask => 0,
            });
        });
    }
    let anchor = [0, 3_000_000, 6_000_000]
        .iter()
        .fold(Anchor::NONE, |anchor, &ticks| anchor.renewed(ticks + 1, Time(ticks / 3 + 1)));
    group.bench_function("time from a count", |bencher| {
        chain(bencher, 6_001_000, |count| anchor.time_at(count).map_or(0, |time| 6_001_000 + (time.0 & 1)));
    });
    group.finish();
}

fn a_look(criterion: &mut Criterion) {
    let mut watch = Watch::new(Times::new(60_000, 20_000).expect("in range"));
    criterion.bench_function("core/look at a fed one", |bencher| {
        bencher.iter(|| {
            let (now, word) = black_box((Time(50_000 * MS), 49_000 * MS));
            watch.look(View { now, word, stop: Stop::NONE })
        });
    });
}

struct Records(Vec<Link>);

impl Links for Records {
    fn link(&mut self, id: u32) -> &mut Link {
        &mut self.0[id as usize]
    }
}

/// 10 to 60 s from `now`, in no order.
fn deadline(now: Time, id: u32) -> Time {
    now.after((10_000 + u64::from(id) * 7919 % 50_000) * MS)
}

fn filled(count: u32) -> (Box<Wheel<OWN_LISTS>>, Records) {
    let (mut wheel, mut records) = (Box::new(Wheel::new()), Records(vec![Link::FREE; count as usize]));
    for id in 0..count {
        wheel.insert(&mut records, id, deadline(Time::ZERO, id));
    }
    (wheel, records)
}

fn the_order_of_deadlines(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("core/wheel");
    for count in COUNTS {
        group.bench_with_input(BenchmarkId::new("file again", count), &count, |bencher, &count| {
            let (mut wheel, mut records) = filled(count);
            let mut id = 0;
            bencher.iter(|| {
                id = (id + 1) % count;
                wheel.lists.remove(&mut records, id);
                wheel.insert(&mut records, id, deadline(Time::ZERO, id));
            });
        });
        group.bench_with_input(
            BenchmarkId::new("take out and file again", count),
            &count,
            |bencher, &count| {
                let (mut wheel, mut records) = filled(count);
                let mut now = Time::ZERO;
                bencher.iter(|| loop {
                    now = now.max(wheel.next());
                    if let Some(id) = wheel.pop(&mut records, now) {
                        wheel.insert(&mut records, id, deadline(now, id));
                        break;
                    }
                });
            },
        );
    }
    group.finish();
}

// ---- The library ----------------------------------------------------------------------

fn new_one() -> Watchdog {
    let dog = Watchdog::new(Duration::from_secs(60), Duration::ZERO).expect("there is memory");
    dog.on_expiry(|| ()).expect("there is memory");
    dog
}

fn started() -> Watchdog {
    let dog = new_one();
    dog.start().expect("there are threads");
    dog
}

/// With so many others running.
fn among(criterion: &mut Criterion, name: &str, bench: impl Fn(&mut Bencher<'_>, &[Watchdog])) {
    let mut group = criterion.benchmark_group(name);
    for count in COUNTS {
        let dogs: Vec<Watchdog> = (0..count).map(|_| started()).collect();
        group.bench_with_input(BenchmarkId::from_parameter(count), &dogs, |bencher, dogs| {
            bench(bencher, dogs)
        });
    }
    group.finish();
}

fn the_library(criterion: &mut Criterion) {
    among(criterion, "library/feed in turn", |bencher, dogs| {
        let mut turn = dogs.iter().cycle();
        bencher.iter(|| turn.next().map(Watchdog::feed));
    });
    among(criterion, "library/create and start", |bencher, _| {
        bencher.iter_batched(|| (), |()| started(), BatchSize::NumIterations(1_000));
    });
    among(criterion, "library/free", |bencher, _| {
        bencher.iter_batched(started, drop, BatchSize::NumIterations(1_000));
    });
    among(criterion, "library/stop and start", |bencher, dogs| {
        bencher.iter(|| {
            dogs[0].stop(None).expect("no callback runs");
            dogs[0].start().expect("there are threads");
        });
    });
}

fn configured() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .without_plots()
}

criterion_group! {
    name = benches;
    config = configured();
    targets = a_feeds_decision, a_look, the_order_of_deadlines, the_library
}
criterion_main!(benches);
