//! Limits on what peers may cost: their enforcement, and reports of those that were reached.

mod admission;
mod deadline;
mod ended;
pub(crate) mod refusals;
mod report;
mod throttle;

pub(crate) use admission::{Admission, Admissions};
pub(crate) use deadline::with_handshake_deadline;
pub(crate) use ended::count_end;
pub(crate) use report::ReportedLimits;
pub(crate) use throttle::Throttle;
