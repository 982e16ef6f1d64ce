//! The patience of a test's expectations.

use std::fmt;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::timeout;

/// The time that a test waits for something that is expected: as much as it has.
///
/// By default it is five seconds. With paused time, which runs ahead while all tasks wait, it
/// is an hour of that. A duration that the test sets is what it says, of either time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Patience(pub(super) Option<Duration>);

/// The real time to wait.
const REAL: Duration = Duration::from_secs(5);
/// The most paused time to wait.
const PAUSED: Duration = Duration::from_secs(3600);

/// The time that was waited for something that did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    For(Duration),
    Paused,
}

impl Patience {
    /// Waits for `expected`.
    pub(super) async fn wait<T>(self, expected: impl Future<Output = T>) -> Result<T, Waited> {
        let limit = self.0.unwrap_or(REAL);
        let real = Instant::now();
        let virtual_time = tokio::time::Instant::now();
        let mut expected = pin!(expected);
        loop {
            if let Ok(happened) = timeout(limit, expected.as_mut()).await {
                return Ok(happened);
            }
            // That time is paused shows only in that it runs ahead of real time.
            let is_paused = real.elapsed() < limit / 2;
            if !is_paused || self.0.is_some() {
                return Err(Waited::For(limit));
            }
            if virtual_time.elapsed() >= PAUSED {
                return Err(Waited::Paused);
            }
        }
    }
}

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::For(limit) => write!(f, "{limit:?}"),
            Self::Paused => f.write_str("an hour of paused time"),
        }
    }
}
