//! The project's own tasks.

mod bench;
mod command;
mod peers;
mod report;
mod test;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measures our path beside the bare socket.
    Bench,
    /// Installs what the tests need, then format, lints, docs and every test.
    Test,
}

fn main() -> ExitCode {
    match Arguments::parse().task {
        Task::Bench => bench::run(),
        Task::Test => test::run(),
    }
}
