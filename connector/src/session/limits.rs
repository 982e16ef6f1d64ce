//! What is done at limits.

use std::fmt;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use connector_protocol::{Limit, Limits};

use super::Session;
use crate::{Peer, metrics};

/// The log is told about too many connections once in this time.
const QUIET: Duration = Duration::from_secs(1);

/// The limits of which a connection's dry run has told the log: each once, since
/// whoever is over a limit is so again and again.
#[derive(Debug, Default)]
pub(crate) struct Told(AtomicU16);

impl Told {
    /// Counts that a limit was reached, and tells so if a dry run lets that
    /// pass.
    pub(crate) fn reached(&self, limits: &Limits, limit: Limit, who: &dyn fmt::Display) {
        metrics::reached(limit);
        if limits.dry_run && self.is_first(limit) {
            warn(limit, who);
        }
    }

    /// Counts and tells that a dry run has let a limit pass, if it is the first
    /// time.
    pub(crate) fn passed_once(&self, limit: Limit, who: &dyn fmt::Display) {
        if self.is_first(limit) {
            metrics::reached(limit);
            warn(limit, who);
        }
    }

    fn is_first(&self, limit: Limit) -> bool {
        let bit = 1 << limit as u16;
        self.0.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }
}

/// Connections over one of the limits of their number. Whoever floods a server with
/// them does not flood its log.
#[derive(Debug, Default)]
pub(crate) struct TooMany(Mutex<Untold>);

#[derive(Debug, Default)]
struct Untold {
    count: usize,
    /// When the log was told last.
    told: Option<Instant>,
}

impl TooMany {
    /// Counts and tells that there are too many; `None` if that is enforced.
    pub(crate) fn over(&self, limit: Limit, peer: &Peer, refused: bool) -> Option<()> {
        metrics::reached(limit);
        if let Some(count) = self.tell(Instant::now()) {
            let limit = limit.name();
            tracing::warn!(limit, %peer, refused, count, "too many connections");
        }
        (!refused).then_some(())
    }

    /// One more; how many there were since the log was told last, if it is time
    /// to tell it again.
    fn tell(&self, now: Instant) -> Option<usize> {
        let mut untold = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        untold.count += 1;
        if untold.told.is_some_and(|told| now < told + QUIET) {
            return None;
        }
        untold.told = Some(now);
        Some(std::mem::take(&mut untold.count))
    }
}

fn warn(limit: Limit, who: &dyn fmt::Display) {
    tracing::warn!(limit = limit.name(), %who, "over a limit, in a dry run");
}

impl Session {
    /// Counts that a limit was reached, and tells so if a dry run lets that
    /// pass.
    pub(crate) fn reached(&self, limit: Limit) {
        let who = format_args!("session {} of {}", self.id(), self.peer());
        self.0.told.reached(&self.0.limits, limit, &who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_once_a_second() {
        let (refused, start) = (TooMany::default(), Instant::now());
        let at = |ms| refused.tell(start + Duration::from_millis(ms));
        assert_eq!([at(0), at(1), at(999)], [Some(1), None, None]);
        assert_eq!([at(1_000), at(1_999), at(2_500)], [Some(3), None, Some(2)]);
    }
}
