//! `cargo xtask bench --against`: our servers of two commits, side by side.

use std::process::ExitCode;

use super::machine::Machine;
use super::measure;
use super::outcome::Outcome;
use super::peers::Peers;
use super::revision::Revision;
use super::rows;
use super::task::{Options, build, selected};
use super::{json, table};
use crate::command::{measured, target};

/// Measures, prints the table, and writes the figures to
/// `target/bench/against.json`; fails if a row is slower than at `revision`.
pub(crate) fn run(revision: &str, options: &Options) -> ExitCode {
    match measure(revision, options) {
        Ok(outcomes) => {
            table::commits_foot(&outcomes);
            ExitCode::from(u8::from(outcomes.iter().any(|row| row.verdict.is_failure())))
        }
        Err(error) => measured(Err(error)),
    }
}

fn measure(revision: &str, options: &Options) -> Result<Vec<Outcome>, String> {
    let rows = selected(rows::commits(), options)?;
    let revision = Revision::check_out(revision)?;
    let programs: Vec<_> = rows.iter().filter_map(|row| row.ours.server.program.built()).collect();
    if !revision.build(&programs) {
        return Err(format!("{} does not build", revision.title()));
    }
    if !build(&rows) {
        return Err("the working tree does not build".into());
    }
    let effort = options.effort();
    let machine = Machine::here().against(&revision);
    println!("{}", machine.line());
    table::commits_head(effort, &revision.title());
    let mut peers = Peers::new().with_revision(revision);
    let mut outcomes = Vec::new();
    for row in rows {
        let series = measure::group(&[row], effort, &mut peers);
        let outcome = Outcome::new(row, &series);
        println!("{}", table::commits_row(&outcome));
        outcomes.push(outcome);
    }
    let path = target().join("bench/against.json");
    json::write(&path, &machine, effort, &outcomes).map_err(|error| error.to_string())?;
    println!("\n{}", path.display());
    Ok(outcomes)
}
