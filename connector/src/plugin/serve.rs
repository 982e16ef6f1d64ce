//! Plugins as servers, to which engines connect.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::text::escaped;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::client::drive;
use super::engines::{Engines, Newcomer};
use super::{ClientConnector, ClientOptions, MessageIo, PluginClient, PluginMethods, Port};
use crate::connector::StartError;
use crate::limits::Admission;
use crate::{Limits, Peer, limits, runtime};

/// The time in which a connection that is not open yet has to close.
const LINGER: Duration = Duration::from_secs(1);
/// The most engines at once that are told that there are too many.
const REFUSALS: usize = 16;

/// Serves a plugin to every engine that connects, until the future is dropped. Each
/// engine has its own connection and handshake, and may connect again. One beyond
/// [`Limits::connections`](crate::Limits::connections) is closed before its handshake, over
/// WebSocket with the code 1013. `port` is any connector
/// or listener, see [`Port`].
///
/// Browsers need text messages: a connector with WebSocket gets
/// [`WebOptions::text`](crate::transport::WebOptions::text), and the
/// [`origins`](crate::transport::WebOptions::origins) that may connect. [`WebSocketPlugin`]
/// has both by default.
///
/// [`WebSocketPlugin`]: super::WebSocketPlugin
///
/// # Errors
/// Returns [`StartError`] if the address cannot be listened on.
///
/// # Cancel safety
/// Dropping the future closes the listener, and drops all connections and running calls.
/// Use [`serve_until`] to close them gracefully.
pub async fn serve<Kind>(
    methods: impl PluginMethods,
    port: impl Port<Kind>,
) -> Result<(), StartError> {
    serve_until(methods, port, ClientOptions::default(), pending()).await
}

/// Serves a plugin until `shutdown` is ready. Then it stops: running calls have
/// [`Limits::drain`](crate::Limits::drain) to end and are answered, further ones are
/// refused, and the connections are closed.
///
/// # Errors
/// Returns [`StartError`] if the address cannot be listened on.
///
/// # Cancel safety
/// Dropping the future closes the listener, and drops all connections and running calls.
pub async fn serve_until<Kind>(
    methods: impl PluginMethods,
    mut port: impl Port<Kind>,
    options: ClientOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<(), StartError> {
    port.open_port().await?;
    let plugin = Plugin {
        methods: Arc::new(methods),
        engines: Engines::new(&options.limits),
        limits: options.limits,
        heartbeat: options.heartbeat,
        connections: TaskTracker::new(),
        refusals: Arc::new(Semaphore::new(REFUSALS)),
        stop: CancellationToken::new(),
        dropped: CancellationToken::new(),
    };
    // Connections end with this future, also when it is dropped.
    let _guard = plugin.dropped.clone().drop_guard();
    let poll_accept = |cx: &mut Context<'_>| port.poll_link(cx);
    limits::accept(poll_accept, shutdown, |(link, peer)| plugin.admit(link, peer)).await;
    port.close_port();
    plugin.stop.cancel();
    plugin.connections.close();
    plugin.connections.wait().await;
    Ok(())
}

/// A served plugin.
struct Plugin<M> {
    methods: Arc<M>,
    engines: Arc<Engines>,
    limits: Limits,
    heartbeat: Duration,
    /// The tasks of all connections.
    connections: TaskTracker,
    /// The places of engines that are told that there are too many.
    refusals: Arc<Semaphore>,
    /// Cancelled when the plugin stops.
    stop: CancellationToken,
    /// Cancelled when the plugin is dropped.
    dropped: CancellationToken,
}

impl<M: PluginMethods> Plugin<M> {
    /// Serves an accepted engine in a task of its own, unless there are too many.
    fn admit(&self, link: impl ClientConnector, peer: Peer) {
        let Some(newcomer) = self.engines.admit(&peer) else { return self.refuse(link, peer) };
        let newcomer = Arc::new(newcomer);
        let io = MessageIo::new(&self.limits)
            .heartbeat(self.heartbeat)
            .with_peer(peer.clone())
            .counted(newcomer.clone());
        let (client, driver) = drive(link, self.methods.clone(), io, &self.limits);
        let engine = Engine { client, newcomer, stop: self.stop.clone() };
        let dropped = self.dropped.clone();
        runtime::spawn(self.connections.track_future(async move {
            tokio::select! {
                biased;
                () = dropped.cancelled() => {}
                () = engine.supervise(driver) => {}
            }
            tracing::debug!(peer = %escaped(&peer), "an engine has gone");
        }));
    }

    /// Closes the link of an engine with the reason that there are too many, if it opens soon.
    /// While some are told that, others are dropped without a word, so that a flood of them
    /// takes little.
    fn refuse(&self, mut link: impl ClientConnector, peer: Peer) {
        let Ok(place) = self.refusals.clone().try_acquire_owned() else { return };
        let mut io = MessageIo::new(&self.limits).with_peer(peer);
        let (dropped, stop) = (self.dropped.clone(), self.stop.clone());
        let told = async move {
            if poll_fn(|cx| link.poll_open_link(cx, &mut io)).await.is_ok() {
                let reason = CloseReason::TooManyConnections;
                io.close(|cx, io| link.poll_close_link(cx, &reason, io)).await;
            }
        };
        runtime::spawn(self.connections.track_future(async move {
            let _place = place;
            tokio::select! {
                biased;
                () = dropped.cancelled() => {}
                () = stop.cancelled() => {}
                _ = runtime::timeout(LINGER, told) => {}
            }
        }));
    }
}

/// A connected engine.
struct Engine {
    client: PluginClient,
    newcomer: Arc<Newcomer>,
    stop: CancellationToken,
}

impl Engine {
    /// Runs a connection to its end, which a deadline, a later engine or a stop may bring.
    async fn supervise(self, connection: impl Future<Output = CloseReason>) {
        let mut connection = pin!(connection);
        let opened = tokio::select! {
            biased;
            _ = &mut connection => return,
            () = self.newcomer.displaced() => return,
            () = self.stop.cancelled() => Err(CloseReason::Stopping),
            opened = self.opened() => opened,
        };
        let _admission = match opened {
            Ok(Some(admission)) => admission,
            Ok(None) => return,
            Err(reason) => {
                // Nobody waits for an answer yet, so a silent peer holds up no stop.
                self.client.close_for(reason);
                let _ = runtime::timeout(LINGER, connection).await;
                return;
            }
        };
        tokio::select! {
            biased;
            _ = &mut connection => return,
            () = self.stop.cancelled() => self.client.close_for(CloseReason::Stopping),
        }
        connection.await;
    }

    /// Waits for the handshake. Returns the engine's place, if it still has it.
    async fn opened(&self) -> Result<Option<Admission>, CloseReason> {
        let limits = self.client.limits();
        let loaded = async { Ok(self.client.onload().await) };
        let late = |limit| limits.report_once(limit);
        // If the connection has ended instead, its end is noticed anyway.
        let _ = limits::with_handshake_deadline(&limits.configured, late, loaded).await?;
        Ok(self.newcomer.stay())
    }
}
