//! Runs inputs without libFuzzer, for machines that have only a stable Rust:
//!
//!     replay [-s SECONDS] [FILE|FOLDER…]
//!
//! First every file, then for so many seconds inputs made of theirs, by a seed that is
//! printed. An input that fails ends the program; its bytes are left in the folder for
//! temporary files, as watchdog-replay-PID.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs};

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit.max(1)
    }
}

fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let mut entries: Vec<_> =
            fs::read_dir(path).expect("a folder can be read").map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries.iter().for_each(|entry| files(entry, found));
    } else {
        found.push(path.into());
    }
}

/// Bytes at random, or pieces of inputs that are there with some of them changed.
fn invent(random: &mut Random, inputs: &[Vec<u8>]) -> Vec<u8> {
    let mut invented = Vec::new();
    for _ in 0..random.below(3).min(inputs.len()) {
        let input = &inputs[random.below(inputs.len())];
        let from = random.below(input.len());
        let to = from + random.below(input.len() - from + 1);
        invented.extend_from_slice(&input[from..to]);
    }
    if invented.is_empty() {
        invented.resize(random.below(600), 0);
        invented.iter_mut().for_each(|byte| *byte = random.below(256) as u8);
    } else {
        for _ in 0..random.below(20) {
            let at = random.below(invented.len());
            invented[at] = random.below(256) as u8;
        }
    }
    invented
}

/// What the library exports, the fuzzer declares; and the compiler tells what is declared
/// and not called.
fn knows_every_function() {
    let (exports, abi) = (include_str!("../../../tests/exports.txt"), include_str!("../abi.rs"));
    for name in exports.lines() {
        assert!(abi.contains(&format!("pub fn {}(", name)), "the fuzzer does not call {}", name);
    }
}

fn main() {
    knows_every_function();
    let mut arguments = env::args().skip(1);
    let (mut seconds, mut found) = (0, Vec::new());
    while let Some(argument) = arguments.next() {
        if argument == "-s" {
            seconds = arguments.next().and_then(|number| number.parse().ok()).expect("-s SECONDS");
        } else {
            files(Path::new(&argument), &mut found);
        }
    }
    let mut inputs: Vec<Vec<u8>> = Vec::new();
    for file in &found {
        let input = fs::read(file).expect("an input can be read");
        println!("{}", file.display());
        watchdog_fuzz::run(&input);
        inputs.push(input);
    }
    let kept = env::temp_dir().join(format!("watchdog-replay-{}", std::process::id()));
    let seed = SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos() as u64 | 1);
    let (mut random, began, mut count) = (Random(seed), Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(seconds) {
        let input = invent(&mut random, &inputs);
        fs::write(&kept, &input).expect("an input can be kept");
        watchdog_fuzz::run(&input);
        count += 1;
    }
    let _ = fs::remove_file(&kept);
    println!(
        "{} inputs replayed, {} invented (seed {}), {} callbacks ran",
        found.len(),
        count,
        seed,
        watchdog_fuzz::runs()
    );
}
