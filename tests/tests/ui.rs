//! What the compiler says to those who make a mistake with the macros.
//!
//! `TRYBUILD=overwrite cargo test -p connector-tests --test ui` writes down
//! what the compiler says now; read each line of it as a newcomer would.

use std::env;
use std::process::Command;

/// The compiler that the `.stderr` files were written with. Another one may
/// put the same mistakes in other words.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn mistakes() {
    if is_that_compiler() {
        // Without a case that passes, all of them are compiled at once.
        trybuild::TestCases::new().compile_fail("ui/fail/*/*.rs");
    } else {
        eprintln!("not {COMPILER}x: what it says about mistakes is not compared");
    }
}

fn is_that_compiler() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("there is a compiler");
    version.stdout.starts_with(COMPILER.as_bytes())
}
