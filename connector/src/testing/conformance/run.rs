//! The functions that run the suite.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::{Behaviour, Outcome, Report, Subject, alone, checks};

/// Checks every [`Behaviour`] of a connector, one after the other and each with a new
/// connector.
///
/// It needs a tokio runtime with time and I/O, and spawns no task. The runtime should be
/// this test's own, since leaked tasks are found by their number. Leaked memory is found only
/// by [`conformance!`](crate::conformance!), whose test of it has a process of its own.
///
/// # Cancel safety
/// Dropping the future ends the checks.
pub async fn conformance<S: Subject>(subject: &S) -> Report {
    let mut outcomes = Vec::new();
    for &behaviour in Behaviour::ALL {
        // One at a time, so that they do not delay each other.
        outcomes.push((behaviour, check(subject, behaviour).await));
    }
    Report::new(outcomes)
}

/// Checks one [`Behaviour`] of a connector. A timeout and a panic are failures.
///
/// # Cancel safety
/// Dropping the future ends the check.
pub async fn check<S: Subject>(subject: &S, behaviour: Behaviour) -> Outcome {
    if let Some(why) = exemption(subject, behaviour) {
        return Outcome::Exempt(why);
    }
    let timeout = subject.timeout() * subject.effort().steps();
    let checked = AssertUnwindSafe(checks::run(subject, behaviour)).catch_unwind();
    match tokio::time::timeout(timeout, checked).await {
        Ok(Ok(Ok(()))) => Outcome::Passed,
        Ok(Ok(Err(what))) => Outcome::Failed(what),
        Ok(Err(panic)) => Outcome::Failed(format!("it panicked: {}", message(&*panic))),
        Err(_) => Outcome::Failed(format!("it did not end within {timeout:?}")),
    }
}

/// Returns the behaviours that a connector is exempt from, each with its reason.
pub fn exemptions<S: Subject>(subject: &S) -> Vec<(Behaviour, &'static str)> {
    let exempt = |&behaviour| Some((behaviour, exemption(subject, behaviour)?));
    Behaviour::ALL.iter().filter_map(exempt).collect()
}

/// Runs a test of one behaviour, in a runtime of its own. `path` is that of the test, from the
/// name of its crate on. [`Behaviour::Churn`] runs in a process of its own.
///
/// # Panics
/// Panics if the connector does not have the behaviour.
#[track_caller]
pub fn test<S: Subject>(path: &str, subject: impl FnOnce() -> S, behaviour: Behaviour) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => panic!("the test has no runtime: {error}"),
    };
    let outcome = runtime.block_on(async {
        let subject = subject();
        let counts = behaviour == Behaviour::Churn && exemption(&subject, behaviour).is_none();
        if counts
            && !alone::is_alone()
            && let Some(outcome) = alone::run(path)
        {
            return outcome;
        }
        check(&subject, behaviour).await
    });
    // What its threads still do is done before the process ends.
    drop(runtime);
    if alone::is_alone() {
        alone::report(&outcome);
    }
    match outcome {
        Outcome::Passed => {}
        Outcome::Exempt(why) => println!("exempt  {behaviour}: {why}"),
        Outcome::Failed(what) => {
            let demand = behaviour.demand();
            panic!("the connector does not conform\n{behaviour}: {what}\nrequired: {demand}");
        }
    }
}

/// Returns the reason for which a connector is exempt from a behaviour, if it is.
pub(super) fn exemption<S: Subject>(subject: &S, behaviour: Behaviour) -> Option<&'static str> {
    subject.exempt(behaviour).or_else(|| subject.content().exempt(behaviour))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}
