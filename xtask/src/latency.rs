//! `cargo xtask latency`: what answers wait for over each transport, on a network that delays and
//! loses packets.

use std::process::{Command, ExitCode};

use clap::Args;

use crate::bench::picture::{self, Latency};
use crate::command::{built, cargo, measured, succeeds, target};

/// The network and the load.
#[derive(Args)]
pub(crate) struct Options {
    /// Milliseconds that a packet takes in one direction.
    #[arg(long, default_value_t = 25)]
    delay: u64,
    /// The percentages of packets that are lost in each direction, each of which is measured.
    #[arg(long, value_delimiter = ',', default_values_t = [0.0, 2.0])]
    loss: Vec<f64>,
    /// Milliseconds between two requests.
    #[arg(long, default_value_t = 20)]
    every: u64,
    /// Requests over each transport.
    #[arg(long, default_value_t = 2000)]
    requests: usize,
}

/// The percentages of answers whose slowest one is told.
const PERCENTILES: [usize; 3] = [50, 90, 99];

/// Measures, prints a table, and draws a picture.
pub(crate) fn run(options: &Options) -> ExitCode {
    measured(measure(options))
}

fn measure(options: &Options) -> Result<(), String> {
    let program = "bench-latency";
    let build = ["build", "--quiet", "--release", "--package", "bench", "--bin", program];
    if !succeeds(&mut cargo(&build)) {
        return Err("the program does not build".into());
    }
    let Options { delay, every, requests, .. } = options;
    println!("Milliseconds from a request to its answer, {delay} ms in each direction, a request");
    println!("each {every} ms.");
    println!();
    println!("| lost | transport | p50 | p90 | p99 | most |");
    println!("|---|---|---|---|---|---|");
    let mut latencies = Vec::new();
    for loss in &options.loss {
        let mut measured = Command::new(built(program));
        for (option, value) in [
            ("--delay", delay.to_string()),
            ("--every", every.to_string()),
            ("--requests", requests.to_string()),
            ("--loss", loss.to_string()),
        ] {
            measured.arg(option).arg(value);
        }
        let said = measured.output().map_err(|error| format!("{program}: {error}"))?;
        if !said.status.success() {
            let error = String::from_utf8_lossy(&said.stderr);
            return Err(format!("{error}\nIt makes a network of its own: run it as root on Linux"));
        }
        for line in String::from_utf8_lossy(&said.stdout).lines() {
            let latency = read(*loss, line).ok_or_else(|| format!("{program} has said {line}"))?;
            let Latency { transport, percentiles: [p50, p90, p99], most, .. } = &latency;
            println!("| {loss} % | {transport} | {p50:.0} | {p90:.0} | {p99:.0} | {most:.0} |");
            latencies.push(latency);
        }
    }
    let picture = target().join("bench/latency.svg");
    let drawn = std::fs::create_dir_all(target().join("bench")).map_err(Into::into);
    let drawn = drawn.and_then(|()| picture::latencies(&picture, *delay, &latencies));
    drawn.map_err(|error| format!("{}: {error}", picture.display()))?;
    println!();
    println!("{}", picture.display());
    Ok(())
}

/// Reads a line of the program: a name behind a colon, and milliseconds in their order.
fn read(loss: f64, line: &str) -> Option<Latency> {
    let (transport, waited) = line.split_once(": ")?;
    let waited: Vec<f64> = waited.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    let percentiles = PERCENTILES.map(|percentile| waited.len() * percentile / 100);
    let [p50, p90, p99] = percentiles.map(|at| waited.get(at).copied());
    let percentiles = [p50?, p90?, p99?];
    Some(Latency { loss, transport: transport.to_owned(), percentiles, most: *waited.last()? })
}
