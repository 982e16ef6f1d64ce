//! The rate of a session's calls.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::handler::{Cx, Filter, HandlerError, RouteSpec};
use crate::runtime::Instant;

/// A filter that refuses the calls of a session that makes too many, with code 429 and in
/// the metadata `retryAfter`, the milliseconds until the next call may come.
///
/// A session may make `calls` calls at once, and then one each `per / calls`. Routes with
/// the same limit share it: as the server's filter it counts all calls of a session, as a
/// handler's those of that handler and of others with an equal limit.
/// [`Limits::messages_per_second`](crate::Limits::messages_per_second) slows a session down
/// instead, and refuses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    calls: u32,
    per: Duration,
    name: &'static str,
}

impl RateLimit {
    /// The code for too many calls, as in HTTP.
    pub const TOO_MANY: u16 = 429;

    /// Returns the filter that lets a session make so many calls in that time. Zero calls
    /// count as one.
    pub const fn new(calls: u32, per: Duration) -> Self {
        Self { calls: if calls == 0 { 1 } else { calls }, per, name: "" }
    }

    /// Counts apart from limits of other names, for equal limits that are not shared.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    fn interval(&self) -> Duration {
        self.per / self.calls
    }
}

/// The limits that have counted calls of a session.
type Counted = Arc<Mutex<Vec<Account>>>;

/// What a session has called under a limit.
struct Account {
    limit: RateLimit,
    opened: Instant,
    /// The time since then at which all calls so far are made good, each for an interval.
    paid: Duration,
}

impl Filter for RateLimit {
    async fn before(&self, cx: &Cx<'_>, _: &RouteSpec) -> Result<(), HandlerError> {
        let counted: Counted = cx.session.value_or_insert_with(Counted::default);
        let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
        let at = counted.iter().position(|account| account.limit == *self).unwrap_or_else(|| {
            counted.push(Account { limit: *self, opened: Instant::now(), paid: Duration::ZERO });
            counted.len() - 1
        });
        let account = &mut counted[at];
        let now = account.opened.elapsed();
        let debt = account.paid.saturating_sub(now).checked_add(self.interval());
        let Some(debt) = debt.filter(|debt| *debt <= self.per) else {
            let ahead = debt.map_or(Duration::MAX, |debt| debt.saturating_sub(self.per));
            let millis = u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX).max(1);
            let Self { calls, per, .. } = self;
            let text = format!("too many calls: {calls} in {per:?} are allowed");
            return Err(HandlerError::new(Self::TOO_MANY, text).with("retryAfter", millis));
        };
        account.paid = now.saturating_add(debt);
        Ok(())
    }
}
