//! Linker settings that belong to the library itself. The SONAME is set by whoever
//! installs it (CMake here, or cargo-c), never in two places.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").map_or(false, |os| os == "linux" || os == "android") {
        // The library's threads may be running its code: `dlclose` leaves it in place.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
