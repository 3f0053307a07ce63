//! The shared library exports the functions of `exports.txt` and nothing else.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

/// The library beside this test's own program, which cargo builds with it.
fn library() -> PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    program.with_file_name("libwatchdog.so")
}

#[test]
fn exactly_the_contract_is_exported() {
    let library = library();
    assert!(library.exists(), "{} is not there", library.display());
    let listed = match Command::new("nm").args(["-D", "--defined-only", "-f", "posix"]).arg(&library).output()
    {
        Ok(listed) => listed,
        Err(error) => return println!("skip - exactly_the_contract_is_exported: no nm: {}", error),
    };
    assert!(listed.status.success(), "nm: {}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).expect("symbols are UTF-8");
    let exported: BTreeSet<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    let contract: BTreeSet<&str> = include_str!("exports.txt").lines().collect();
    assert_eq!(exported, contract);
}
