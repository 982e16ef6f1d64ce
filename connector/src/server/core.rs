//! What all parts of a running server share.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use super::hooks::Hooks;
use super::timer::Timer;
use crate::body::Format;
use crate::connector::Config;
use crate::dispatch::Dispatcher;
use crate::limits::Admissions;
use crate::session::Registry;
use crate::{MaybeSend, runtime};

/// What all parts of a running server share.
pub(crate) struct Core {
    pub(crate) dispatcher: Dispatcher,
    pub(crate) config: Config,
    /// The formats of bodies that clients may choose from.
    pub(crate) formats: Vec<Format>,
    pub(crate) hooks: Hooks,
    pub(crate) registry: Arc<Registry>,
    pub(crate) admissions: Arc<Admissions>,
    pub(crate) timer: Timer,
    /// Every connection's task, and every acceptor's.
    pub(crate) tasks: TaskTracker,
    /// When everything must have ended, once somebody wants the server to stop.
    pub(crate) stopping: OnceLock<Duration>,
    pub(crate) stop: watch::Sender<bool>,
}

impl Core {
    /// Runs a task that the server waits for when it stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + MaybeSend + 'static) {
        runtime::spawn(self.tasks.track_future(task));
    }

    /// Whether the server is going down, and until when.
    pub(crate) fn stop_deadline(&self) -> Option<Duration> {
        self.stopping.get().copied()
    }

    /// Resolves when the server is to stop.
    pub(crate) async fn stopped(&self) {
        let mut stop = self.stop.subscribe();
        // The sender lives as long as `self`.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// Resolves when it has stopped.
    pub(crate) async fn ended(&self) {
        self.stopped().await;
        self.tasks.wait().await;
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").field("table", &self.dispatcher.table).finish_non_exhaustive()
    }
}
