//! One measurement; all those of a run, in turns.

use serde::Serialize;

use super::peers::Peers;
use super::process::{Core, Running, pinned};
use super::rows::Row;
use super::subject::Subject;
use crate::command::built;

/// What one measurement found.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Sample {
    /// Processor time of the server for a message.
    pub(crate) microseconds: f64,
    /// Messages that were answered, or lines that arrived.
    pub(crate) messages: u64,
    pub(crate) seconds: f64,
    /// The share of that time in which the server ran: far below one, the load
    /// was the slower side.
    pub(crate) busy: f64,
    /// The share in which it could not, since something else was on its core,
    /// of all its threads together: far above zero with a single thread, others
    /// disturbed the measurement.
    pub(crate) held_up: f64,
}

/// All measurements of a subject: one for each round, or why there are none.
pub(crate) struct Series {
    pub(crate) subject: Subject,
    pub(crate) samples: Vec<Sample>,
    pub(crate) failure: Option<Failure>,
}

/// Why something has no figure.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// It is not there.
    Missing(String),
    /// It is there, and did not do its part.
    Broken(String),
}

/// How much is measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// Seconds of one measurement.
    pub(crate) seconds: f64,
}

/// Measures all that the rows of a group need, once a round each; every other
/// round goes backwards, so that no side is always the later one.
pub(crate) fn group(rows: &[Row], effort: Effort, peers: &mut Peers) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    for subject in rows.iter().flat_map(|row| [row.other, row.ours]) {
        if all.iter().all(|series| series.subject != subject) {
            let failure = peers.prepare(&subject).err().map(Failure::Missing);
            all.push(Series { subject, samples: Vec::new(), failure });
        }
    }
    for round in 0..effort.rounds {
        eprintln!("{}: round {} of {}", rows[0].group, round + 1, effort.rounds);
        let order: Vec<&mut Series> = match round % 2 {
            0 => all.iter_mut().collect(),
            _ => all.iter_mut().rev().collect(),
        };
        for series in order {
            if series.failure.is_none() {
                match measure(&series.subject, effort.seconds, peers) {
                    Ok(sample) => series.samples.push(sample),
                    Err(error) => series.failure = Some(Failure::Broken(error)),
                }
            }
        }
    }
    all
}

/// Starts the server, loads it, and reads its clock before and after.
fn measure(subject: &Subject, seconds: f64, peers: &Peers) -> Result<Sample, String> {
    let of = |who: &'static str| move |error: String| format!("{who}: {error}");
    let mut command = peers.command(&subject.server);
    let mut server =
        Running::start(command.env("TOKIO_WORKER_THREADS", "1")).map_err(of("server"))?;
    let port = server.expect("READY").map_err(of("server"))?;
    let mut command = pinned(Core::Load, built("bench-load"));
    command.args(["--port", &port, "--seconds", &seconds.to_string()]);
    let mut load = Running::start(command.args(subject.load.arguments())).map_err(of("load"))?;
    load.expect("BEGIN").map_err(of("load"))?;
    let before = server.clock()?;
    load.go_on()?;
    let end = load.expect("END").map_err(of("load"))?;
    let spent = server.clock()?.since(&before);
    let numbers = end.split_once(' ').and_then(|(messages, seconds)| {
        Some((messages.parse::<u64>().ok()?, seconds.parse::<f64>().ok()?))
    });
    match numbers {
        Some((messages @ 1.., seconds)) => Ok(Sample {
            microseconds: spent.running as f64 / 1e3 / messages as f64,
            messages,
            seconds,
            busy: spent.running as f64 / 1e9 / seconds,
            held_up: spent.waiting as f64 / 1e9 / seconds,
        }),
        _ => Err(format!("no answers: {end}")),
    }
}
