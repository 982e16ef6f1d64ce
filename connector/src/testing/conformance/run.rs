//! Runs the suite.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::{Behaviour, Outcome, Report, Subject, checks};

/// A behaviour takes several steps, each of which has the subject's patience;
/// all together have this many times as much.
const STEPS: u32 = 8;

/// Looks at every [`Behaviour`] of a connector, one after the other and each on
/// a connector of its own.
///
/// Runs in a tokio runtime with time and I/O, in the task that awaits it.
pub async fn conformance<S: Subject>(subject: &S) -> Report {
    let mut outcomes = Vec::new();
    for behaviour in Behaviour::ALL {
        // One at a time, so that a busy one is not another's delay.
        outcomes.push((behaviour, check(subject, behaviour).await));
    }
    Report::new(outcomes)
}

/// Looks at one [`Behaviour`] of a connector. A hang and a panic are failures
/// like others.
pub async fn check<S: Subject>(subject: &S, behaviour: Behaviour) -> Outcome {
    if let Some(why) = subject.exempt(behaviour) {
        return Outcome::Exempt(why);
    }
    let patience = subject.patience() * STEPS;
    let checked = AssertUnwindSafe(checks::run(subject, behaviour)).catch_unwind();
    match tokio::time::timeout(patience, checked).await {
        Ok(Ok(Ok(()))) => Outcome::Passed,
        Ok(Ok(Err(what))) => Outcome::Failed(what),
        Ok(Err(panic)) => Outcome::Failed(format!("it panicked: {}", message(&*panic))),
        Err(_) => Outcome::Failed(format!("it came to no end within {patience:?}")),
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}
