//! The project's own tasks.

mod apt;
mod bench;
mod command;
mod compile_time;
mod connections;
mod deny;
mod fuzz;
mod instructions;
mod lint;
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
    /// Measures our servers beside the bare socket and beside their peers.
    Bench(bench::Options),
    /// Compiles 200 routes beside a `match` by hand.
    CompileTime,
    /// Damages the inputs of every decoder, and says what does not hold then.
    Fuzz(fuzz::Options),
    /// Opens many connections over several processes, and says what one costs.
    Connections(connections::Options),
    /// Counts the instructions between a decoded message and its handler.
    Instructions,
    /// Checks the English of public documentation and error texts.
    Lint(lint::Options),
    /// Builds docs/template against the published crates as they are packaged.
    Template,
    /// Installs what the tests need, then format, lints, docs and every test.
    Test {
        /// Fuzzes every decoder for half a minute, and fights the campaign of
        /// bad peers at full strength.
        #[arg(long)]
        long: bool,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().task {
        Task::Bench(options) => bench::run(&options),
        Task::CompileTime => compile_time::run(),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Connections(options) => connections::run(&options),
        Task::Instructions => instructions::run(),
        Task::Lint(options) => lint::run(&options),
        Task::Template => template::run(),
        Task::Test { long } => test::run(long),
    }
}
