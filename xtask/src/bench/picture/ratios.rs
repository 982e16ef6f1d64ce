//! The ratio of each row in relation to its target.

use std::error::Error;
use std::path::Path;

use plotters::style::RGBColor;

use super::bars::{Bar, Bars, Scale, Section};
use crate::bench::outcome::{Outcome, Verdict};
use crate::bench::row::Goal;

const REACHED: RGBColor = RGBColor(22, 135, 90);
const HELD: RGBColor = RGBColor(217, 152, 24);
const MISSED: RGBColor = RGBColor(200, 52, 52);
/// The end of the axis, in targets.
const END: f64 = 1.5;

/// Draws the ratios of a run beside their floors and targets.
pub(crate) fn ratios(path: &Path, outcomes: &[Outcome]) -> Result<(), Box<dyn Error>> {
    let sections = outcomes.chunk_by(|one, next| one.row.group == next.row.group);
    let sections = sections.filter_map(|group| {
        let bars: Vec<Bar> = group.iter().filter_map(bar).collect();
        (!bars.is_empty()).then(|| Section { title: group[0].row.group, bars })
    });
    let bars = Bars {
        title: "Processor time a message: the ratios, beside what they are to be",
        subtitle: "Each bar in parts of its own target. Black: the floor. Green: target reached, \
                   amber: floor held, red: missed.",
        scale: Scale::Linear(END),
        lines: [0.5, 1.0].map(|at| (at, format!("{:.0}% of target", 100.0 * at))).to_vec(),
        sections: sections.collect(),
    };
    bars.draw(path)
}

fn bar(outcome: &Outcome) -> Option<Bar> {
    let ratio = outcome.ratio()?.median;
    let (floor, target) = outcome.row.goal.bounds()?;
    let of_target = |value: f64| match outcome.row.goal {
        Goal::AtMost { .. } => target / value,
        _ => value / target,
    };
    let side = if let Goal::AtMost { .. } = outcome.row.goal { "at most: " } else { "" };
    let colour = match outcome.verdict {
        Verdict::Reached => REACHED,
        Verdict::Held => HELD,
        _ => MISSED,
    };
    Some(Bar {
        label: outcome.row.against.to_owned(),
        value: of_target(ratio),
        text: format!("{ratio:.2} ({side}floor {floor}, target {target})"),
        colour,
        mark: Some(of_target(floor)),
    })
}
