//! How long a test waits.

use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::timeout;

/// How long a test waits for any single thing: for whoever runs it, so while
/// time is paused, and an hour is over at once, it is an hour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience(pub(super) Duration);

/// The most that is waited for while time is paused.
const PAUSED: Duration = Duration::from_secs(3600);

impl Default for Patience {
    fn default() -> Self {
        Self(Duration::from_secs(5))
    }
}

impl Patience {
    /// Waits for `what`; `None` if it did not happen.
    pub(super) async fn wait<T>(self, what: impl Future<Output = T>) -> Option<T> {
        let real = Instant::now();
        let told = tokio::time::Instant::now();
        let mut what = pin!(what);
        loop {
            if let Ok(happened) = timeout(self.0, what.as_mut()).await {
                return Some(happened);
            }
            // Nothing tells whether time is paused but that it runs ahead.
            let paused = real.elapsed() < self.0 / 2;
            if !paused || told.elapsed() >= PAUSED {
                return None;
            }
        }
    }
}
