//! Runs the suite.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::join_all;

use super::{Behaviour, Outcome, Report, Subject, checks};

/// A behaviour takes several steps, each of which has the subject's patience;
/// all together have this many times as much.
const STEPS: u32 = 8;

/// Looks at every [`Behaviour`] of a connector, all at the same time and each
/// on a connector of its own.
///
/// Runs in a tokio runtime with time and I/O, in the task that awaits it.
pub async fn conformance<S: Subject>(subject: &S) -> Report {
    let checks = Behaviour::ALL.map(|behaviour| {
        let outcome = Box::pin(check(subject, behaviour));
        outcome.map(move |outcome| (behaviour, outcome))
    });
    Report::new(join_all(checks).await)
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
