//! `cargo xtask connections`: the number of connections of a machine, and the
//! cost of one.

use std::process::{Command, ExitCode};
use std::time::Instant;

use clap::Args;

use crate::bench::process::Running;
use crate::command::{built, cargo, measured, succeeds};

/// The numbers of connections and processes.
#[derive(Args)]
pub(crate) struct Options {
    /// The number of connections.
    #[arg(default_value_t = 100_000)]
    connections: usize,
    /// The number of servers, each with a client program of its own. Default: as
    /// many as the limit of open files requires.
    #[arg(long)]
    processes: Option<usize>,
}

/// Open files of a process beside its connections.
const OTHER_FILES: u64 = 100;

/// A server and its clients.
struct Pair {
    server: Running,
    clients: Running,
    /// The server's memory before, in bytes.
    before: usize,
}

/// Opens the connections, awaits an answer on each, and prints time and memory.
pub(crate) fn run(options: &Options) -> ExitCode {
    measured(measure(options))
}

fn measure(options: &Options) -> Result<(), String> {
    let packages = ["--package", "bench", "--package", "echo"];
    let programs = ["--bin", "bench-idle", "--bin", "echo"];
    let build = [&["build", "--quiet", "--release"][..], &packages, &programs].concat();
    if !succeeds(&mut cargo(&build)) {
        return Err("the programs do not build".into());
    }
    let files = rlimit::increase_nofile_limit(u64::MAX).map_err(|error| error.to_string())?;
    let each = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX).max(1);
    let processes = options.processes.unwrap_or_else(|| options.connections.div_ceil(each)).max(1);
    let each = options.connections.div_ceil(processes);
    let started = Instant::now();
    let mut pairs = Vec::new();
    let mut left = options.connections;
    while left > 0 {
        let connections = each.min(left);
        pairs.push(Pair::start(connections)?);
        left -= connections;
    }
    let mut open = 0;
    for pair in &mut pairs {
        open += number(&pair.clients.expect("OPEN")?)?;
    }
    println!("{open} connections to {processes} servers in {:.1?}", started.elapsed());
    let mut bytes = 0;
    for pair in &pairs {
        bytes += pair.server.memory()?.saturating_sub(pair.before);
    }
    println!("{} bytes of a server's memory each", bytes / open.max(1));
    let asked = Instant::now();
    let mut answered = 0;
    for pair in &mut pairs {
        pair.clients.go_on()?;
    }
    for pair in &mut pairs {
        answered += number(&pair.clients.expect("ANSWERED")?)?;
    }
    println!("{answered} of them answered, in {:.1?}", asked.elapsed());
    if answered == options.connections {
        Ok(())
    } else {
        Err(format!("{} did not answer", options.connections - answered))
    }
}

impl Pair {
    fn start(connections: usize) -> Result<Self, String> {
        let mut echo = Command::new(built("echo"));
        // No heartbeat is due while the other connections are opened.
        let mut server = Running::start(echo.args(["--port", "0", "--heartbeat", "600"]))?;
        let port = server.expect("READY")?;
        let before = server.memory()?;
        let mut idle = Command::new(built("bench-idle"));
        idle.args(["--port", &port, "--connections", &connections.to_string()]);
        Ok(Self { clients: Running::start(&mut idle)?, server, before })
    }
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}
