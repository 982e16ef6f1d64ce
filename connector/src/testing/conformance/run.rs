//! The functions that run the suite.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::{Behaviour, Outcome, Report, Subject, checks};

/// The factor of the subject's timeout in which all steps of a behaviour have to end.
/// Each step has the timeout itself.
const STEPS: u32 = 8;

/// Checks every [`Behaviour`] of a connector, one after the other and each with a new
/// connector.
///
/// It needs a tokio runtime with time and I/O, and spawns no task.
///
/// # Cancel safety
/// Dropping the future ends the checks.
pub async fn conformance<S: Subject>(subject: &S) -> Report {
    let mut outcomes = Vec::new();
    for behaviour in Behaviour::ALL {
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
    if let Some(why) = subject.exempt(behaviour) {
        return Outcome::Exempt(why);
    }
    let timeout = subject.timeout() * STEPS;
    let checked = AssertUnwindSafe(checks::run(subject, behaviour)).catch_unwind();
    match tokio::time::timeout(timeout, checked).await {
        Ok(Ok(Ok(()))) => Outcome::Passed,
        Ok(Ok(Err(what))) => Outcome::Failed(what),
        Ok(Err(panic)) => Outcome::Failed(format!("it panicked: {}", message(&*panic))),
        Err(_) => Outcome::Failed(format!("it did not end within {timeout:?}")),
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}
