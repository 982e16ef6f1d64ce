//! The task: ours beside the bare socket and the peers.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::machine::Machine;
use super::measure::{self, Effort};
use super::outcome::Outcome;
use super::peers::Peers;
use super::row::Row;
use super::{commits, json, picture, rows, table};
use crate::command::{cargo, succeeds, target};

/// The rows, and the number and length of measurements.
#[derive(Args)]
pub(crate) struct Options {
    /// Measures only rows whose name contains this text, as in `depth 16` or
    /// `pitaya`.
    filter: Option<String>,
    /// Measures our own servers against this commit, such as `HEAD~1`, in place
    /// of all rows; fails if one is slower here: if the middle half of its turns'
    /// ratios is below 0.97 as a whole. A server that the commit does not have is
    /// not run. The commit is checked out and built in `target/bench/against`.
    #[arg(long, value_name = "REV")]
    against: Option<String>,
    /// Rounds. In each of them every server is started anew.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Turns of a round. In each of them every server is measured once.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..))]
    turns: u16,
    /// Seconds of one measurement.
    #[arg(long, default_value_t = 0.3)]
    seconds: f64,
}

/// Measures, prints the table, and writes the figures and pictures of it to
/// `target/bench`; fails if a floor is missed.
pub(crate) fn run(options: &Options) -> ExitCode {
    if let Some(revision) = &options.against {
        return commits::run(revision, options);
    }
    let rows = match selected(rows::all(), options) {
        Ok(rows) => rows,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    if !build(&rows) {
        return ExitCode::FAILURE;
    }
    let mut peers = Peers::new();
    for row in &rows {
        // The row says what is missing.
        let _ = peers.prepare(&row.other);
    }
    let effort = options.effort();
    let machine = Machine::here();
    println!("{}", machine.line());
    table::head(effort);
    let mut outcomes = Vec::new();
    for group in rows.chunk_by(|row, next| row.group == next.group) {
        let series = measure::group(group, effort, &mut peers);
        let found: Vec<_> = group.iter().map(|&row| Outcome::new(row, &series)).collect();
        table::group(&found);
        outcomes.extend(found);
    }
    if let Err(error) = write(&target().join("bench"), &machine, effort, &outcomes) {
        eprintln!("the report could not be written: {error}");
        return ExitCode::FAILURE;
    }
    table::foot(&outcomes);
    ExitCode::from(u8::from(outcomes.iter().any(|outcome| outcome.verdict.is_failure())))
}

/// The rows that the filter leaves.
///
/// # Errors
/// There are none.
pub(super) fn selected(rows: Vec<Row>, options: &Options) -> Result<Vec<Row>, String> {
    let filter = options.filter.as_deref().unwrap_or_default();
    let rows: Vec<Row> = rows.into_iter().filter(|row| row.name().contains(filter)).collect();
    if rows.is_empty() { Err(format!("no row has `{filter}` in its name")) } else { Ok(rows) }
}

impl Options {
    pub(super) fn effort(&self) -> Effort {
        Effort { rounds: self.rounds.into(), turns: self.turns.into(), seconds: self.seconds }
    }
}

/// Builds the load and those servers of this workspace that are needed.
pub(super) fn build(rows: &[Row]) -> bool {
    let mut build = cargo(&["build", "--release", "--package", "bench", "--package", "echo"]);
    let mut names = vec!["bench-load"];
    let subjects = rows.iter().flat_map(|row| [row.ours, row.other]);
    let programs = subjects.flat_map(|subject| [subject.server.program, subject.load.program()]);
    names.extend(programs.filter_map(|program| program.built()));
    succeeds(build.args(names.iter().flat_map(|name| ["--bin", name])))
}

fn write(
    folder: &Path,
    machine: &Machine,
    effort: Effort,
    outcomes: &[Outcome],
) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(folder)?;
    json::write(&folder.join("bench.json"), machine, effort, outcomes)?;
    picture::ratios(&folder.join("ratios.svg"), outcomes)?;
    picture::costs(&folder.join("costs.svg"), outcomes)?;
    println!();
    for name in ["bench.json", "ratios.svg", "costs.svg"] {
        println!("{}", folder.join(name).display());
    }
    Ok(())
}
