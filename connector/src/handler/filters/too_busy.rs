//! Overload, seen from how late the runtime is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use crate::handler::{Cx, Filter, HandlerError, RouteSpec};
use crate::runtime::{Instant, sleep_until, spawn};

/// The time between two looks at the clock.
const INTERVAL: Duration = Duration::from_millis(100);

/// A filter that refuses calls with code 503 while the program is behind: while timers fire
/// much later than they should, since handlers keep the threads.
///
/// How late they fire is measured ten times a second by a task that begins with the first
/// call, and averaged over about three of these. Clones share the measurement.
#[derive(Clone, Debug)]
pub struct TooBusy {
    lag: Duration,
    measured: Arc<OnceLock<Arc<Lag>>>,
}

impl TooBusy {
    /// The code for a server that is too busy, as in HTTP.
    pub const TOO_BUSY: u16 = 503;

    /// Returns the filter that refuses calls from 70 ms on, pomelo's default.
    pub fn new() -> Self {
        Self::above(Duration::from_millis(70))
    }

    /// Returns the filter that refuses calls while timers fire later than this.
    pub fn above(lag: Duration) -> Self {
        Self { lag, measured: Arc::default() }
    }
}

impl Default for TooBusy {
    fn default() -> Self {
        Self::new()
    }
}

impl Filter for TooBusy {
    async fn before(&self, _: &Cx<'_>, _: &RouteSpec) -> Result<(), HandlerError> {
        let measured = self.measured.get_or_init(|| {
            let lag = Arc::<Lag>::default();
            spawn(measure(Arc::downgrade(&lag)));
            lag
        });
        if measured.get() > self.lag {
            return Err(HandlerError::new(Self::TOO_BUSY, "the server is too busy"));
        }
        Ok(())
    }
}

/// How late timers fire, averaged, in microseconds.
#[derive(Debug, Default)]
struct Lag(AtomicU64);

impl Lag {
    fn get(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }

    fn add(&self, late: Duration) {
        let late = u64::try_from(late.as_micros()).unwrap_or(u64::MAX / 3);
        let before = self.0.load(Ordering::Relaxed);
        self.0.store(before.saturating_mul(2).saturating_add(late) / 3, Ordering::Relaxed);
    }
}

/// Measures until the filter is dropped.
async fn measure(lag: Weak<Lag>) {
    loop {
        let due = Instant::now() + INTERVAL;
        sleep_until(due).await;
        let Some(lag) = lag.upgrade() else { return };
        lag.add(due.elapsed());
    }
}
