//! `cargo xtask bench`: our path beside the bare socket, in one run.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};

use crate::command::{cargo, exists, root, succeeds};

/// One comparison: the share of the bare socket's speed that must be left.
struct Row {
    depth: usize,
    floor: f64,
}

const ROWS: [Row; 2] = [Row { depth: 1, floor: 0.85 }, Row { depth: 16, floor: 0.50 }];
/// Rounds that the medians are taken of.
const ROUNDS: usize = 5;

/// What is loaded.
struct Subject {
    program: &'static str,
    arguments: &'static [&'static str],
    speaks: &'static str,
}

const BARE: Subject = Subject { program: "bench-raw-tokio", arguments: &[], speaks: "packages" };
const ECHO: Subject = Subject { program: "echo", arguments: &["--port", "0"], speaks: "pomelo" };

/// Runs every comparison and prints a table.
pub(crate) fn run() -> ExitCode {
    let build = ["build", "--release", "--package", "bench", "--package", "echo"];
    if !succeeds(&mut cargo(&build)) {
        return ExitCode::FAILURE;
    }
    println!("CPU microseconds of the server a message, medians of {ROUNDS} interleaved rounds");
    println!("{:>5} {:>8} {:>8} {:>7} {:>6}", "depth", "bare", "ours", "ratio", "floor");
    let mut held = true;
    for row in ROWS {
        let (mut bare, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            for (subject, figures) in [(&BARE, &mut bare), (&ECHO, &mut ours)] {
                match measure(subject, row.depth) {
                    Ok(figure) => figures.push(figure),
                    Err(error) => {
                        eprintln!("{}: {error}", subject.program);
                        return ExitCode::FAILURE;
                    }
                }
            }
        }
        let (bare, ours) = (median(bare), median(ours));
        let ratio = bare / ours;
        let mark = if ratio < row.floor { "  below the floor" } else { "" };
        held &= ratio >= row.floor;
        println!("{:>5} {bare:>8.3} {ours:>8.3} {ratio:>7.2} {:>6.2}{mark}", row.depth, row.floor);
    }
    ExitCode::from(u8::from(!held))
}

/// CPU microseconds that the server spends on a message.
fn measure(subject: &Subject, depth: usize) -> Result<f64, String> {
    let mut server = Started::new(
        pinned(subject.program, 1).args(subject.arguments).env("TOKIO_WORKER_THREADS", "1"),
    )?;
    let ready = server.line()?;
    let port = ready.strip_prefix("READY ").ok_or("the server did not say READY")?.to_owned();
    let depth = depth.to_string();
    let mut load = Started::new(pinned("bench-load", 0).args([
        "--port",
        &port,
        "--speaks",
        subject.speaks,
        "--depth",
        &depth,
    ]))?;
    load.line()?;
    let before = server.cpu_nanoseconds()?;
    load.go_on()?;
    let end = load.line()?;
    let spent = server.cpu_nanoseconds()? - before;
    let answers = end.split(' ').nth(1).and_then(|count| count.parse::<f64>().ok());
    match answers.filter(|&answers| answers > 0.0) {
        Some(answers) => Ok(spent as f64 / 1000.0 / answers),
        None => Err(format!("no answers: {end}")),
    }
}

/// A program of this workspace on one core, where that can be chosen.
fn pinned(program: &str, core: usize) -> Command {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let program = target.join("release").join(program);
    if !exists("taskset") {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.arg("--cpu-list").arg(core.to_string()).arg(program);
    command
}

/// A program that runs until this is dropped.
struct Started {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Started {
    fn new(command: &mut Command) -> Result<Self, String> {
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| error.to_string())?;
        let stdout = child.stdout.take().ok_or("no output")?;
        Ok(Self { child, lines: BufReader::new(stdout) })
    }

    /// Answers its line.
    fn go_on(&mut self) -> Result<(), String> {
        let stdin = self.child.stdin.as_mut().ok_or("no input")?;
        stdin.write_all(b"\n").map_err(|error| error.to_string())
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.lines.read_line(&mut line) {
            Ok(0) => Err("it ended early".into()),
            Ok(_) => Ok(line.trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// All its threads' time on a core, which the kernel counts exactly.
    fn cpu_nanoseconds(&self) -> Result<u64, String> {
        let tasks = format!("/proc/{}/task", self.child.id());
        let tasks = std::fs::read_dir(tasks).map_err(|error| error.to_string())?;
        let spent = |task: std::fs::DirEntry| {
            let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        };
        Ok(tasks.flatten().filter_map(spent).sum())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
