//! `include/watchdog.h` is what `src/ffi` says, complete and of one version.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const RENEW: &str = "WATCHDOG_WRITE_HEADER=1 cargo test --test header";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn header() -> String {
    fs::read_to_string(root().join("include/watchdog.h")).expect("include/watchdog.h can be read")
}

fn generated() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("cbindgen.toml is valid");
    let modules = fs::read_to_string(root().join("src/ffi/mod.rs")).expect("src/ffi/mod.rs can be read");
    let modules = modules.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let mut text = Vec::new();
    modules
        .fold(cbindgen::Builder::new(), |builder, module| {
            builder.with_src(root().join("src/ffi").join(module).with_extension("rs"))
        })
        .with_config(config)
        .generate()
        .expect("cbindgen understands src/ffi")
        .write(&mut text);
    for_c_readers(&String::from_utf8(text).expect("the header is UTF-8"))
}

/// Without the sections that Rust's lints ask for: what C's callers have to promise stands
/// in the text before.
fn for_c_readers(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut in_section = false;
    for line in text.lines() {
        if line == " * # Safety" {
            in_section = true;
            lines.pop(); // the empty line before
        }
        in_section &= line != " */";
        if !in_section {
            lines.push(line.trim_end());
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_committed_header_is_up_to_date() {
    let path = root().join("include/watchdog.h");
    if std::env::var_os("WATCHDOG_WRITE_HEADER").is_some() {
        fs::write(&path, generated()).expect("include/watchdog.h can be written");
    }
    let (committed, generated) = (header(), generated());
    let differs = committed.lines().zip(generated.lines()).position(|(old, new)| old != new);
    assert!(
        committed == generated,
        "include/watchdog.h differs from src/ffi from line {} on; renew it: {}",
        differs.map_or(committed.lines().count().min(generated.lines().count()), |line| line + 1),
        RENEW
    );
}

#[test]
fn every_exported_function_is_in_the_header() {
    let exports =
        fs::read_to_string(root().join("tests/exports.txt")).expect("tests/exports.txt can be read");
    let exports: BTreeSet<&str> = exports.lines().collect();
    let header = header();
    let declared: BTreeSet<&str> = header
        .lines()
        .filter(|line| !line.starts_with([' ', '#', '/', '*']) && line.contains('('))
        .filter(|line| !line.starts_with("typedef"))
        .filter_map(|line| line.split('(').next()?.rsplit([' ', '*']).next())
        .collect();
    assert_eq!(declared, exports);
}

#[test]
fn cargo_the_header_and_the_library_are_of_one_version() {
    let header = header();
    let part = |name: &str| {
        let define = format!("#define WD_VERSION_{} ", name);
        header.lines().find_map(|line| line.strip_prefix(&define)).expect("the header defines its version")
    };
    assert_eq!(format!("{}.{}.{}", part("MAJOR"), part("MINOR"), part("PATCH")), env!("CARGO_PKG_VERSION"));
    // That `wd_version` says so too is checked from C, by test_basics.
}

#[test]
fn the_examples_of_header_and_readme_compile() {
    let header = header();
    let example = header.lines().skip_while(|line| !line.contains("#include <stdio.h>"));
    let example = example.take_while(|line| line.len() < 4 || line.starts_with(" *     "));
    let of_header: String = example.map(|line| line.get(3..).unwrap_or("").to_owned() + "\n").collect();
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md can be read");
    let of_readme = readme.split("```c\n").nth(1).and_then(|rest| rest.split("```").next());
    for example in [of_header.as_str(), of_readme.expect("README.md has an example in C")] {
        assert!(example.contains("int main(void)"), "{}", example);
        let cc = Command::new("cc")
            .args("-std=c99 -pedantic -Wall -Wextra -Werror -fsyntax-only -x c - -I".split(' '))
            .arg(root().join("include"))
            .stdin(Stdio::piped())
            .spawn();
        let mut cc = match cc {
            Ok(cc) => cc,
            Err(error) => {
                return println!("skip - the_examples_of_header_and_readme_compile: no cc: {}", error)
            }
        };
        cc.stdin.take().expect("it was asked for").write_all(example.as_bytes()).expect("cc reads");
        assert!(cc.wait().expect("cc ends").success(), "{}", example);
    }
}
