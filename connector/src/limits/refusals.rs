//! The log of refused connections.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use connector_protocol::Limit;
use connector_protocol::text::escaped;

use crate::runtime::Instant;
use crate::{Peer, metrics};

/// The time between two reports.
const QUIET: Duration = Duration::from_secs(1);

/// The log of connections that exceed one of the limits on their number, at most once a
/// second, so that a flood of connections does not flood the log.
#[derive(Debug, Default)]
pub(crate) struct RefusalLog(Mutex<Unreported>);

#[derive(Debug, Default)]
struct Unreported {
    count: usize,
    /// The time of the last report.
    reported: Option<Instant>,
}

impl RefusalLog {
    /// Counts a connection over `limit`, and logs it at most once a second.
    pub(crate) fn report(&self, limit: Limit, peer: &Peer, refused: bool) {
        metrics::limit_reached(limit);
        if let Some(count) = self.count(Instant::now()) {
            let limit = limit.name();
            tracing::warn!(limit, peer = %escaped(&peer), refused, count, "too many connections");
        }
    }

    /// Counts a connection. Returns the count since the last report if the next one
    /// is due.
    fn count(&self, now: Instant) -> Option<usize> {
        let mut unreported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        unreported.count += 1;
        if unreported.reported.is_some_and(|reported| now < reported + QUIET) {
            return None;
        }
        unreported.reported = Some(now);
        Some(std::mem::take(&mut unreported.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_a_flood_once_a_second() {
        let refused = RefusalLog::default();
        let start = Instant::now();
        let at = |ms| refused.count(start + Duration::from_millis(ms));
        assert_eq!([at(0), at(1), at(999)], [Some(1), None, None]);
        assert_eq!([at(1_000), at(1_999), at(2_500)], [Some(3), None, Some(2)]);
    }
}
