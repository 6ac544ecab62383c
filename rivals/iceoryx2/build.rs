//! Lets the program know which compiler built it.

use std::process::Command;

fn main() {
    let rustc = std::env::var_os("RUSTC").expect("cargo names the compiler");
    let said = Command::new(rustc).arg("--version").output().expect("the compiler runs");
    let version = String::from_utf8(said.stdout).expect("a version is text");
    println!("cargo::rustc-env=RUSTC_VERSION={}", version.trim());
    println!("cargo::rerun-if-changed=build.rs");
}
