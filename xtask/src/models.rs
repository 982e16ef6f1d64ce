//! `cargo xtask models`: what several threads share, in every order of these.

use std::process::ExitCode;

use clap::Args;

use crate::command::{cargo, succeeds, target};

/// How many orders of the threads are tried.
#[derive(Args)]
pub(crate) struct Options {
    /// Interrupts threads up to three times and not twice, which takes a minute.
    #[arg(long)]
    long: bool,
}

/// Runs the models.
pub(crate) fn run(options: &Options) -> ExitCode {
    ExitCode::from(u8::from(!check(options.long)))
}

/// Runs the models with loom; `true` if all of them hold.
pub(crate) fn check(long: bool) -> bool {
    let features = ["--features", "plugin,testing"];
    let mut test = cargo(&["test", "--quiet", "--package", "connector-kit", "--lib"]);
    test.args(features).args(["models::", "--", "--test-threads", "1"]);
    test.env("RUSTFLAGS", "--cfg connector_loom");
    test.env("LOOM_MAX_PREEMPTIONS", if long { "3" } else { "2" });
    // Other flags would build all dependencies again.
    succeeds(test.env("CARGO_TARGET_DIR", target().join("models")))
}
