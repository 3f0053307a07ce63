//! Linker settings that belong to the library itself, and what the compiler can do. The
//! SONAME is set by whoever installs it (CMake here, or cargo-c), never in two places.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(c_unwind)");
    if minor_version().map_or(false, |minor| minor >= 71) {
        println!("cargo:rustc-cfg=c_unwind"); // it knows extern "C-unwind"
    }
    if std::env::var("CARGO_CFG_TARGET_OS").map_or(false, |os| os == "linux" || os == "android") {
        // The library's threads may be running its code: `dlclose` leaves it in place.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}

/// The 71 of "rustc 1.71.0 (…)".
fn minor_version() -> Option<u32> {
    let output = Command::new(std::env::var_os("RUSTC")?).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.split('.').nth(1)?.parse().ok()
}
