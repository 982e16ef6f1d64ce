//! How a client for tests is put together.

use std::panic::Location;
use std::time::Duration;

use serde_json::Value;

use super::TestClient;
use super::patience::Patience;
use crate::client::{Client, ClientBuilder, ConnectError};
use crate::connector::Accept;
use crate::transport::DialError;
use crate::transport::MemoryDialer;
use crate::{Address, CloseReason, MemorySocket, Peer};

/// Describes a client before it connects to its
/// [`TestServer`](super::TestServer).
#[must_use = "a builder does nothing until `connect`"]
#[derive(Clone, Debug)]
pub struct TestClientBuilder {
    dialer: MemoryDialer,
    client: ClientBuilder,
    patience: Patience,
}

impl TestClientBuilder {
    pub(super) fn new(dialer: MemoryDialer) -> Self {
        Self { dialer, client: Client::builder(), patience: Patience::default() }
    }

    /// What the application says in the handshake: a name, a token, ..
    pub fn user(self, user: impl Into<Value>) -> Self {
        self.with(|client| client.user(user))
    }

    /// Any other option of a client.
    pub fn with(mut self, options: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        self.client = options(self.client);
        self
    }

    /// How long it waits for what is expected. 5 s; while time is paused, when
    /// no wait takes long, an hour.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = Patience(patience);
        self
    }

    /// Connects and shakes hands.
    ///
    /// # Panics
    /// If the server does not let it in.
    #[track_caller]
    pub fn connect(self) -> impl Future<Output = TestClient> {
        let caller = Location::caller();
        async move {
            let client = self.try_connect().await;
            client.unwrap_or_else(|error| panic!("{caller}: {error}"))
        }
    }

    /// Connects to a server that is to refuse this client; gives its code.
    ///
    /// # Panics
    /// If it is let in, or refused in another way.
    #[track_caller]
    pub fn expect_refusal(self) -> impl Future<Output = u16> {
        let caller = Location::caller();
        async move {
            match self.try_connect().await {
                Ok(_) => panic!("{caller}: the server was to refuse, but let the client in"),
                Err(ConnectError::Closed(CloseReason::Refused(code))) => code,
                Err(error) => panic!("{caller}: the server was to refuse: {error}"),
            }
        }
    }

    /// Connects and shakes hands.
    ///
    /// # Errors
    /// [`ConnectError`]: why the server did not let it in.
    pub async fn try_connect(self) -> Result<TestClient, ConnectError> {
        let dialed = self.dialer.dial().await;
        let address = "the test server".to_owned();
        let stream = dialed.map_err(|source| DialError::Unreachable { address, source })?;
        let peer = Peer::new("memory", Address::Unnamed);
        let client = self.client.connect_socket(MemorySocket::accept(stream, peer)).await?;
        Ok(TestClient::new(client, self.patience))
    }
}
