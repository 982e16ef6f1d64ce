//! The project's own tasks.

mod bench;
mod command;
mod fuzz;
mod package;
mod peers;
mod report;
mod template;
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
    /// Damages the inputs of every decoder, and says what does not hold then.
    Fuzz(fuzz::Options),
    /// Builds docs/template against the published crates as they are packaged.
    Template,
    /// Installs what the tests need, then format, lints, docs and every test.
    Test {
        /// Fuzzes every decoder for half a minute, too.
        #[arg(long)]
        long: bool,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().task {
        Task::Bench => bench::run(),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Template => template::run(),
        Task::Test { long } => test::run(long),
    }
}
