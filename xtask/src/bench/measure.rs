//! One measurement; all those of a run, in turns.

use serde::Serialize;

use super::peers::Peers;
use super::process::{Core, Running};
use super::row::Row;
use super::subject::{Cost, Subject};

/// The result of one measurement.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Sample {
    /// The cost of a message: mostly processor time of the server.
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

/// All measurements of a subject, or why there are none.
pub(crate) struct Series {
    pub(crate) subject: Subject,
    pub(crate) samples: Vec<Sample>,
    pub(crate) failure: Option<Failure>,
}

/// The reason that a subject has no figures.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// A program is not installed or does not exist.
    Missing(String),
    /// A program does not do its part.
    Broken(String),
}

/// The number and length of measurements.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Effort {
    /// In each of them every server is started anew.
    pub(crate) rounds: usize,
    /// Turns of a round, each with one measurement of every server. They are
    /// short, so that both sides of a ratio find the machine as fast.
    pub(crate) turns: usize,
    /// Seconds of one measurement.
    pub(crate) seconds: f64,
}

/// Measures all that the rows of a group need, once a turn each; every other
/// turn goes backwards, so that no side is always the later one.
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
        let mut order: Vec<_> = all
            .iter_mut()
            .filter(|series| series.failure.is_none())
            .filter_map(|series| {
                let loaded = Loaded::start(&series.subject, effort.seconds, peers);
                Some((series.or_fail(loaded)?, series))
            })
            .collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for _ in 0..effort.turns {
            for (loaded, series) in &mut order {
                if series.failure.is_none() {
                    let sample = series.or_fail(loaded.measure());
                    series.samples.extend(sample);
                }
            }
            order.reverse();
        }
    }
    all
}

impl Series {
    /// Notes what has failed.
    fn or_fail<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|error| self.failure = Some(Failure::Broken(error))).ok()
    }
}

/// A server with its load, which rests between measurements.
struct Loaded {
    server: Running,
    load: Running,
    cost: Cost,
}

impl Loaded {
    fn start(subject: &Subject, seconds: f64, peers: &Peers) -> Result<Self, String> {
        let of = |who: &'static str| move |error: String| format!("{who}: {error}");
        let mut command = peers.command(&subject.server);
        let mut server =
            Running::start(command.env("TOKIO_WORKER_THREADS", "1")).map_err(of("server"))?;
        let port = server.expect("READY").map_err(of("server"))?;
        // Where both are counted they take turns on one core: in a virtual machine it costs
        // more to wake another core than to make the call.
        let core = if subject.load.cost == Cost::Both { Core::Server } else { Core::Load };
        let mut command = peers.program(subject.load.program(), core);
        command.args(["--port", &port, "--seconds", &seconds.to_string()]);
        command.args(subject.load.arguments()).env("TOKIO_WORKER_THREADS", "1");
        let mut load = Running::start(&mut command).map_err(of("load"))?;
        load.expect("OPEN").map_err(of("load"))?;
        Ok(Self { server, load, cost: subject.load.cost })
    }

    /// Loads the server, and reads the clocks before and after.
    fn measure(&mut self) -> Result<Sample, String> {
        let of_load = |error: String| format!("load: {error}");
        self.load.go_on()?;
        self.load.expect("BEGIN").map_err(of_load)?;
        let before = self.server.clock()?;
        let load_before = self.load.clock()?;
        self.load.go_on()?;
        let end = self.load.expect("END").map_err(of_load)?;
        let spent = self.server.clock()?.since(&before);
        let load_spent = self.load.clock()?.since(&load_before);
        let numbers = end.split_once(' ').and_then(|(messages, seconds)| {
            Some((messages.parse::<u64>().ok()?, seconds.parse::<f64>().ok()?))
        });
        match numbers {
            Some((messages @ 1.., seconds)) => Ok(Sample {
                microseconds: match self.cost {
                    Cost::Server => spent.running as f64 / 1e3,
                    Cost::Both => (spent.running + load_spent.running) as f64 / 1e3,
                    Cost::Elapsed => seconds * 1e6,
                } / messages as f64,
                messages,
                seconds,
                busy: spent.running as f64 / 1e9 / seconds,
                held_up: spent.waiting as f64 / 1e9 / seconds,
            }),
            _ => Err(format!("no answers: {end}")),
        }
    }
}
