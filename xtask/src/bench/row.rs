//! A comparison and its goal.

use super::subject::Subject;

/// One comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Rows of a group are measured in turns, and what they share once.
    pub(crate) group: &'static str,
    pub(crate) against: &'static str,
    pub(crate) ours: Subject,
    pub(crate) other: Subject,
    pub(crate) goal: Goal,
}

/// The goal of the ratio: the cost of `other` in times of `ours`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    AtLeast {
        floor: f64,
        target: f64,
    },
    AtMost {
        floor: f64,
        target: f64,
    },
    /// Not slower than another commit: see [`SLOWER`].
    NotSlower,
    /// A control, which is only shown.
    None,
}

/// A row of `--against` fails if the whole middle half of its turns' ratios is
/// below this: slower by more than 3 % in three quarters of the turns, so by more
/// than the noise of that run.
pub(crate) const SLOWER: f64 = 0.97;

impl Row {
    /// Its whole name, which filters look into.
    pub(crate) fn name(&self) -> String {
        format!("{}: {}", self.group, self.against)
    }
}

/// A group of rows about one subject of ours.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) ours: Subject,
}

impl Group {
    /// Returns its comparison with another server.
    pub(crate) fn row(&self, against: &'static str, other: Subject, goal: Goal) -> Row {
        Row { group: self.name, against, ours: self.ours, other, goal }
    }
}

/// Returns the goal of a ratio that is better the larger it is.
pub(crate) const fn at_least(floor: f64, target: f64) -> Goal {
    Goal::AtLeast { floor, target }
}
