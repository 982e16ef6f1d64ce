//! Limits on what peers may cost: their enforcement, and reports of those that were reached.

#[cfg(not(target_family = "wasm"))]
mod admission;
#[cfg(not(target_family = "wasm"))]
mod deadline;
mod ended;
mod of_connection;
#[cfg(not(target_family = "wasm"))]
mod refusals;
mod report;
#[cfg(not(target_family = "wasm"))]
mod throttle;

#[cfg(not(target_family = "wasm"))]
pub(crate) use admission::{Admission, Admissions};
#[cfg(not(target_family = "wasm"))]
pub(crate) use deadline::with_handshake_deadline;
pub(crate) use ended::count_end;
pub(crate) use of_connection::ConnectionLimits;
#[cfg(not(target_family = "wasm"))]
pub(crate) use refusals::RefusalLog;
pub(crate) use report::ReportedLimits;
#[cfg(not(target_family = "wasm"))]
pub(crate) use throttle::Throttle;
