//! A server among peers that mean no good: those beside them get all their
//! answers about as soon as before, and everything is given back afterwards.
//! So does it after random operations of a server and its peers.
//!
//! Real sockets, bounded load. The everyday form is short; `CONNECTOR_LONG=1`
//! takes ten times as many sessions, a million connections, and the bound on
//! the median that only a long measurement can keep.
#![allow(clippy::unwrap_used)]

mod attacks;
mod big_pushes;
mod blocked;
mod cycles;
mod descriptors;
mod floods;
mod ghosts;
mod giants;
mod good;
mod holdings;
mod operations;
mod panics;
mod pauses;
mod ratios;
mod scene;
mod share;
mod slow_readers;
mod stage;
mod stop;
mod words;

use std::alloc::System;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Prints no panic that happens on purpose: what it prints would be measured.
fn quietly() {
    static QUIETLY: Once = Once::new();
    QUIETLY.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !panic.payload_as_str().is_some_and(|text| text.starts_with("on purpose")) {
                loud(panic);
            }
        }));
    });
}

/// One test at a time: they count what the whole process has.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
