//! Runs models for loom, which tries every order of events that the memory model allows.
//!
//!     cargo run --bin atomics|locks [NAME…]    the models whose names contain one of these
//!
//! WATCHDOG_LOOM_PREEMPTIONS: how often threads may be interrupted where they need not be.
//! 3, which it is unless set, takes seconds and finds all that the mutants break; `all` is
//! every order there is, in minutes. What weak memory may show is not limited by it.
//!
//! Each model says what it notices; `scripts/mutants.sh loom` tries it.

use std::panic::catch_unwind;

/// A name and a model.
pub type Model = (&'static str, fn());

fn preemptions() -> Option<usize> {
    match std::env::var("WATCHDOG_LOOM_PREEMPTIONS").as_deref() {
        Err(_) => Some(3),
        Ok("all") => None,
        Ok(number) => Some(number.parse().expect("WATCHDOG_LOOM_PREEMPTIONS is a number, or all")),
    }
}

fn explore(model: fn()) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions();
    builder.max_branches = 10_000;
    builder.check(model);
}

/// Runs the models that the arguments name, or all, and ends the program.
pub fn main(models: &[Model]) -> ! {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let (mut passed, mut failed) = (0, 0);
    for &(name, model) in models {
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        let began = std::time::Instant::now();
        let result = catch_unwind(|| explore(model));
        eprintln!("{}: {:.1} s", name, began.elapsed().as_secs_f64());
        match result {
            Ok(()) => passed += 1,
            Err(_) => failed += 1,
        }
        println!("{} - {}", if result.is_ok() { "ok" } else { "not ok" }, name);
    }
    println!("{} passed, {} failed, 0 skipped", passed, failed);
    std::process::exit(i32::from(failed > 0 || passed == 0))
}
