//! A plugin as a server: engines connect to it.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::{CloseReason, Limit};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::client::drive;
use super::{ClientOptions, PluginMethods, SocketClientConnector, Transit};
use crate::connector::{Listen, StartError};
use crate::limits;
use crate::limits::refusals::RefusalLog;
use crate::link::Link;
use crate::runtime::{self, sleep};

/// How long to wait after an accept that failed.
const WAIT: Duration = Duration::from_millis(100);

/// Serves a plugin to every engine that connects, until the task is dropped.
/// Each engine has a connection of its own and shakes hands by itself; one that
/// is lost may come back.
///
/// # Errors
/// [`StartError`] if the address cannot be listened on.
pub async fn serve<L: Listen<Io: Link>>(
    methods: impl PluginMethods,
    listen: L,
) -> Result<(), StartError> {
    serve_until(methods, listen, ClientOptions::default(), pending()).await
}

/// Serves a plugin until `shutdown`; then engines are told good-bye, and calls
/// that run may end.
///
/// # Errors
/// [`StartError`] if the address cannot be listened on.
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
                tracing::warn!(%error, "an engine could not be accepted");
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
        let transit = Transit::new(&limits).with_peer(peer.clone());
        let (client, driver) = drive(connector, methods.clone(), transit, &limits);
        let mut stopped = stopped.clone();
        let dropped = dropped.clone();
        let connection = async move {
            let orders = async {
                let bounds = client.bounds();
                let loaded = async { Ok(client.onload().await) };
                let late = |limit| bounds.passed_once(limit);
                if let Err(reason) = limits::in_time(&bounds.limits, late, loaded).await {
                    client.close_for(reason);
                }
                // The sender goes when the plugin stops.
                let _ = stopped.changed().await;
                client.close_for(CloseReason::Stopping);
                pending::<()>().await;
            };
            tokio::select! {
                biased;
                () = dropped.cancelled() => {}
                reason = driver => tracing::debug!(%peer, %reason, "an engine has gone"),
                () = orders => {}
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
