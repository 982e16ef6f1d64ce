//! The state that all parts of a running server share.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use connector_protocol::pomelo::ServerExtras;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use super::hooks::Hooks;
use super::protos::CurrentSchemas;
use super::timer::Timer;
use crate::body::Format;
use crate::connection::Dictionary;
use crate::connector::Config;
use crate::dispatch::Dispatcher;
use crate::limits::{Admissions, Hosts, LongHandshakes};
use crate::push::Channels;
use crate::session::Registry;
use crate::{MaybeSend, runtime};

/// The state that all parts of a running server share.
pub(crate) struct ServerInner {
    pub(crate) dispatcher: Dispatcher,
    pub(crate) config: Config,
    /// The codes of routes, for codecs whose messages can carry them.
    pub(crate) dictionary: Option<Arc<Dictionary>>,
    /// The schemas of pomelo-protobuf, for pomelo's clients.
    pub(crate) schemas: CurrentSchemas,
    /// The settings that only pomelo's protocol has.
    pub(crate) extras: ServerExtras,
    /// The formats of bodies that clients may choose from.
    pub(crate) formats: Vec<Format>,
    pub(crate) hooks: Hooks,
    pub(crate) hosts: Hosts,
    /// Whether the calls of a session that ends are dropped.
    pub(crate) cancel_on_close: bool,
    pub(crate) registry: Arc<Registry>,
    pub(crate) channels: Channels,
    pub(crate) admissions: Arc<Admissions>,
    pub(crate) long_handshakes: LongHandshakes,
    pub(crate) timer: Timer,
    /// The tasks of all connections and acceptors.
    pub(crate) tasks: TaskTracker,
    /// The time by which every connection must have ended, once the server stops.
    pub(crate) stopping: OnceLock<Duration>,
    pub(crate) stop: watch::Sender<bool>,
}

impl ServerInner {
    /// Runs a task that the server waits for when it stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + MaybeSend + 'static) {
        runtime::spawn(self.tasks.track_future(task));
    }

    /// Returns the time by which every connection must have ended, if the server stops.
    pub(crate) fn stop_deadline(&self) -> Option<Duration> {
        self.stopping.get().copied()
    }

    /// Waits until the server begins to stop.
    pub(crate) async fn stopped(&self) {
        let mut stop = self.stop.subscribe();
        // The sender lives as long as `self`.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// Waits until the server has stopped.
    pub(crate) async fn ended(&self) {
        self.stopped().await;
        self.tasks.wait().await;
    }
}

impl std::fmt::Debug for ServerInner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerInner").field("table", &self.dispatcher.table).finish_non_exhaustive()
    }
}
