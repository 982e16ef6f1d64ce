//! Connecting by address, over the system's sockets.

use super::{Client, ClientBuilder, ConnectError};
use crate::transport::{Target, dial};

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
    /// Connects to `tcp://host:port` (or just `host:port`) or
    /// `ws://host:port/path`, and shakes hands. An IPv6 address is written in
    /// brackets. The default port of `ws` is 80.
    ///
    /// # Errors
    /// Returns [`ConnectError`] if the URL is not valid, or the connection does not open
    /// in time.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    pub async fn connect(self, url: &str) -> Result<Client, ConnectError> {
        let target = Target::parse(url)?;
        self.opened(async { Ok(dial(&target).await?) }).await
    }
}
