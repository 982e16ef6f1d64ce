//! Limits on what peers may cost: their enforcement, and reports of those that were reached.

mod accept;
mod admission;
mod deadline;
mod ended;
mod held;
mod hosts;
mod long_handshakes;
mod newest;
mod opening;
mod refusals;
mod report;
mod throttle;

pub(crate) use accept::accept;
pub(crate) use admission::{Admission, Admissions};
pub(crate) use deadline::with_handshake_deadline;
pub(crate) use ended::count_end;
pub(crate) use held::{HeldInAll, HeldLimit, HeldPart};
pub(crate) use hosts::Hosts;
pub(crate) use long_handshakes::LongHandshakes;
pub(crate) use newest::{Newest, NewestLimits, NewestQueue};
pub(crate) use opening::open_to_address;
#[cfg(feature = "plugin")]
pub(crate) use opening::poll_open_admitted;
pub(crate) use report::ReportedLimits;
pub(crate) use throttle::Throttle;
