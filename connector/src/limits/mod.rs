//! Limits: what a peer may cost, and the reports of those that were reached.

mod admission;
mod deadline;
mod ended;
pub(crate) mod refusals;
mod report;
mod throttle;

pub(crate) use admission::{Admission, Admissions};
pub(crate) use deadline::in_time;
pub(crate) use ended::count_end;
pub(crate) use report::Told;
pub(crate) use throttle::Throttle;
