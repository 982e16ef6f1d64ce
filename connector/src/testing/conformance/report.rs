//! The results of the kit.

use std::fmt;

use super::Behaviour;

/// The result of checking one behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The connector has the behaviour.
    Passed,
    /// The connector does not have the behaviour. The sentence describes what happened
    /// instead.
    Failed(String),
    /// The behaviour is impossible over this transport, for this reason.
    Exempt(&'static str),
}

/// The results of checking all behaviours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    outcomes: Vec<(Behaviour, Outcome)>,
}

impl Report {
    pub(super) fn new(outcomes: Vec<(Behaviour, Outcome)>) -> Self {
        Self { outcomes }
    }

    /// Returns each behaviour and its result, in the order of [`Behaviour::ALL`].
    pub fn outcomes(&self) -> &[(Behaviour, Outcome)] {
        &self.outcomes
    }

    /// Returns the behaviours that failed.
    pub fn failed(&self) -> Vec<Behaviour> {
        let failed = |(_, outcome): &&(Behaviour, Outcome)| matches!(outcome, Outcome::Failed(_));
        self.outcomes.iter().filter(failed).map(|(behaviour, _)| *behaviour).collect()
    }

    /// Returns whether no behaviour failed.
    pub fn passed(&self) -> bool {
        self.failed().is_empty()
    }

    /// Prints the report, and fails the calling test if a behaviour failed.
    ///
    /// # Panics
    /// Panics if a behaviour failed, with the whole report.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.passed(), "the connector does not conform\n{self}");
        println!("{self}");
    }
}

/// Writes a line for each behaviour with the reason of a failure or an exemption, and then
/// the requirements of those that failed.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (behaviour, outcome) in &self.outcomes {
            match outcome {
                Outcome::Passed => writeln!(f, "passed  {behaviour}")?,
                Outcome::Exempt(why) => writeln!(f, "exempt  {behaviour:<12}  {why}")?,
                Outcome::Failed(what) => writeln!(f, "FAILED  {behaviour:<12}  {what}")?,
            }
        }
        for behaviour in self.failed() {
            writeln!(f, "{behaviour} requires: {}", behaviour.demand())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_table_and_what_failed_is_required() {
        let report = Report::new(vec![
            (Behaviour::Fragmented, Outcome::Passed),
            (Behaviour::Bytes, Outcome::Exempt("its packages are text")),
            (Behaviour::AfterEnd, Outcome::Failed("a package arrived".into())),
        ]);
        let table = "passed  fragmented\n\
                     exempt  bytes         its packages are text\n\
                     FAILED  after_end     a package arrived\n\
                     after_end requires: After the end of a connection, however often it is \
                     polled, no package is received.\n";
        assert_eq!(report.to_string(), table);
        assert_eq!((report.failed(), report.passed()), (vec![Behaviour::AfterEnd], false));
    }
}
