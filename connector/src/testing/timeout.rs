//! The timeout of a test's expectations.

use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::timeout;

/// The time that a test waits for something that is expected.
///
/// It is real time. With paused time, which runs ahead while all tasks wait, it is an
/// hour of paused time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeout(pub(super) Duration);

/// The most paused time to wait.
const PAUSED: Duration = Duration::from_secs(3600);

impl Default for Timeout {
    fn default() -> Self {
        Self(Duration::from_secs(5))
    }
}

impl Timeout {
    /// Waits for `expected`. `None` if it did not happen.
    pub(super) async fn wait<T>(self, expected: impl Future<Output = T>) -> Option<T> {
        let real = Instant::now();
        let virtual_time = tokio::time::Instant::now();
        let mut expected = pin!(expected);
        loop {
            if let Ok(happened) = timeout(self.0, expected.as_mut()).await {
                return Some(happened);
            }
            // That time is paused shows only in that it runs ahead of real time.
            let paused = real.elapsed() < self.0 / 2;
            if !paused || virtual_time.elapsed() >= PAUSED {
                return None;
            }
        }
    }
}
