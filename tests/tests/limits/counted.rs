//! What a server has told the `metrics` facade.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ::metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString,
    Unit,
};
use connector::{Limit, metrics};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tokio::sync::Notify;

/// The longest wait for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything that was counted on this thread since [`Counted::here`], whose
/// runtime is therefore to be one of this thread alone.
pub(crate) struct Counted {
    snapshotter: Snapshotter,
    changed: Arc<Notify>,
    /// A snapshot takes what it tells.
    sums: Mutex<BTreeMap<String, f64>>,
    _guard: ::metrics::LocalRecorderGuard<'static>,
}

impl Counted {
    pub(crate) fn here() -> Self {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        let changed = Arc::<Notify>::default();
        let recorder = Box::leak(Box::new(Noticed { inner: recorder, changed: changed.clone() }));
        let guard = ::metrics::set_default_local_recorder(recorder);
        Self { snapshotter, changed, sums: Mutex::default(), _guard: guard }
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
        self.until(limit.name(), || self.reached(limit) > 0.0).await;
    }

    /// Waits until the metrics say that something is so.
    pub(crate) async fn until(&self, what: &str, so: impl Fn() -> bool) {
        let wait = async {
            loop {
                let changed = self.changed.notified();
                if so() {
                    return;
                }
                changed.await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        waited.unwrap_or_else(|_| panic!("it never came that {what}"));
    }
}

/// Lets the others of this thread run until something is so that has no sign of its own.
pub(crate) async fn until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "it never came that {what}");
        tokio::task::yield_now().await;
    }
}

/// A recorder or a metric whose changes are noticed.
struct Noticed<T> {
    inner: T,
    changed: Arc<Notify>,
}

impl<T> Noticed<T> {
    fn of<U>(&self, inner: U) -> Arc<Noticed<U>> {
        Arc::new(Noticed { inner, changed: self.changed.clone() })
    }
}

impl<R: Recorder> Recorder for Noticed<R> {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.inner.describe_counter(key, unit, description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.inner.describe_gauge(key, unit, description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.inner.describe_histogram(key, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.of(self.inner.register_counter(key, metadata)))
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.of(self.inner.register_gauge(key, metadata)))
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.inner.register_histogram(key, metadata)
    }
}

impl CounterFn for Noticed<Counter> {
    fn increment(&self, value: u64) {
        self.inner.increment(value);
        self.changed.notify_waiters();
    }

    fn absolute(&self, value: u64) {
        self.inner.absolute(value);
        self.changed.notify_waiters();
    }
}

impl GaugeFn for Noticed<Gauge> {
    fn increment(&self, value: f64) {
        self.inner.increment(value);
        self.changed.notify_waiters();
    }

    fn decrement(&self, value: f64) {
        self.inner.decrement(value);
        self.changed.notify_waiters();
    }

    fn set(&self, value: f64) {
        self.inner.set(value);
        self.changed.notify_waiters();
    }
}
