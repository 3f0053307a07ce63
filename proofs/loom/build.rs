//! As the library's own, of which the models need this alone.

fn main() {
    println!("cargo:rustc-check-cfg=cfg(c_unwind)");
    println!("cargo:rustc-cfg=c_unwind");
}
