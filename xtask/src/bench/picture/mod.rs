//! The pictures of a run.

mod bars;
mod costs;
mod ratios;

pub(crate) use costs::costs;
pub(crate) use ratios::ratios;
