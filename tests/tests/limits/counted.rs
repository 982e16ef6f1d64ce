//! What a server has told the `metrics` facade.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use connector::{Limit, metrics};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

/// Everything that was counted on this thread since [`Counted::here`], whose
/// runtime is therefore to be one of this thread alone.
pub(crate) struct Counted {
    snapshotter: Snapshotter,
    /// A snapshot takes what it tells.
    sums: Mutex<BTreeMap<String, f64>>,
    _guard: ::metrics::LocalRecorderGuard<'static>,
}

impl Counted {
    pub(crate) fn here() -> Self {
        let recorder = Box::leak(Box::new(DebuggingRecorder::new()));
        let snapshotter = recorder.snapshotter();
        let guard = ::metrics::set_default_local_recorder(recorder);
        Self { snapshotter, sums: Mutex::default(), _guard: guard }
    }

    /// What a metric is now, `name` or `name=label`.
    pub(crate) fn get(&self, name: &str) -> f64 {
        let mut sums = self.sums.lock().unwrap();
        for (key, _, _, value) in self.snapshotter.snapshot().into_vec() {
            let mut key: Vec<_> = [key.key().name().to_owned()]
                .into_iter()
                .chain(key.key().labels().map(|label| label.value().to_owned()))
                .collect();
            key.truncate(2);
            *sums.entry(key.join("=")).or_default() += match value {
                DebugValue::Counter(count) => count as f64,
                DebugValue::Gauge(change) => change.into_inner(),
                DebugValue::Histogram(_) => 0.0,
            };
        }
        sums.get(name).copied().unwrap_or_default()
    }

    /// How often a limit was reached.
    pub(crate) fn reached(&self, limit: Limit) -> f64 {
        self.get(&format!("{}={}", metrics::LIMIT_REACHED, limit.name()))
    }

    /// How many connections ended for the reason of this name.
    pub(crate) fn closed(&self, reason: &str) -> f64 {
        self.get(&format!("{}={reason}", metrics::CONNECTIONS_CLOSED))
    }

    /// Waits until a limit was reached.
    pub(crate) async fn until_reached(&self, limit: Limit) {
        until(limit.name(), || self.reached(limit) > 0.0).await;
    }
}

/// Waits until something is so; what it waits for has no other sign.
pub(crate) async fn until(what: &str, so: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never came that {what}");
}
