//! What the kit found.

use std::fmt;

use super::Behaviour;

/// What became of one behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The connector has it.
    Passed,
    /// The connector has it not; the sentence says what happened instead.
    Failed(String),
    /// It cannot be had over this transport; the sentence says why.
    Exempt(&'static str),
}

/// What became of all behaviours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    outcomes: Vec<(Behaviour, Outcome)>,
}

impl Report {
    pub(super) fn new(outcomes: Vec<(Behaviour, Outcome)>) -> Self {
        Self { outcomes }
    }

    /// Each behaviour and what became of it, in the order of
    /// [`Behaviour::ALL`].
    pub fn outcomes(&self) -> &[(Behaviour, Outcome)] {
        &self.outcomes
    }

    /// The behaviours that failed.
    pub fn failed(&self) -> Vec<Behaviour> {
        let failed = |(_, outcome): &&(Behaviour, Outcome)| matches!(outcome, Outcome::Failed(_));
        self.outcomes.iter().filter(failed).map(|(behaviour, _)| *behaviour).collect()
    }

    /// Whether none failed.
    pub fn passed(&self) -> bool {
        self.failed().is_empty()
    }

    /// Fails the test that it is called in, unless all behaviours passed.
    ///
    /// # Panics
    /// If one failed; the message is the whole report.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.passed(), "the connector does not conform\n{self}");
    }
}

/// A line for each behaviour, with what it demands where it failed.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (behaviour, outcome) in &self.outcomes {
            match outcome {
                Outcome::Passed => writeln!(f, "passed  {behaviour}")?,
                Outcome::Exempt(why) => writeln!(f, "exempt  {behaviour}: {why}")?,
                Outcome::Failed(what) => {
                    writeln!(f, "FAILED  {behaviour}: {what}")?;
                    writeln!(f, "        demanded: {}", behaviour.demand())?;
                }
            }
        }
        Ok(())
    }
}
