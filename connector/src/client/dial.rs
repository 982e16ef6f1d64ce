//! Connecting by address, over the system's sockets.

use super::{Client, ClientBuilder, ConnectError};
use crate::transport::{Target, dial};

impl Client {
    /// Connects with everything at its default; see [`ClientBuilder::connect`].
    ///
    /// # Errors
    /// [`ConnectError`], in a sentence that names the address.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::builder().connect(url).await
    }
}

impl ClientBuilder {
    /// Connects to `tcp://host:port` (or just `host:port`) or
    /// `ws://host:port/path`, and shakes hands. An IPv6 address stands in
    /// brackets; `ws` without a port means 80.
    ///
    /// # Errors
    /// [`ConnectError`], in a sentence that names the address.
    ///
    /// # Cancel safety
    /// Dropped, it leaves nothing behind.
    pub async fn connect(self, url: &str) -> Result<Client, ConnectError> {
        let target = Target::parse(url)?;
        self.opened(async { Ok(dial(&target).await?) }).await
    }
}
