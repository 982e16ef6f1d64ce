//! Plugins as servers, to which engines connect.

use std::future::{pending, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::text::escaped;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::backlog::{Backlog, HalfOpen};
use super::carrier::Carrier;
use super::client::drive;
use super::connector::loopback;
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
/// A browser lets any page connect to a WebSocket port of its machine. So at an address on
/// loopback only pages of the named
/// [`origins`](crate::transport::WebOptions::origins) can connect, by default none, and only by
/// a name of this machine ([`hosts`](crate::transport::WebOptions::hosts), by default
/// `localhost`, `127.0.0.1` and `[::1]`). Programs, which send no `Origin`, can. At other
/// addresses any page can connect unless `origins` are set. This holds for each connector with
/// WebSocket, as [`WebSocketPlugin`], [`HybridConnector`](crate::HybridConnector) and those of
/// one's own. Messages are text, as browsers expect.
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
        backlog: Backlog::new(&options.limits),
        limits: options.limits,
        heartbeat: options.heartbeat,
        loopback: loopback(port.port_address()),
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
    backlog: Arc<Backlog>,
    limits: Limits,
    heartbeat: Duration,
    /// The address, if it is on loopback.
    loopback: Option<SocketAddr>,
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
        let Some(half_open) = self.backlog.admit(&peer) else { return self.refuse(link, peer) };
        let half_open = Arc::new(half_open);
        let io = MessageIo::new(&self.limits)
            .heartbeat(self.heartbeat)
            .with_peer(peer.clone())
            .on_loopback(self.loopback)
            .accepted(half_open.clone());
        let (client, driver) = drive(link, self.methods.clone(), io, &self.limits);
        let engine = Engine { client, half_open, stop: self.stop.clone() };
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
    fn refuse(&self, link: impl ClientConnector, peer: Peer) {
        let Ok(place) = self.refusals.clone().try_acquire_owned() else { return };
        let io = MessageIo::new(&self.limits).with_peer(peer).on_loopback(self.loopback);
        let mut carrier = Carrier::new(link, io);
        let (dropped, stop) = (self.dropped.clone(), self.stop.clone());
        let told = async move {
            if poll_fn(|cx| carrier.poll_open(cx)).await.is_ok() {
                carrier.close(&CloseReason::TooManyConnections).await;
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
    half_open: Arc<HalfOpen>,
    stop: CancellationToken,
}

impl Engine {
    /// Runs a connection to its end, which a deadline, a later engine or a stop may bring.
    async fn supervise(self, connection: impl Future<Output = CloseReason>) {
        let mut connection = pin!(connection);
        let opened = tokio::select! {
            biased;
            _ = &mut connection => return,
            () = self.half_open.displaced() => return,
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
        Ok(self.half_open.stay())
    }
}
