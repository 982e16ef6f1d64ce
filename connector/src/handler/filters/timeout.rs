//! The longest duration of calls.

use std::time::Duration;

use crate::handler::{Filter, RouteSpec};

/// A filter that drops calls that take too long, and answers with
/// [`HandlerError::TIMED_OUT`](crate::handler::HandlerError::TIMED_OUT), as the timeout of a
/// single route does. Of several timeouts the shortest counts.
#[derive(Clone, Copy, Debug)]
pub struct Timeout {
    limit: Duration,
}

impl Timeout {
    /// Returns the filter that lets calls take this long.
    pub const fn after(limit: Duration) -> Self {
        Self { limit }
    }
}

impl Filter for Timeout {
    fn timeout(&self, _: &RouteSpec) -> Option<Duration> {
        Some(self.limit)
    }
}
