//! The project's own tasks: `cargo xtask --help`.

mod apt;
mod bench;
mod command;
mod compile_time;
mod conformance;
mod connections;
mod cross;
mod deny;
#[cfg(test)]
mod documents;
mod features;
mod flood;
mod fuzz;
mod guide;
mod instructions;
mod latency;
mod lint;
mod models;
mod package;
mod peers;
mod programs;
mod rebuild;
mod report;
mod template;
mod test;
mod wasm;
mod web;
mod windows;

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
    /// Measures our servers beside the bare socket, their peers, or another commit.
    Bench(bench::Options),
    /// Compares the compile time of 200 routes with that of a `match` by hand, and measures the
    /// rebuild of examples/chat after an edit of one handler.
    CompileTime,
    /// Measures good sessions beside peers that flood, and the memory that stays.
    Flood(flood::Options),
    /// Damages the inputs of every decoder, and reports the inputs that fail.
    Fuzz(fuzz::Options),
    /// Follows docs/game-server.md from `cargo new` to a server behind nginx.
    Guide(guide::Options),
    /// Opens many connections to several processes, and prints the cost of one.
    Connections(connections::Options),
    /// Counts the instructions between a decoded message and its handler.
    Instructions,
    /// Measures what answers wait for over each transport, on a network that loses packets.
    Latency(latency::Options),
    /// Checks the English of public documentation and error texts.
    Lint(lint::Options),
    /// Tries the orders in which threads can use the outbox, the timer and keyed order.
    Models(models::Options),
    /// Builds docs/template against the published crates as they are packaged.
    Template,
    /// Installs the programs that the tests need, then checks format, lints, docs,
    /// dependencies and every test.
    Test {
        /// Also fuzzes every decoder for 30 seconds, runs the campaign of bad peers, the
        /// random operations and the models at full strength, and measures compile times.
        #[arg(long)]
        long: bool,
    },
    /// Checks the crates that browsers run, for wasm32-unknown-unknown.
    Wasm,
    /// Tests plugins and engines in Chromium and in threads of Node, beside the released ones.
    Web(web::Options),
    /// Checks the crate of servers and clients, with its named pipes, for Windows.
    Windows,
}

fn main() -> ExitCode {
    match Arguments::parse().task {
        Task::Bench(options) => bench::run(&options),
        Task::CompileTime => compile_time::run(),
        Task::Flood(options) => flood::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Guide(options) => guide::run(&options),
        Task::Connections(options) => connections::run(&options),
        Task::Instructions => instructions::run(),
        Task::Latency(options) => latency::run(&options),
        Task::Lint(options) => lint::run(&options),
        Task::Models(options) => models::run(&options),
        Task::Template => template::run(),
        Task::Test { long } => test::run(long),
        Task::Wasm => wasm::run(),
        Task::Web(options) => web::run(&options),
        Task::Windows => windows::run(),
    }
}
