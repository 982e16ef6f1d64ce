//! Ratio and verdict of a row.

use super::measure::{Failure, Sample, Series};
use super::row::{Goal, Row, SLOWER};
use super::subject::Subject;

/// A row with its figures.
pub(crate) struct Outcome {
    pub(crate) row: Row,
    pub(crate) ours: Vec<Sample>,
    pub(crate) other: Vec<Sample>,
    pub(crate) verdict: Verdict,
}

/// The verdict about a row.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The target is reached.
    Reached,
    /// The floor is reached, the target is not.
    Held,
    /// The floor is not reached.
    Missed,
    /// As fast as the other commit, or faster.
    NotSlower,
    /// Slower than the other commit beyond the noise.
    Slower,
    /// The row has no goal.
    Shown,
    /// A program is not installed or does not exist.
    NotRun(String),
    /// A program does not do its part.
    Broken(String),
}

/// The middle of some figures, and the ends of their middle half.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Outcome {
    /// Looks the two sides of a row up.
    pub(crate) fn new(row: Row, all: &[Series]) -> Self {
        let side = |subject: Subject| all.iter().find(|series| series.subject == subject);
        let failure = |subject| side(subject).and_then(|series| series.failure.clone());
        let samples = |subject| side(subject).map(|series| series.samples.clone());
        let mut outcome = Self {
            row,
            ours: samples(row.ours).unwrap_or_default(),
            other: samples(row.other).unwrap_or_default(),
            verdict: Verdict::Shown,
        };
        outcome.verdict = match failure(row.ours).or_else(|| failure(row.other)) {
            Some(Failure::Missing(what)) => Verdict::NotRun(what),
            Some(Failure::Broken(what)) => Verdict::Broken(what),
            None => match outcome.ratio() {
                Some(ratio) => row.goal.verdict(ratio),
                None => Verdict::Broken("no figures".into()),
            },
        };
        outcome
    }

    /// Returns the cost of the other side in times of ours, turn by turn, since both
    /// sides of a turn ran one soon after the other.
    pub(crate) fn ratio(&self) -> Option<Spread> {
        let turns = self.ours.iter().zip(&self.other);
        Spread::of(turns.map(|(ours, other)| other.microseconds / ours.microseconds))
    }
}

/// The share of its time that a server could not run in, since something else
/// was on its core: the median of all measurements.
pub(crate) fn held_up(outcomes: &[Outcome]) -> f64 {
    let samples = outcomes.iter().flat_map(|outcome| outcome.ours.iter().chain(&outcome.other));
    Spread::of(samples.map(|sample| sample.held_up)).map_or(0.0, |spread| spread.median)
}

impl Goal {
    fn verdict(self, spread: Spread) -> Verdict {
        let ratio = spread.median;
        let (reached, held) = match self {
            Self::AtLeast { floor, target } => (ratio >= target, ratio >= floor),
            Self::AtMost { floor, target } => (ratio <= target, ratio <= floor),
            Self::NotSlower if spread.high < SLOWER => return Verdict::Slower,
            Self::NotSlower => return Verdict::NotSlower,
            Self::None => return Verdict::Shown,
        };
        match (reached, held) {
            (true, _) => Verdict::Reached,
            (false, true) => Verdict::Held,
            (false, false) => Verdict::Missed,
        }
    }

    /// Returns floor and target, if the goal has them.
    pub(crate) fn bounds(self) -> Option<(f64, f64)> {
        match self {
            Self::AtLeast { floor, target } | Self::AtMost { floor, target } => {
                Some((floor, target))
            }
            Self::NotSlower | Self::None => None,
        }
    }
}

impl Verdict {
    /// Checks that the run has failed with this verdict.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Missed | Self::Slower | Self::Broken(_))
    }

    /// Returns the verdict in words.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Reached => "target reached".into(),
            Self::Held => "above the floor".into(),
            Self::Missed => "MISSED".into(),
            Self::NotSlower => "not slower".into(),
            Self::Slower => "SLOWER".into(),
            Self::Shown => "control".into(),
            Self::NotRun(why) => format!("not run: {why}"),
            Self::Broken(why) => format!("FAILED: {why}"),
        }
    }
}

impl Spread {
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let last = figures.len().checked_sub(1)?;
        // The figure at some part of the way, between two if it falls there.
        let at = |part: f64| {
            let place = part * last as f64;
            let before = figures[place.floor() as usize];
            let after = figures[place.ceil() as usize];
            before + (after - before) * place.fract()
        };
        Some(Self { low: at(0.25), median: at(0.5), high: at(0.75) })
    }

    /// Of the processor time of messages.
    pub(crate) fn of_cost(samples: &[Sample]) -> Option<Self> {
        Self::of(samples.iter().map(|sample| sample.microseconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        let ends = |figures: &[f64]| {
            Spread::of(figures.iter().copied())
                .map(|spread| (spread.low, spread.median, spread.high))
        };
        assert_eq!(ends(&[3.0, 1.0, 10.0, 2.0, 4.0]), Some((2.0, 3.0, 4.0)));
        assert_eq!(ends(&[1.0, 2.0]), Some((1.25, 1.5, 1.75)));
        assert_eq!(ends(&[1.0]), Some((1.0, 1.0, 1.0)));
        assert_eq!(ends(&[]), None);
    }

    #[test]
    fn floors_and_targets_have_a_side() {
        let at = |median| Spread { median, low: 0.0, high: 9.0 };
        let least = Goal::AtLeast { floor: 0.5, target: 0.9 };
        assert!(matches!(least.verdict(at(0.9)), Verdict::Reached));
        assert!(matches!(least.verdict(at(0.5)), Verdict::Held));
        assert!(matches!(least.verdict(at(0.49)), Verdict::Missed));
        let most = Goal::AtMost { floor: 1.8, target: 1.4 };
        assert!(matches!(most.verdict(at(1.4)), Verdict::Reached));
        assert!(matches!(most.verdict(at(1.9)), Verdict::Missed));
    }

    #[test]
    fn a_commit_is_slower_if_the_whole_middle_half_is() {
        let verdict = |median, high| Goal::NotSlower.verdict(Spread { median, low: 0.5, high });
        assert!(matches!(verdict(0.9, 0.96), Verdict::Slower));
        assert!(matches!(verdict(0.9, 0.98), Verdict::NotSlower));
        assert!(matches!(verdict(1.2, 1.3), Verdict::NotSlower));
        assert!(Verdict::Slower.is_failure() && !Verdict::NotSlower.is_failure());
        assert!(!Verdict::NotRun(String::new()).is_failure());
    }
}
