//! The locks and atomics of what several threads share. `cargo xtask models` builds the
//! tests with those of loom, which tries the orders in which threads can run.

#[cfg(all(test, connector_loom))]
pub(crate) mod woken;

#[cfg(not(all(test, connector_loom)))]
pub(crate) use std::sync::{Mutex, MutexGuard, atomic};

#[cfg(all(test, connector_loom))]
pub(crate) use loom::sync::{Mutex, MutexGuard, atomic};
