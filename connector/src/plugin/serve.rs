//! Plugins as servers, to which engines connect.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::text::escaped;
use connector_protocol::{CloseReason, Limit};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::client::drive;
use super::{ClientOptions, MessageIo, PluginMethods, SocketClientConnector};
use crate::connector::{Listen, StartError};
use crate::limits;
use crate::limits::refusals::RefusalLog;
use crate::link::Link;
use crate::runtime::{self, sleep};

/// The delay after a failed accept.
const WAIT: Duration = Duration::from_millis(100);

/// Serves a plugin to every engine that connects, until the future is dropped. Each
/// engine has its own connection and handshake, and may connect again.
///
/// # Errors
/// Returns [`StartError`] if the address cannot be listened on.
///
/// # Cancel safety
/// Dropping the future closes the listener, and drops all connections and running calls.
/// Use [`serve_until`] to close them gracefully.
pub async fn serve<L: Listen<Io: Link>>(
    methods: impl PluginMethods,
    listen: L,
) -> Result<(), StartError> {
    serve_until(methods, listen, ClientOptions::default(), pending()).await
}

/// Serves a plugin until `shutdown` is ready. Then it closes the connections gracefully,
/// and running calls have [`Limits::drain`](crate::Limits::drain) to end.
///
/// # Errors
/// Returns [`StartError`] if the address cannot be listened on.
///
/// # Cancel safety
/// Dropping the future closes the listener, and drops all connections and running calls.
pub async fn serve_until<L: Listen<Io: Link>>(
    methods: impl PluginMethods,
    mut listen: L,
    options: ClientOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<(), StartError> {
    listen.bind().await?;
    let methods = Arc::new(methods);
    let limits = options.limits;
    let enforced = limits.enforced();
    let too_many = RefusalLog::default();
    let connections = TaskTracker::new();
    let dropped = CancellationToken::new();
    // Connections end with this future, also when it is dropped.
    let _guard = dropped.clone().drop_guard();
    let (stop, stopped) = tokio::sync::watch::channel(());
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = poll_fn(|cx| listen.poll_accept(cx)) => accepted,
        };
        let (link, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(error = %escaped(&error), "an engine could not be accepted");
                sleep(WAIT).await;
                continue;
            }
        };
        let others = connections.len();
        if others >= limits.connections {
            let refused = others >= enforced.connections;
            too_many.report(Limit::Connections, &peer, refused);
            if refused {
                continue;
            }
        }
        let connector = SocketClientConnector(link);
        let transit = MessageIo::new(&limits).with_peer(peer.clone());
        let (client, driver) = drive(connector, methods.clone(), transit, &limits);
        let mut stopped = stopped.clone();
        let dropped = dropped.clone();
        let connection = async move {
            let supervise = async {
                let limits = client.limits();
                let loaded = async { Ok(client.onload().await) };
                let late = |limit| limits.report_once(limit);
                let opened = limits::with_handshake_deadline(&limits.configured, late, loaded);
                // The sender is dropped when the plugin stops.
                let reason = tokio::select! {
                    Err(reason) = opened => reason,
                    _ = stopped.changed() => CloseReason::Stopping,
                };
                client.close_for(reason);
                pending::<()>().await;
            };
            tokio::select! {
                biased;
                () = dropped.cancelled() => {}
                reason = driver => tracing::debug!(peer = %escaped(&peer), reason = %escaped(&reason), "an engine has gone"),
                () = supervise => {}
            }
        };
        runtime::spawn(connections.track_future(connection));
    }
    listen.close();
    drop((stop, stopped));
    connections.close();
    connections.wait().await;
    Ok(())
}
