//! `cargo xtask flood`: what good sessions wait for beside peers that flood, and the memory
//! that a server keeps of a flood.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::bench::process::{Core, Running, pinned};
use crate::bench::revision::{self, Revision};
use crate::command::{built, cargo, measured, succeeds};

/// The floods, their peers and the allocator.
#[derive(Args)]
pub(crate) struct Options {
    /// The floods. Default: all of them.
    #[arg(value_enum)]
    floods: Vec<Flood>,
    /// The number of peers that flood, each of which is measured.
    #[arg(long, value_delimiter = ',', default_values_t = [2, 20])]
    peers: Vec<usize>,
    /// The number of good sessions.
    #[arg(long, default_value_t = 100)]
    good: usize,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Another commit, whose server is measured in turns with this one.
    #[arg(long, value_name = "COMMIT")]
    against: Option<String>,
    /// The most that the slowest good sessions may wait beside many peers, in times of what
    /// they wait for at the other commit.
    #[arg(long, default_value_t = 1.5)]
    most: f64,
    /// The server's allocator, whose library the system has to have.
    #[arg(long, value_enum, default_value_t = Allocator::Glibc)]
    allocator: Allocator,
}

#[derive(Clone, Copy, ValueEnum)]
enum Flood {
    Echo,
    Pings,
    Heartbeats,
    Bodies,
    Handshakes,
}

#[derive(Clone, Copy, ValueEnum)]
enum Allocator {
    Glibc,
    Mimalloc,
    Jemalloc,
}

/// The time after which a server's memory is looked at again.
const LATER: Duration = Duration::from_secs(5);

/// Measures each flood, and prints a table.
pub(crate) fn run(options: &Options) -> ExitCode {
    measured(measure(options))
}

fn measure(options: &Options) -> Result<(), String> {
    let packages = ["--package", "bench", "--package", "echo"];
    let programs = ["--bin", "bench-flood", "--bin", "echo"];
    let build = [&["build", "--quiet", "--release"][..], &packages, &programs].concat();
    if !succeeds(&mut cargo(&build)) {
        return Err("the programs do not build".into());
    }
    let mut servers = vec![(String::new(), built("echo"))];
    if let Some(commit) = &options.against {
        let other = Revision::check_out(commit)?;
        other.has("echo")?;
        if !other.build(&["echo"]) {
            return Err(format!("the server of {} does not build", other.title()));
        }
        servers.push((format!(", {}", other.title()), revision::built("echo")));
    }
    let preload = options.allocator.library()?;
    println!("| flood | peers | p50 | p99 | p99, quiet | idle | at the end | 5 s later |");
    println!("|---|---|---|---|---|---|---|---|");
    let all = Flood::value_variants();
    let floods = if options.floods.is_empty() { all } else { &options.floods };
    let mut missed = Vec::new();
    for flood in floods {
        for &peers in &options.peers {
            let mut rows = Vec::new();
            for (title, server) in &servers {
                let row = flood.measure((title, server), peers, options, preload)?;
                println!("{}", row.line);
                rows.push(row);
            }
            missed.extend(rows[0].missed(peers, rows.get(1), options.most));
        }
    }
    if missed.is_empty() { Ok(()) } else { Err(missed.join("; ")) }
}

/// What good sessions waited for beside one flood.
struct Row {
    line: String,
    flood: String,
    /// In microseconds.
    p99: f64,
    quiet: f64,
}

/// The most that a few peers may make the slowest good sessions wait, in times of what they
/// wait for without.
const BESIDE_FEW: f64 = 12.0;
const FEW: usize = 2;

impl Row {
    /// Returns what is slower than it may be, beside so many peers: a few by what it is without
    /// them, many by what it was before.
    fn missed(&self, peers: usize, before: Option<&Self>, most: f64) -> Option<String> {
        let Self { flood, p99, .. } = self;
        let (other, most) = match before {
            Some(before) if peers > FEW => (before.p99, most),
            _ if peers <= FEW => (self.quiet, BESIDE_FEW),
            _ => return None,
        };
        let times = p99 / other;
        (times > most).then(|| format!("{flood}: {times:.1} times as long, {most:.1} at most"))
    }
}

impl Flood {
    fn measure(
        self,
        (title, server): (&str, &Path),
        peers: usize,
        options: &Options,
        preload: &str,
    ) -> Result<Row, String> {
        let mut echo = pinned(Core::Server, server);
        if !preload.is_empty() {
            echo.env("LD_PRELOAD", preload);
        }
        let mut server = Running::start(echo.args(["--port", "0"]))?;
        let port = server.expect("READY")?;
        let seconds = options.seconds.to_string();
        let peer = |peers: usize| {
            let mut peer = pinned(Core::Load, built("bench-flood"));
            peer.args(["--port", &port, "--seconds", &seconds, "--peers", &peers.to_string()]);
            peer
        };
        let mut good = Running::start(&mut peer(options.good))?;
        good.expect("OPEN")?;
        let [_, quiet] = took(&mut good)?;
        let idle = server.memory()?;
        let name = self.to_possible_value().map(|value| value.get_name().to_owned());
        let name = name.unwrap_or_default();
        let mut flooding = nice(peer(peers));
        let mut flooding = Running::start(flooding.args(["--flood", &name]))?;
        flooding.expect("FLOODS")?;
        let [p50, p99] = took(&mut good)?;
        let full = server.memory()?;
        drop(flooding);
        sleep(LATER);
        let later = server.memory()?;
        let [idle, full, later] = [idle, full, later].map(|bytes| bytes >> 10);
        let line = format!(
            "| {name}{title} | {peers} | {p50} µs | {p99} µs | {quiet} µs | {idle} KiB | {full} KiB | \
             {later} KiB |"
        );
        Ok(Row { line, flood: format!("{name} by {peers}"), p99, quiet })
    }
}

impl Allocator {
    /// Returns the library to load in front of glibc.
    fn library(self) -> Result<&'static str, String> {
        let (libraries, package): (&[&str], _) = match self {
            Self::Glibc => return Ok(""),
            Self::Mimalloc => (
                &["/usr/lib/x86_64-linux-gnu/libmimalloc.so.2", "/usr/lib/libmimalloc.so.2"],
                "libmimalloc2.0",
            ),
            Self::Jemalloc => (
                &["/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", "/usr/lib/libjemalloc.so.2"],
                "libjemalloc2",
            ),
        };
        let found = libraries.iter().find(|library| Path::new(library).exists());
        found.copied().ok_or_else(|| {
            format!("{} is missing: install it, as by `apt-get install {package}`", libraries[0])
        })
    }
}

/// Lets the good sessions ask, and returns the p50 and the p99 of their answers, in
/// microseconds.
fn took(good: &mut Running) -> Result<[f64; 2], String> {
    good.go_on()?;
    let took = good.expect("TOOK")?;
    let mut parts = took.split_whitespace().map(str::parse);
    match (parts.next(), parts.next()) {
        (Some(Ok(p50)), Some(Ok(p99))) => Ok([p50, p99]),
        _ => Err(format!("`{took}` is not two times")),
    }
}

/// Returns a command that gives way to others on its core, as the load of good sessions.
fn nice(command: Command) -> Command {
    let mut nice = Command::new("nice");
    nice.args(["-n", "19"]).arg(command.get_program()).args(command.get_args());
    nice
}
