//! The tables that runs print.

use super::measure::Effort;
use super::outcome::{Outcome, Spread, held_up};
use super::row::{Goal, SLOWER};

/// The share of waiting above which a run counts as disturbed.
const DISTURBED: f64 = 0.05;

/// Prints the explanation of the columns.
pub(crate) fn head(effort: Effort) {
    println!(
        "Processor time of the server for a message, in microseconds: medians of {} rounds",
        effort.rounds
    );
    println!(
        "of {} turns of {} s. The ratio is what the other side costs, in times of ours: the",
        effort.turns, effort.seconds
    );
    println!("median of the turns' ratios, and the ends of their middle half. Rows of plugins say");
    println!("which time they are about: that of both programs' processors, or of the clock.");
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

/// Prints the foot of the table.
pub(crate) fn foot(outcomes: &[Outcome]) {
    disturbance(outcomes);
    let failed = outcomes.iter().filter(|outcome| outcome.verdict.is_failure()).count();
    println!("{} rows, {failed} of them below their floor or broken", outcomes.len());
}

/// Prints the head of the table of two commits.
pub(crate) fn commits_head(effort: Effort, revision: &str) {
    println!(
        "Processor time of the server for a message, in microseconds: medians of {} rounds",
        effort.rounds
    );
    println!(
        "of {} turns of {} s. The ratio is the cost at {revision} in times of the cost here:",
        effort.turns, effort.seconds
    );
    println!("the median of the turns' ratios, and the ends of their middle half. A row is slower");
    println!("if that whole half is below {SLOWER}.");
    println!();
    println!("{:<38} {:>8} {:>8} {:>7} {:>13}", "", "here", "other", "ratio", "from .. to");
}

/// A row of the table of two commits.
pub(crate) fn commits_row(outcome: &Outcome) -> String {
    let name = outcome.row.group;
    let verdict = outcome.verdict.text();
    match figures(outcome) {
        Some(figures) => format!("{name:<38} {figures}  {verdict}"),
        None => format!("{name:<38} {verdict}"),
    }
}

/// Prints the foot of the table of two commits.
pub(crate) fn commits_foot(outcomes: &[Outcome]) {
    disturbance(outcomes);
    let failed = outcomes.iter().filter(|outcome| outcome.verdict.is_failure()).count();
    println!("{} rows, {failed} of them slower or broken", outcomes.len());
}

/// Says whether other programs disturbed the run.
fn disturbance(outcomes: &[Outcome]) {
    println!();
    let held_up = held_up(outcomes);
    if held_up > DISTURBED {
        println!(
            "Other programs disturbed this run: servers waited for their core {:.0}% of the time.",
            100.0 * held_up
        );
    }
}

fn row(outcome: &Outcome) -> String {
    let name = format!("  {}", outcome.row.against);
    let verdict = outcome.verdict.text();
    let Some(figures) = figures(outcome) else {
        return format!("{name:<38} {verdict}");
    };
    let [floor, target] = bounds(outcome.row.goal);
    format!("{name:<38} {figures} {floor:>7} {target:>7}  {verdict}")
}

/// The four columns of figures: both costs, the ratio, the ends of its middle
/// half.
fn figures(outcome: &Outcome) -> Option<String> {
    let ratio = outcome.ratio()?;
    let ours = Spread::of_cost(&outcome.ours)?.median;
    let other = Spread::of_cost(&outcome.other)?.median;
    let ends = format!("{:.2} .. {:.2}", ratio.low, ratio.high);
    Some(format!("{ours:>8.3} {other:>8.3} {:>7.2} {ends:>13}", ratio.median))
}

fn bounds(goal: Goal) -> [String; 2] {
    let sign = match goal {
        Goal::AtLeast { .. } => "",
        Goal::AtMost { .. } => "<",
        Goal::NotSlower | Goal::None => return Default::default(),
    };
    let (floor, target) = goal.bounds().unwrap_or_default();
    [floor, target].map(|bound| format!("{sign}{bound}"))
}
