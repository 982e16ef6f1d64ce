//! The builder of clients for tests.

use std::panic::Location;
use std::time::Duration;

use serde_json::Value;

use super::TestClient;
use super::insight::Insight;
use super::patience::Patience;
use crate::client::{Client, ClientBuilder, ConnectError};
use crate::connector::Accept;
use crate::transport::{DialError, MemoryDialer};
use crate::{Address, CloseReason, MemorySocket, Peer};

/// A builder of a [`TestClient`] of a [`TestServer`](super::TestServer).
#[must_use = "a builder does nothing until `connect`"]
#[derive(Clone, Debug)]
pub struct TestClientBuilder {
    dialer: MemoryDialer,
    client: ClientBuilder,
    url: Option<String>,
    insight: Insight,
    patience: Patience,
}

impl TestClientBuilder {
    pub(super) fn new(dialer: MemoryDialer, insight: Insight) -> Self {
        let patience = Patience::default();
        Self { dialer, client: Client::builder(), url: None, insight, patience }
    }

    /// Connects to this URL as a [`Client`] does, and not in memory, so that a connector of the
    /// server is a part of the test: one of [`TestServer::addresses`]. A scheme of your own needs
    /// [`ClientBuilder::dial`].
    ///
    /// ```
    /// use connector::prelude::*;
    /// use connector::testing::TestServer;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let server = Server::builder().connector(HybridConnector::bind("127.0.0.1:0"));
    /// let server = TestServer::start(server).await;
    /// let url = format!("ws://{}", server.addresses()[0]);
    /// let ann = server.client().url(url).connect().await;
    /// assert_eq!(ann.peer().transport, "websocket");
    /// # }
    /// ```
    ///
    /// [`TestServer::addresses`]: super::TestServer::addresses
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Sets the data of the application in the handshake, such as a name or a token.
    pub fn user(self, user: impl Into<Value>) -> Self {
        self.with(|client| client.user(user))
    }

    /// Sets other options of the client.
    pub fn with(mut self, options: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        self.client = options(self.client);
        self
    }

    /// Sets the time that the client waits for an answer, and for what is expected. Default: 5
    /// seconds, or an hour of paused time while time is paused, when waits take no real time.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.patience = Patience(Some(timeout));
        self
    }

    /// Connects and shakes hands.
    ///
    /// # Panics
    /// Panics if the server refuses the client.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    #[track_caller]
    pub fn connect(self) -> impl Future<Output = TestClient> {
        let caller = Location::caller();
        async move {
            let client = self.try_connect().await;
            client.unwrap_or_else(|error| panic!("{caller}: {error}"))
        }
    }

    /// Connects to a server that refuses this client, and returns the code.
    ///
    /// # Panics
    /// Panics if the server accepts the client, or fails in another way.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    #[track_caller]
    pub fn expect_refusal(self) -> impl Future<Output = u16> {
        let caller = Location::caller();
        async move {
            match self.try_connect().await {
                Ok(_) => panic!("{caller}: expected a refusal, but the server accepted the client"),
                Err(ConnectError::Closed(CloseReason::Refused(code))) => code,
                Err(error) => panic!("{caller}: expected a refusal: {error}"),
            }
        }
    }

    /// Connects and shakes hands.
    ///
    /// # Errors
    /// Returns [`ConnectError`] if the client cannot connect, or the server refuses it.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    pub async fn try_connect(self) -> Result<TestClient, ConnectError> {
        if let Some(url) = &self.url {
            let client = self.client.connect(url).await?;
            return Ok(TestClient::new(client, self.insight, self.patience));
        }
        let dialed = self.dialer.dial().await;
        let address = "the test server".to_owned();
        let stream = dialed.map_err(|source| DialError::Unreachable { address, source })?;
        let peer = Peer::new("memory", Address::Unnamed);
        let client = self.client.connect_socket(MemorySocket::accept(stream, peer)).await?;
        Ok(TestClient::new(client, self.insight, self.patience))
    }
}
