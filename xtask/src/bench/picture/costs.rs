//! The cost of a message in each server, by depth.

use std::error::Error;
use std::path::Path;

use plotters::style::RGBColor;

use super::bars::{Bar, Bars, Scale, Section};
use crate::bench::measure::Sample;
use crate::bench::outcome::{Outcome, Spread};
use crate::bench::subject::{CONNECTIONS, Exchange, Subject};

const OURS: RGBColor = RGBColor(37, 99, 190);
const OTHERS: RGBColor = RGBColor(150, 158, 170);
/// Microseconds at both ends of the picture.
const ENDS: (f64, f64) = (0.05, 100.0);

/// Draws what a request and its answer cost, from the cheapest server on.
pub(crate) fn costs(path: &Path, outcomes: &[Outcome]) -> Result<(), Box<dyn Error>> {
    let by_depth =
        |outcome: &&Outcome| matches!(outcome.row.ours.load.exchange, Exchange::Depth(_));
    let shown: Vec<&Outcome> = outcomes.iter().filter(by_depth).collect();
    let sections = shown.chunk_by(|one, next| one.row.group == next.row.group);
    let bars = Bars {
        title: "Processor time of the server for a message, in microseconds",
        subtitle: "On a logarithmic scale. Depth: requests in flight on each connection, 50 of \
                   them unless said.",
        scale: Scale::Logarithmic(ENDS.0, ENDS.1),
        lines: [0.1, 1.0, 10.0, 100.0].map(|at| (at, at.to_string())).to_vec(),
        sections: sections.map(section).collect(),
    };
    bars.draw(path)
}

/// Every subject of a group once.
fn section(group: &[&Outcome]) -> Section<'static> {
    let mut costs: Vec<(Subject, f64)> = Vec::new();
    let sides = group.iter().flat_map(|outcome| {
        let Outcome { row, ours, other, .. } = outcome;
        [(row.ours, ours), (row.other, other)]
    });
    for (subject, samples) in sides {
        if costs.iter().all(|(known, _)| *known != subject) {
            costs.extend(cost(samples).map(|cost| (subject, cost)));
        }
    }
    costs.sort_by(|(_, one), (_, next)| one.total_cmp(next));
    let bars = costs.into_iter().map(|(subject, cost)| Bar {
        label: label(&subject),
        value: cost,
        text: format!("{cost:.3}"),
        colour: if subject.server.is_ours() { OURS } else { OTHERS },
        mark: None,
    });
    Section { title: group[0].row.group, bars: bars.collect() }
}

fn label(subject: &Subject) -> String {
    match subject.load.connections {
        CONNECTIONS => subject.server.name.to_owned(),
        many => format!("{}, {many} connections", subject.server.name),
    }
}

fn cost(samples: &[Sample]) -> Option<f64> {
    Some(Spread::of_cost(samples)?.median)
}
