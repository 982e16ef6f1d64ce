//! The way to a server: an attempt to connect, and what makes its socket.

use std::io;

use connector_protocol::CloseReason;

use super::error::ConnectError;
use super::open::{Opened, open};
use super::supervisor::Supervisor;
use super::{Client, ClientBuilder, shared::Shared};
use crate::connector::{BoxSocket, Dial, DialError, Peer, Socket};
use crate::runtime::{self, BoxFuture, Instant, isolate_future, judge_at};
#[cfg(not(target_family = "wasm"))]
use crate::transport::UrlDialer;
#[cfg(all(feature = "web", target_family = "wasm"))]
use crate::web::UrlDialer;
use crate::{MaybeSend, MaybeSync};

/// The way to the server of a client, erased.
pub(super) trait Way: MaybeSend + MaybeSync {
    fn dial(&self) -> BoxFuture<'_, Result<BoxSocket, ConnectError>>;
}

/// A dialer, and where it connects to.
struct To<D> {
    dialer: D,
    url: String,
}

impl<D: Dial<Io: Socket>> Way for To<D> {
    fn dial(&self) -> BoxFuture<'_, Result<BoxSocket, ConnectError>> {
        let connect = async { self.dialer.connect(&self.url).await };
        let dialed = isolate_future("a dialer", connect);
        Box::pin(async {
            let (socket, _) = dialed.await.unwrap_or(Err(CloseReason::Panicked.into()))?;
            Ok(socket.boxed())
        })
    }
}

/// Makes sockets by a function of the application.
struct DialBy<F>(F);

impl<F, D, S> Dial for DialBy<F>
where
    F: Fn() -> D + MaybeSend + MaybeSync + 'static,
    D: Future<Output = io::Result<S>> + MaybeSend + 'static,
    S: Socket,
{
    type Io = S;

    async fn connect(&self, _: &str) -> Result<(S, Peer), DialError> {
        let dialed = (self.0)().await;
        let socket = dialed.map_err(|error| CloseReason::lost(&error))?;
        let peer = socket.peer().clone();
        Ok((socket, peer))
    }
}

/// Makes one attempt to connect up to a deadline: asks for the user's data, dials, and shakes
/// hands.
pub(super) async fn attempt(
    builder: &ClientBuilder,
    socket: impl Future<Output = Result<BoxSocket, ConnectError>>,
    deadline: Option<Instant>,
) -> Result<Opened, ConnectError> {
    let steps = async {
        let user = builder.user.next().await?;
        Ok(open(builder, user, socket.await?).await?)
    };
    judge_at(deadline, steps).await.unwrap_or(Err(ConnectError::Timeout))
}

impl Client {
    /// Connects with the default options. See [`ClientBuilder::connect`].
    ///
    /// # Errors
    /// Returns [`ConnectError`] if the URL is not valid, or the connection does not open
    /// in time.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::builder().connect(url).await
    }
}

impl ClientBuilder {
    /// Connects to `tcp://host:port` (or just `host:port`), `udp://host:port` or
    /// `ws://host:port/path`, and shakes hands. With the feature `tls` also to `tls://host:port` and
    /// `wss://host:port/path`, see `ClientBuilder::tls`. An IPv6 address is written in
    /// brackets. The default port of `ws` is 80, that of `wss` 443. Schemes of your own are
    /// those of [`ClientBuilder::dial`].
    ///
    /// In a browser there are `ws` and `wss` alone, with the feature `web`, and nothing but
    /// schemes of your own without it.
    ///
    /// When the connection is lost later on, the client connects again, see
    /// [`ClientBuilder::reconnect`].
    ///
    /// # Errors
    /// Returns [`ConnectError`] if the URL is not valid, or the connection does not open
    /// in time. The first attempt is the only one.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    pub async fn connect(self, url: &str) -> Result<Client, ConnectError> {
        let own = self.schemes.clone();
        #[cfg(not(target_family = "wasm"))]
        let dialer = UrlDialer::new(self.tls.clone(), own);
        #[cfg(all(feature = "web", target_family = "wasm"))]
        let dialer = UrlDialer::new(own);
        #[cfg(all(not(feature = "web"), target_family = "wasm"))]
        let dialer = own;
        self.connect_by(dialer, url).await
    }

    /// Connects by a dialer of sockets, and shakes hands: over a transport for which
    /// [`ClientBuilder::connect`] has no URL, or with sockets of your own. See [`Dial`]. When
    /// the connection is lost later on, the client dials again, see
    /// [`ClientBuilder::reconnect`].
    ///
    /// # Errors
    /// Returns [`ConnectError`] if the dialer cannot use the URL, or the connection does not
    /// open in time. The first attempt is the only one.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    pub async fn connect_by(
        self,
        dialer: impl Dial<Io: Socket>,
        url: &str,
    ) -> Result<Client, ConnectError> {
        let way = Box::new(To { dialer, url: url.to_owned() });
        let deadline = self.connect_deadline();
        let opened = attempt(&self, way.dial(), deadline).await?;
        self.spawn(Some(way), opened, deadline).await
    }

    /// Shakes hands over a socket that `dial` makes: in memory, in a browser, or of your own
    /// transport. When the connection is lost later on, the client connects again with
    /// another one, see [`ClientBuilder::reconnect`].
    ///
    /// ```
    /// use connector::Accept;
    /// use connector::prelude::*;
    /// use connector::transport::Memory;
    /// use connector::{Address, Client, MemoryConnector, MemorySocket, Peer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let memory = Memory::new("game");
    /// let dialer = memory.dialer();
    /// let server = Server::builder().connector(MemoryConnector::bind(memory)).start().await?;
    /// let dial = move || {
    ///     let dialer = dialer.clone();
    ///     async move {
    ///         let stream = dialer.dial().await?;
    ///         Ok(MemorySocket::accept(stream, Peer::new("memory", Address::Unnamed)))
    ///     }
    /// };
    /// let client = Client::builder().connect_with(dial).await?;
    /// assert!(client.state().is_open());
    /// # drop(server);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns [`ConnectError::Closed`] if `dial`, the link or the handshake fails, and
    /// [`ConnectError::Timeout`] if the connection is not open in time.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    pub async fn connect_with<F, D, S>(self, dial: F) -> Result<Client, ConnectError>
    where
        F: Fn() -> D + MaybeSend + MaybeSync + 'static,
        D: Future<Output = io::Result<S>> + MaybeSend + 'static,
        S: Socket,
    {
        self.connect_by(DialBy(dial), "").await
    }

    /// Shakes hands over a socket of any kind, such as one in memory or your own. The client
    /// does not connect again, since it has no other socket: see
    /// [`ClientBuilder::connect_with`].
    ///
    /// # Errors
    /// Returns [`ConnectError::Closed`] if the link or the handshake fails, and
    /// [`ConnectError::Timeout`] if the connection is not open in time.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    pub async fn connect_socket(self, socket: impl Socket) -> Result<Client, ConnectError> {
        let deadline = self.connect_deadline();
        let opened = attempt(&self, async { Ok(socket.boxed()) }, deadline).await?;
        self.spawn(None, opened, deadline).await
    }

    /// Spawns the client's task, once the hook for open connections has returned.
    async fn spawn(
        self,
        way: Option<Box<dyn Way>>,
        opened: Opened,
        deadline: Option<Instant>,
    ) -> Result<Client, ConnectError> {
        let shared = Shared::new(opened.live.clone(), self.push_queue, self.while_lost);
        let shared = std::sync::Arc::new(shared);
        let request_timeout = self.request_timeout;
        let supervisor = Supervisor::new(self, way, shared.clone());
        let driver = supervisor.greet(opened, deadline).await?;
        runtime::spawn(supervisor.run(driver));
        Ok(Client::new(shared, request_timeout))
    }
}
