//! A server among peers that mean no good: those beside them get all their
//! answers about as soon as before, and everything is given back afterwards.
//!
//! Real sockets, bounded load. The everyday form is short; `CONNECTOR_LONG=1`
//! takes ten times as many sessions, a million connections, and the bound on
//! the median that only a long measurement can keep.
#![allow(clippy::unwrap_used)]

mod attacks;
mod cycles;
mod descriptors;
mod good;
mod holdings;
mod scene;
mod stop;
mod words;

use std::alloc::System;
use std::sync::{Mutex, MutexGuard, PoisonError};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Whether this is the long form.
fn is_long() -> bool {
    std::env::var_os("CONNECTOR_LONG").is_some_and(|value| value == "1")
}

/// One test at a time: they count what the whole process has.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
