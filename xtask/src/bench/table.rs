//! The table that a run prints.

use super::measure::Effort;
use super::outcome::{Outcome, Spread, held_up};
use super::rows::Goal;

/// A server that is held up for more of its time than this is disturbed.
const DISTURBED: f64 = 0.05;

/// Prints what the table's columns are.
pub(crate) fn head(effort: Effort) {
    println!(
        "Processor time of the server for a message, in microseconds: medians of {} rounds",
        effort.rounds
    );
    println!(
        "of {} turns of {} s. The ratio is what the other side costs, in times of ours: the",
        effort.turns, effort.seconds
    );
    println!("median of the turns' ratios, and the ends of their middle half.");
}

/// Prints the rows of one group.
pub(crate) fn group(outcomes: &[Outcome]) {
    let Some(first) = outcomes.first() else { return };
    println!();
    println!(
        "{:<38} {:>8} {:>8} {:>7} {:>13} {:>7} {:>7}",
        first.row.group, "ours", "other", "ratio", "from .. to", "floor", "target"
    );
    for outcome in outcomes {
        println!("{}", row(outcome));
    }
}

/// Prints how it went.
pub(crate) fn foot(outcomes: &[Outcome]) {
    println!();
    let held_up = held_up(outcomes);
    if held_up > DISTURBED {
        println!(
            "Other programs disturbed this run: servers waited for their core {:.0}% of the time.",
            100.0 * held_up
        );
    }
    let failed = outcomes.iter().filter(|outcome| outcome.verdict.is_failure()).count();
    println!("{} rows, {failed} of them below their floor or broken", outcomes.len());
}

fn row(outcome: &Outcome) -> String {
    let name = format!("  {}", outcome.row.against);
    let costs = [&outcome.ours, &outcome.other].map(|side| Spread::of_cost(side));
    let verdict = outcome.verdict.text();
    let (Some(ratio), [Some(ours), Some(other)]) = (outcome.ratio(), costs) else {
        return format!("{name:<38} {verdict}");
    };
    let ends = format!("{:.2} .. {:.2}", ratio.low, ratio.high);
    let [floor, target] = bounds(outcome.row.goal);
    format!(
        "{name:<38} {:>8.3} {:>8.3} {:>7.2} {ends:>13} {floor:>7} {target:>7}  {verdict}",
        ours.median, other.median, ratio.median,
    )
}

fn bounds(goal: Goal) -> [String; 2] {
    let sign = match goal {
        Goal::AtLeast { .. } => "",
        Goal::AtMost { .. } => "<",
        Goal::None => return Default::default(),
    };
    let (floor, target) = goal.bounds().unwrap_or_default();
    [floor, target].map(|bound| format!("{sign}{bound}"))
}
