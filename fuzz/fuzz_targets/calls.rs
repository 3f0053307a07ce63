//! The fuzzer for libFuzzer: see `src/lib.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| watchdog_fuzz::run(input));
