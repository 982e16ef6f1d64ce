//! The duration of calls.

use std::time::Duration;

use crate::handler::{Cx, Filter, Outcome, RouteSpec};
use crate::metrics;

/// A filter that tells how long calls take: in the log on the level `debug`, slow ones on
/// `warn`, and as the metric [`CALL_SECONDS`](crate::metrics::CALL_SECONDS). The time
/// includes the filters of the call, and not the wait for its turn.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    slow: Duration,
}

impl Time {
    /// Returns the filter. A call of a second is slow.
    pub const fn new() -> Self {
        Self { slow: Duration::from_secs(1) }
    }

    /// Sets from which duration a call is slow. Default: a second.
    #[must_use]
    pub const fn slow(mut self, slow: Duration) -> Self {
        self.slow = slow;
        self
    }
}

impl Default for Time {
    fn default() -> Self {
        Self::new()
    }
}

impl Filter for Time {
    fn after(&self, cx: &Cx<'_>, route: &RouteSpec, outcome: &Outcome<'_>) {
        let (route, took) = (route.route, outcome.elapsed);
        let code = outcome.error.map_or(200, |error| error.code);
        metrics::call_took(route, code, took);
        let session = cx.session.id().get();
        if took >= self.slow {
            tracing::warn!(route, session, code, ?took, "a slow call");
        } else {
            tracing::debug!(route, session, code, ?took, "a call");
        }
    }
}
