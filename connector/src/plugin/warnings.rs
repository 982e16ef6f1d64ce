//! The warnings that peers cause.

use std::sync::atomic::{AtomicU32, Ordering};

/// How many of them are logged as warnings.
pub(super) const FEW: u32 = 5;

/// Counts the warnings that a peer causes, as often as it likes: only the first few are logged
/// as such, so that no peer fills the log.
#[derive(Debug, Default)]
pub(super) struct Warnings(AtomicU32);

impl Warnings {
    /// Counts a warning. Returns `true` if it is one of the first.
    pub(super) fn is_due(&self) -> bool {
        let count = |before: u32| (before < FEW).then(|| before + 1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count).is_ok()
    }
}

/// Logs at WARN if the condition holds, and else at DEBUG.
macro_rules! warn_if {
    ($is_due:expr, $($said:tt)*) => {
        if $is_due {
            tracing::warn!($($said)*);
        } else {
            tracing::debug!($($said)*);
        }
    };
}
pub(super) use warn_if;
