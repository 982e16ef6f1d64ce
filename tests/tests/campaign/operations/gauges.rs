//! The gauges of all servers of this process.

use std::cell::RefCell;

use connector::metrics::{CALL_BYTES, CONNECTIONS, SESSIONS};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

const NAMES: [&str; 3] = [CONNECTIONS, SESSIONS, CALL_BYTES];

pub(super) struct Gauges {
    snapshotter: Snapshotter,
    /// A snapshot takes what it tells.
    sums: RefCell<[f64; 3]>,
}

impl Gauges {
    /// Begins to record them. Once in a process.
    pub(super) fn install() -> Self {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        metrics::set_global_recorder(recorder).unwrap();
        Self { snapshotter, sums: RefCell::default() }
    }

    /// The connections, the sessions, and the bytes of calls.
    pub(super) fn read(&self) -> [f64; 3] {
        let mut sums = self.sums.borrow_mut();
        for (key, _, _, value) in self.snapshotter.snapshot().into_vec() {
            let at = NAMES.iter().position(|name| *name == key.key().name());
            if let (Some(at), DebugValue::Gauge(change)) = (at, value) {
                sums[at] += change.into_inner();
            }
        }
        *sums
    }
}
