//! Plugins as servers, to which engines connect.

use std::future::{pending, poll_fn};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::{CloseReason, Limit};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::client::drive;
use super::{ClientOptions, PluginMethods, SocketClientConnector};
use crate::MaybeSend;
use crate::connector::{Address, Peer};
use crate::connector::{Listen, StartError};
use crate::limits::{self, RefusalLog};
use crate::link::Link;
use crate::transport::{Tcp, WebOptions, WebSocket, WebSocketLink};

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
    let mut connections = JoinSet::new();
    let too_many = RefusalLog::default();
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
        let (client, driver) = drive(connector, methods.clone(), &limits);
        let mut stopped = stopped.clone();
        connections.spawn(async move {
            let supervise = async {
                let limits = client.limits();
                let loaded = async { Ok(client.onload().await) };
                let late = |limit| limits.report_once(limit);
                if let Err(reason) =
                    limits::with_handshake_deadline(&limits.configured, late, loaded).await
                {
                    client.close_for(reason);
                }
                // The sender is dropped when the plugin stops.
                let _ = stopped.changed().await;
                client.close_for(CloseReason::Stopping);
                pending::<()>().await;
            };
            tokio::select! {
                reason = driver => tracing::debug!(%peer, %reason, "an engine has gone"),
                () = supervise => {}
            }
        });
    }
    listen.close();
    drop((stop, stopped));
    while connections.join_next().await.is_some() {}
    Ok(())
}

/// A listener for engines at a WebSocket port with text messages, as the released engine
/// expects it (plugin-ws).
#[derive(Debug)]
pub struct WebSocketPlugin(WebSocket<Tcp>);

impl WebSocketPlugin {
    /// Creates a listener at this address, such as `"127.0.0.1:65520"`, for engines of any
    /// origin. Port 0 picks a free port.
    pub fn bind(address: impl Into<Tcp>) -> Self {
        Self::new(address, WebOptions::new())
    }

    /// Creates a listener at this address, with these options. Messages are always text.
    /// Any page in a browser can connect unless [`origins`](WebOptions::origins) are set,
    /// so set them if the plugin is not for everyone.
    pub fn new(address: impl Into<Tcp>, options: WebOptions) -> Self {
        Self(WebSocket::new(address.into(), options.text()))
    }

    /// Starts to listen, and returns the address, with the port that was picked.
    ///
    /// # Errors
    /// Returns [`StartError`] if the address cannot be listened on.
    ///
    /// # Cancel safety
    /// If the future is dropped before it is ready, drop this listener too: it may have
    /// lost its address.
    pub async fn start(&mut self) -> Result<Option<Address>, StartError> {
        self.0.bind().await?;
        Ok(self.0.address())
    }
}

impl Listen for WebSocketPlugin {
    type Io = WebSocketLink<TcpStream>;

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
