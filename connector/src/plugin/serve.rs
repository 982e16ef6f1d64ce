//! A plugin as a server: engines connect to it.

use std::future::{pending, poll_fn};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::{CloseReason, Limit};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::client::drive;
use super::{ClientOptions, PluginMethods, SocketClientConnector, Transit};
use crate::MaybeSend;
use crate::connector::{Address, Peer};
use crate::connector::{Listen, StartError};
use crate::limits::{self, RefusalLog};
use crate::link::Link;
use crate::transport::{Tcp, WebOptions, WebSocket, WebSocketLink, WithOpeners};

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
    let (mut connections, too_many) = (JoinSet::new(), RefusalLog::default());
    let (stop, stopped) = tokio::sync::watch::channel(());
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
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
        connections.spawn(async move {
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
                reason = driver => tracing::debug!(%peer, %reason, "an engine has gone"),
                () = orders => {}
            }
        });
    }
    listen.close();
    drop((stop, stopped));
    while connections.join_next().await.is_some() {}
    Ok(())
}

/// A plugin as the real engine expects it: a WebSocket port with text messages
/// (plugin-ws).
#[derive(Debug)]
pub struct WebSocketPlugin(WebSocket);

impl WebSocketPlugin {
    /// On this address (`"127.0.0.1:65520"`; port 0 picks one), for engines of
    /// any origin.
    pub fn bind(address: impl Into<WithOpeners<Tcp>>) -> Self {
        Self::new(address, WebOptions::new())
    }

    /// On this address, with these options; messages are text whatever they
    /// say. A plugin that does more than it would for any page in a browser
    /// should name its [`origins`](WebOptions::origins).
    pub fn new(address: impl Into<WithOpeners<Tcp>>, options: WebOptions) -> Self {
        Self(WebSocket::new(address.into(), options.text()))
    }

    /// Listens from now on, so that the address is known.
    ///
    /// # Errors
    /// [`StartError`] if the address cannot be listened on.
    pub async fn start(&mut self) -> Result<Option<Address>, StartError> {
        self.0.bind().await?;
        Ok(self.0.address())
    }
}

impl Listen for WebSocketPlugin {
    type Io = WebSocketLink;

    fn bind(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        self.0.bind()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Io, Peer)>> {
        self.0.poll_accept(cx)
    }

    fn close(&mut self) {
        self.0.close();
    }

    fn address(&self) -> Option<Address> {
        self.0.address()
    }
}
