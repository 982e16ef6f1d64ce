//! The file with every figure of a run.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::machine::{Machine, versions};
use super::measure::{Effort, Sample};
use super::outcome::{Outcome, Spread};
use super::subject::Subject;

#[derive(Serialize)]
struct Report<'a> {
    machine: &'a Machine,
    versions: BTreeMap<&'static str, String>,
    effort: Effort,
    rows: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    group: &'static str,
    against: &'static str,
    ours: Side<'a>,
    other: Side<'a>,
    /// The cost of the other side, in times of ours.
    ratio: Option<Figures>,
    floor: Option<f64>,
    target: Option<f64>,
    verdict: String,
}

#[derive(Serialize)]
struct Side<'a> {
    server: &'static str,
    load: String,
    /// Microseconds of processor time a message.
    cost: Option<Figures>,
    /// One for each turn.
    samples: &'a [Sample],
}

#[derive(Serialize)]
struct Figures {
    median: f64,
    low: f64,
    high: f64,
}

/// Writes the file.
///
/// # Errors
/// Those of the file system.
pub(crate) fn write(
    path: &Path,
    machine: &Machine,
    effort: Effort,
    outcomes: &[Outcome],
) -> io::Result<()> {
    let rows = outcomes.iter().map(line).collect();
    let report = Report { machine, versions: versions(), effort, rows };
    let text = serde_json::to_string_pretty(&report)?;
    std::fs::write(path, text + "\n")
}

fn line(outcome: &Outcome) -> Line<'_> {
    let row = &outcome.row;
    let (floor, target) = row.goal.bounds().unzip();
    Line {
        group: row.group,
        against: row.against,
        ours: side(&row.ours, &outcome.ours),
        other: side(&row.other, &outcome.other),
        ratio: outcome.ratio().map(figures),
        floor,
        target,
        verdict: outcome.verdict.text(),
    }
}

fn side<'a>(subject: &Subject, samples: &'a [Sample]) -> Side<'a> {
    Side {
        server: subject.server.name,
        load: subject.load.arguments().join(" "),
        cost: Spread::of_cost(samples).map(figures),
        samples,
    }
}

fn figures(spread: Spread) -> Figures {
    Figures { median: spread.median, low: spread.low, high: spread.high }
}
