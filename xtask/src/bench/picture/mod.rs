//! The pictures of a run.

mod bars;
mod costs;
mod latencies;
mod ratios;

pub(crate) use costs::costs;
pub(crate) use latencies::{Latency, latencies};
pub(crate) use ratios::ratios;
