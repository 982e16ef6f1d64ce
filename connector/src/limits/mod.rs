//! Limits: what a peer may cost, and the reports of those that were reached.

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
pub(crate) use deadline::in_time;
pub(crate) use ended::count_end;
pub(crate) use of_connection::Bounds;
#[cfg(not(target_family = "wasm"))]
pub(crate) use refusals::RefusalLog;
pub(crate) use report::Told;
#[cfg(not(target_family = "wasm"))]
pub(crate) use throttle::Throttle;
